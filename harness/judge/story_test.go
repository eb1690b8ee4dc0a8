package judge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// A story is a history as a person writes it, one event a line:
//
//	[&] [@TIME] TASK KIND [NAME] [= VALUE] [of TASK] [: ERROR]
//	[&] [@TIME] TASK struck SITE #HIT FAULT [of TASK]
//	[@TIME] TASK step SITE
//	[@TIME] left TASK STATE | waits TASK STATE
//	[@TIME] complete | stalled | endless | crashed TEXT
//
// Each line is a step of its own unless it begins with &. Times stay until the
// next one. The root is main, whose name paths leave out. Without an outcome
// the run is complete when the last event has happened.
//
// An ERROR is canceled, deadline, wrap(E), list(E, E), goexit, timeout(NAME),
// the text of a fault that struck, or anything else: an error of that text, the
// same value throughout the story.
type story struct {
	run    *history.Run
	tasks  map[string]*history.Task
	errs   map[string]error
	at     time.Duration
	step   int
	closed bool
}

// scheduler takes the steps of which a story does not say whose they are.
var scheduler history.Task

// tell makes the history of the story.
func tell(text string) *history.Run {
	s := &story{run: &history.Run{}, tasks: map[string]*history.Task{}, errs: map[string]error{}}
	s.task("main")
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			s.line(line)
		}
	}
	if !s.closed {
		s.run.End = s.at
	}
	return s.run
}

func (s *story) line(line string) {
	rest, same := strings.CutPrefix(line, "& ")
	if !same {
		s.step++
		s.run.Steps = append(s.run.Steps, history.Step{At: s.at, Task: &scheduler})
	}
	if strings.HasPrefix(rest, "@") {
		var at string
		at, rest, _ = strings.Cut(rest[1:], " ")
		d, err := time.ParseDuration(at)
		if err != nil {
			panic(line + ": " + err.Error())
		}
		s.at = d
	}
	if s.outcome(rest) {
		return
	}
	head, failure, _ := strings.Cut(rest, ": ")
	words := strings.SplitN(head, " ", 3)
	if len(words) < 2 {
		panic("no event: " + line)
	}
	arg := ""
	if len(words) == 3 {
		arg = words[2]
	}
	s.event(s.task(words[0]), words[1], arg, failure)
}

func (s *story) outcome(line string) bool {
	word, arg, _ := strings.Cut(line, " ")
	outcomes := map[string]history.Outcome{
		"complete": history.Complete, "stalled": history.Stalled, "endless": history.Endless, "crashed": history.Crashed,
	}
	if o, ok := outcomes[word]; ok {
		s.run.Outcome, s.run.End, s.run.Panic, s.closed = o, s.at, arg, true
		if n := len(s.run.Events); n > 0 {
			s.run.LastAct = s.run.Events[n-1].At
		}
		return true
	}
	if word != "left" && word != "waits" {
		return false
	}
	path, state, _ := strings.Cut(arg, " ")
	live := history.Live{State: state}
	if path != "-" {
		live.Task = s.task(path)
	}
	if word == "left" {
		s.run.Left = append(s.run.Left, live)
	} else {
		s.run.Waiters = append(s.run.Waiters, live)
	}
	return true
}

func (s *story) event(t *history.Task, kind, arg, failure string) {
	if kind == "step" {
		s.run.Steps[s.step-1] = history.Step{At: s.at, Task: t, Site: arg}
		return
	}
	e := history.Event{Step: s.step, At: s.at, Task: t, Kind: kindNamed(kind)}
	if e.Kind == history.Struck {
		what, of, told := strings.Cut(arg+colon(failure), " of ")
		s.strike(&e, what)
		if told {
			e.Of = s.task(of)
		}
	} else {
		name, of, told := strings.Cut(arg, " of ")
		e.Name, e.Value, _ = strings.Cut(name, " = ")
		e.Err = s.err(failure)
		if told {
			e.Of = s.task(of)
		}
		e.Flag = e.Name == Supervisor
	}
	s.run.Events = append(s.run.Events, e)
}

