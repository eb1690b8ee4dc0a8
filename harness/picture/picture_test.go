package picture_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/picture"
	"github.com/squall-go/squall/harness/tape"
)

// story is a run that is told as it goes.
type story struct {
	run history.Run
	at  time.Duration
}

func (s *story) task(path string, parent *history.Task) *history.Task {
	name := path[strings.LastIndex(path, "/")+1:]
	t := &history.Task{ID: len(s.run.Tasks), Path: path, Name: name, Parent: parent, Born: len(s.run.Events)}
	s.run.Tasks = append(s.run.Tasks, t)
	return t
}

func (s *story) tell(t *history.Task, kind history.Kind, change ...func(*history.Event)) {
	s.at += time.Millisecond
	e := history.Event{At: s.at, Task: t, Kind: kind}
	for _, c := range change {
		c(&e)
	}
	s.run.Events = append(s.run.Events, e)
	s.run.End = s.at
}

func err(err error) func(*history.Event)    { return func(e *history.Event) { e.Err = err } }
func name(name string) func(*history.Event) { return func(e *history.Event) { e.Name = name } }

// blast is a supervisor that cancels the sibling of a failed child.
func blast() (*history.Run, []judge.Finding, []tape.Choice) {
	s := &story{}
	main := s.task("main", nil)
	all := s.task("all", main)
	s.tell(all, history.Opened, name(judge.Supervisor), func(e *history.Event) { e.Flag = true })
	s.tell(all, history.Started)
	bad, good := s.task("all/bad", all), s.task("all/good", all)
	for _, t := range []*history.Task{bad, good} {
		s.tell(t, history.Opened, name(judge.Launch))
		s.tell(t, history.Started)
	}
	boom := &faults.Injected{Strike: faults.Strike{Site: "scope/run", Hit: 1, Task: bad.Path, Fault: faults.Fault{Kind: faults.Error}}}
	s.tell(bad, history.Struck, func(e *history.Event) { e.Site, e.Hit, e.Fault = "scope/run", 1, faults.Fault{Kind: faults.Error} })
	s.tell(bad, history.Ended, err(boom))
	s.tell(all, history.Delivered, name("handler"), err(boom), func(e *history.Event) { e.Of = bad })
	s.tell(good, history.Done, err(boom))
	s.tell(good, history.Ended, err(fmt.Errorf("stopped: %w", boom)))
	s.tell(all, history.Ended)
	findings := judge.Judge(&s.run, judge.Terms{}, []judge.Property{judge.Blast})
	storm := []tape.Choice{{Kind: tape.Strike, Place: tape.Place{Site: "scope/run", Hit: 1, Task: "all/bad"}}}
	return &s.run, findings, storm
}

func TestTheBlastIsTheJudgesOwn(t *testing.T) {
	g := NewWithT(t)
	run, findings, storm := blast()
	g.Expect(findings).To(HaveLen(1))
	p := picture.Of(run, judge.Terms{}, findings, storm)
	type seen struct {
		path              string
		state             picture.State
		affected, allowed bool
		accused, struck   bool
	}
	var all []seen
	for _, t := range p.Tasks {
		all = append(all, seen{t.Path, t.State, t.Affected, t.Allowed, t.Accused, t.Struck})
	}
	g.Expect(all).To(Equal([]seen{
		{path: "main", state: picture.Ended},
		{path: "all", state: picture.Ended},
		{path: "all/bad", state: picture.Failed, affected: true, allowed: true, struck: true},
		{path: "all/good", state: picture.Cancelled, affected: true, accused: true},
	}))
	g.Expect(p.Events[p.Broken].Kind).To(Equal("done"))
	g.Expect(p.Bands).To(Equal([]picture.Band{{Task: 2, From: 6, To: 7, Number: 1, Site: "scope/run", Fault: run.Events[6].Fault.String()}}))
	var led []string
	for _, e := range p.Events {
		if e.Cause {
			led = append(led, p.Tasks[e.Task].Name+" "+e.Kind)
		}
	}
	g.Expect(led).To(ContainElements("bad struck", "bad ended", "good done", "all opened"))
	g.Expect(led).NotTo(ContainElement("good ended"), "that came later")
	free := picture.Of(run, judge.Terms{Radius: func(_, _ *history.Task) bool { return true }}, findings, storm)
	g.Expect(free.Tasks[3].Allowed).To(BeTrue(), "the scenario's own terms count")
}

func TestAPictureIsBounded(t *testing.T) {
	g := NewWithT(t)
	run, findings, storm := blast()
	s := &story{run: *run, at: run.End}
	all := run.Tasks[1]
	deep := s.run.Tasks[0]
	for i := range 3000 {
		c := s.task(fmt.Sprintf("all/child-%d %s", i, strings.Repeat("x", 500)), all)
		s.tell(c, history.Opened, name(judge.Launch))
		s.tell(c, history.Running)
		s.run.Left = append(s.run.Left, history.Live{Task: c, State: "blocked", Stack: strings.Repeat("s", 10_000)})
	}
	for i := range 600 {
		deep = s.task(fmt.Sprintf("deep-%d", i), deep)
		s.tell(deep, history.Struck, func(e *history.Event) { e.Site, e.Hit = "scope/run", 1 })
	}
	p := picture.Of(&s.run, judge.Terms{}, findings, storm)
	g.Expect(len(p.Tasks)).To(And(BeNumerically("<=", 500), BeNumerically(">", 400)))
	g.Expect(p.CutTasks).To(Equal(len(s.run.Tasks) - len(p.Tasks)))
	g.Expect(p.Cut).To(Equal(len(s.run.Events) - len(p.Events)))
	g.Expect([]int{len(p.Left), len(p.Bands)}).To(HaveEach(BeNumerically("<=", 300)))
	g.Expect(p.Tasks[p.Events[p.Broken].Task].Path).To(Equal("all/good"))
	for i, task := range p.Tasks {
		g.Expect(task.Parent).To(And(BeNumerically("<", i), Or(BeNumerically(">=", 0), Equal(-1))))
	}
	for _, e := range p.Events {
		g.Expect([]int{e.Task, e.Of}).To(HaveEach(And(BeNumerically(">=", -1), BeNumerically("<", len(p.Tasks)))))
	}
	for _, b := range p.Bands {
		g.Expect(p.Events[b.From].Kind).To(Equal("struck"))
		g.Expect(b.To).To(And(BeNumerically(">=", b.From), BeNumerically("<", len(p.Events))))
	}
	content, err := json.Marshal(p)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(content)).To(BeNumerically("<", 2<<20))
}

func TestARunOfNothing(t *testing.T) {
	g := NewWithT(t)
	p := picture.Of(&history.Run{}, judge.Terms{}, nil, nil)
	g.Expect(json.Marshal(p)).To(MatchJSON(`{"tasks":[],"events":[],"bands":[],"end":0,"broken":-1}`))
}