func colon(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

func (s *story) strike(e *history.Event, arg string) {
	parsed, err := faults.ParseStrike(strings.Replace(arg, " #", " #", 1))
	if err != nil {
		site, rest, _ := strings.Cut(arg, " #")
		hit, fault, _ := strings.Cut(rest, " ")
		parsed, err = faults.ParseStrike(site + " #" + hit + " in " + e.Task.Path + ": " + fault)
	}
	if err != nil {
		panic(err)
	}
	e.Site, e.Hit, e.Fault = parsed.Site, parsed.Hit, parsed.Fault
	name := e.Fault.Text
	if name == "" {
		name = e.Fault.Kind.String()
	}
	s.errs[name] = &faults.Injected{Strike: parsed}
}

func kindNamed(name string) history.Kind {
	for k := history.Kind(1); k < 128; k++ {
		if (k <= history.Waiting || k >= history.Struck && k <= history.Carried || ofLedger(k)) && k.String() == name {
			return k
		}
	}
	panic("no event is called " + name)
}

func (s *story) task(path string) *history.Task {
	if t, ok := s.tasks[path]; ok {
		return t
	}
	var parent *history.Task
	name := path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		parent, name = s.task(path[:i]), path[i+1:]
	} else if path != "main" {
		parent = s.task("main")
	}
	t := &history.Task{ID: len(s.run.Tasks), Path: path, Name: name, Parent: parent, Born: len(s.run.Events)}
	s.tasks[path] = t
	s.run.Tasks = append(s.run.Tasks, t)
	return t
}

type timeout string

func (e timeout) Error() string        { return string(e) + " timed out" }
func (e timeout) Is(target error) bool { return target == context.DeadlineExceeded }

type failures []error

func (e failures) Error() string   { return fmt.Sprintf("%d failures", len(e)) }
func (e failures) Unwrap() []error { return e }

type GoexitError struct{}

func (*GoexitError) Error() string { return "goexit" }

func (s *story) err(text string) error {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	if err, ok := s.errs[text]; ok {
		return err
	}
	err := s.newErr(text)
	s.errs[text] = err
	return err
}

func (s *story) newErr(text string) error {
	form, arg, _ := strings.Cut(strings.TrimSuffix(text, ")"), "(")
	switch form {
	case "canceled":
		return context.Canceled
	case "deadline":
		return context.DeadlineExceeded
	case "goexit":
		return &GoexitError{}
	case "timeout":
		return timeout(arg)
	case "wrap":
		return fmt.Errorf("wrapped: %w", s.err(arg))
	case "list":
		var list failures
		for _, one := range strings.Split(arg, ", ") {
			list = append(list, s.err(one))
		}
		return &list
	}
	return errors.New(text)
}

// verdict is the findings of a judge, written "SUBJECT | MESSAGE".
func verdict(p Property, run *history.Run, terms Terms) []string {
	var lines []string
	for _, f := range p.Check(run, terms) {
		lines = append(lines, f.Subject+" | "+f.Message)
	}
	return lines
}

// trial is a story and what a judge has to say of it; nothing: it holds.
type trial struct {
	name  string
	story string
	terms Terms
	want  []string
}

func try(t *testing.T, p Property, trials []trial) {
	t.Helper()
	for _, c := range trials {
		t.Run(c.name, func(t *testing.T) {
			g := gomega.NewWithT(t)
			run := tell(c.story)
			g.Expect(verdict(p, run, c.terms)).To(gomega.Equal(c.want))
			g.Expect(verdict(p, run, c.terms)).To(gomega.Equal(c.want), "judging it again")
			for _, f := range p.Check(run, c.terms) {
				g.Expect(f.Property).To(gomega.Equal(p.ID))
				g.Expect(f.Message).NotTo(gomega.ContainSubstring("\n"))
			}
		})
	}
}
