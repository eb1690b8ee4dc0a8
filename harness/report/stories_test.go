package report_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/report"
	"github.com/squall-go/squall/harness/tape"
)

// story writes a history by hand, in the order in which things happen.
type story struct {
	run history.Run
	now time.Duration
}

func (s *story) task(parent *history.Task, name string) *history.Task {
	path := name
	if parent != nil {
		path = parent.Path + "/" + name
	}
	t := &history.Task{ID: len(s.run.Tasks), Path: path, Name: name, Parent: parent}
	s.run.Tasks = append(s.run.Tasks, t)
	return t
}

func (s *story) step(t *history.Task, site string) {
	hit := 1
	for _, o := range s.run.Steps {
		if o.Task == t && o.Site == site {
			hit++
		}
	}
	s.run.Steps = append(s.run.Steps, history.Step{At: s.now, Task: t, Site: site, Hit: hit})
}

func (s *story) event(t *history.Task, kind history.Kind, name string, err error) *history.Event {
	s.run.Events = append(s.run.Events, history.Event{Step: len(s.run.Steps), At: s.now, Task: t, Kind: kind, Name: name, Err: err})
	return &s.run.Events[len(s.run.Events)-1]
}

func (s *story) strike(t *history.Task, site string, f faults.Fault) error {
	e := s.event(t, history.Struck, "", nil)
	e.Site, e.Hit, e.Fault = site, 1, f
	return &faults.Injected{Strike: faults.Strike{Site: site, Hit: 1, Task: t.Path, Fault: f}}
}

func (s *story) launch(parent *history.Task, how, name string) *history.Task {
	s.step(parent, "scope/launch")
	t := s.task(parent, name)
	s.event(t, history.Opened, how, nil)
	return t
}

func (s *story) start(t *history.Task) {
	s.step(t, "scope/start")
	s.event(t, history.Started, "", nil)
}

var boom = faults.Fault{Kind: faults.Error, Text: "boom"}

// siblings: B fails, and a broken supervisor cancels A.
func siblings() *history.Run {
	var s story
	root := s.task(nil, "fanout")
	s.event(root, history.Opened, "supervisor", nil).Flag = true
	s.event(root, history.Started, "", nil)
	a := s.launch(root, "async", "A")
	b := s.launch(root, "async", "B")
	s.step(root, "scope/await")
	s.event(root, history.Waiting, "A", nil)
	s.start(b)
	s.step(b, "scope/run")
	err := s.strike(b, "scope/run", boom)
	s.event(b, history.Ended, "", err)
	s.start(a)
	s.event(a, history.Waiting, "reply", nil)
	s.now = time.Millisecond
	s.step(a, "fakes/services/call")
	s.event(a, history.Cancelled, "", err)
	s.event(a, history.Done, "", err)
	s.event(a, history.Ended, "", err)
	s.step(root, "scope/await-resume")
	s.event(root, history.Delivered, "await", err).Of = b
	s.event(root, history.Ended, "", err)
	s.run.End = s.now
	return &s.run
}

func siblingsBroken() report.Counterexample {
	return report.Counterexample{
		ScenarioID: "S3", Title: "supervisor fan-out", Control: "cancels-siblings",
		Property: judge.Property{ID: "P-BLAST", Title: "blast-radius containment",
			Guarantee: "a failed child of a supervisor must not affect its siblings"},
		Findings: []judge.Finding{{Property: "P-BLAST", Subject: "fanout/A",
			Message: "fanout/A was cancelled (cause: boom in fanout/B), allowed radius {fanout/B}, observed {fanout/A, fanout/B}"}},
		Tape: &tape.Tape{Total: 61, Choices: []tape.Choice{
			{Kind: tape.Strike, Place: tape.Place{Site: "scope/run", Hit: 1, Task: "fanout/B"}, Fault: boom},
			{Kind: tape.Switch, Place: tape.Place{Site: "scope/await", Hit: 1, Task: "fanout", After: true}, To: "fanout/B"},
		}},
		Found:          &tape.Tape{Choices: make([]tape.Choice, 14)},
		RunsUntilFound: 1204, ShrinkRuns: 87, ShrinkTime: 300 * time.Millisecond,
		Run:    siblings(),
		Replay: "go run ./cmd/squall replay testdata/squall/S3/9f2c41.tape",
	}
}

const parkedStack = `goroutine 41 [chan receive (durable), synctest bubble 7]:
runtime.gopark(0x1, 0x2)
	/go/src/runtime/proc.go:424 +0xce
github.com/squall-go/squall/scope.(*Mutex).Lock(0xc000012345, {0x1, 0x2})
	/src/scope/mutex.go:61 +0x1d
example.com/shop/till.transfer[go.shape.int](...)
	/src/till/till.go:12 +0x4f
github.com/squall-go/squall/scope.(*Scope).Launch.func1()
	/src/scope/job.go:88 +0x22
created by github.com/squall-go/squall/scope.(*Scope).Launch in goroutine 40
	/src/scope/job.go:80 +0x99
`

// crossed: two tasks take two locks in opposite orders.
func crossed() *history.Run {
	var s story
	root := s.task(nil, "transfer")
	s.event(root, history.Opened, "scope", nil)
	s.event(root, history.Started, "", nil)
	a := s.launch(root, "launch", "there")
	b := s.launch(root, "launch", "back")
	s.step(root, "scope/wait")
	s.event(root, history.Waiting, "its children", nil)
	s.start(a)
	s.event(a, history.Acquired, "account 1", nil)
	s.start(b)
	s.event(b, history.Acquired, "account 2", nil)
	s.now = 3 * time.Second
	s.step(a, "scope/lock")
	s.event(a, history.Waiting, "account 2", nil)
	s.step(b, "scope/lock")
	s.event(b, history.Waiting, "account 1", nil)
	s.run.Outcome = history.Stalled
	s.run.LastAct = s.now
	s.run.End = 3 * time.Second
	s.run.Waiters = []history.Live{
		{Task: a, State: "blocked: chan receive", Stack: parkedStack},
		{Task: b, State: "blocked: chan receive"},
		{Task: root, State: "blocked: WaitGroup"},
	}
	return &s.run
}

// left: the scope is over, and a goroutine is not.
func left() *history.Run {
	var s story
	root := s.task(nil, "page")
	s.event(root, history.Opened, "scope", nil)
	s.event(root, history.Started, "", nil)
	n := s.launch(root, "detached", "notify")
	s.event(n, history.Detached, "", nil)
	s.start(n)
	s.strike(n, "fakes/services/call", faults.Fault{Kind: faults.Hang})
	s.event(n, history.Waiting, "reply", nil)
	s.step(root, "scope/end")
	s.event(root, history.Ended, "", nil)
	s.run.Left = []history.Live{{Task: n, State: "parked at fakes/services/call", Stack: parkedStack}, {State: "blocked: select"}}
	s.run.End = 20 * time.Millisecond
	return &s.run
}

// crowd: one of very many fails and takes the others with it.
func crowd(n int) *history.Run {
	var s story
	root := s.task(nil, "batch")
	s.event(root, history.Opened, "scope", nil)
	s.event(root, history.Started, "", nil)
	var jobs []*history.Task
	for i := range n {
		jobs = append(jobs, s.launch(root, "launch", fmt.Sprintf("job-%03d", i)))
	}
	for _, j := range jobs {
		s.start(j)
		s.now += time.Millisecond + 17
	}
	failing := jobs[n/2]
	err := s.strike(failing, "scope/run", boom)
	s.event(failing, history.Ended, "", err)
	s.event(root, history.Delivered, "parent", err).Of = failing
	s.event(root, history.Cancelled, "", err)
	for _, j := range jobs {
		if j != failing {
			s.event(j, history.Done, "", err)
			s.event(j, history.Ended, "", err)
		}
	}
	s.event(root, history.Ended, "", err)
	s.run.End = s.now
	return &s.run
}

// bulkhead: a queue in front of a full pool, then recovery.
func bulkhead() *history.Run {
	var s story
	root := s.task(nil, "legacy")
	s.event(root, history.Opened, "scope", nil)
	s.event(root, history.Started, "", nil)
	worker := s.task(root, "db-worker-1")
	s.step(worker, "dispatcher/worker-start")
	q1 := s.launch(root, "async", "query-1")
	s.event(q1, history.Queued, "db", nil)
	s.event(q1, history.Running, "db", nil)
	s.event(q1, history.Acquired, "connection", nil)
	s.strike(q1, "fakes/legacydb/query", faults.Fault{Kind: faults.Delay, Delay: 2*time.Second + 17})
	q2 := s.launch(root, "async", "query-2")
	s.event(q2, history.Queued, "db", nil)
	s.event(nil, history.Said, "health checked", nil)
	s.now = 2*time.Second + 17
	s.event(q1, history.Released, "connection", nil)
	s.event(q1, history.Finished, "db", nil)
	s.event(q1, history.Ended, "", nil)
	s.event(q2, history.Refused, "", errors.New("dispatcher: db is closed"))
	s.event(nil, history.Healed, "", nil)
	s.now = 5 * time.Second
	s.event(root, history.Recovered, "health", nil)
	s.event(root, history.Expected, "P-ERROR", errors.New("Expected\n    <int>: 1\nto equal\n    <int>: 2"))
	s.event(q2, history.Ended, "", context.Canceled)
	s.event(root, history.Delivered, "crash", errors.New("nobody took it")).Of = q2
	s.run.Outcome = history.Crashed
	s.run.Panic = "panic: nobody took it\n\ngoroutine 9 [running]:\nmain.main()\n\t/src/main.go:3 +0x1\n"
	s.run.End = s.now
	return &s.run
}

// cycles: so many events on one line that most have to go.
func cycles(n int) *history.Run {
	var s story
	root := s.task(nil, "cycles")
	s.event(root, history.Opened, "scope", nil)
	s.event(root, history.Started, "", nil)
	j := s.launch(root, "launch", "worker")
	s.start(j)
	for i := range n {
		s.step(j, "scope/lock")
		s.event(j, history.Waiting, "lock", nil)
		s.step(j, "scope/lock-resume")
		s.event(j, history.Acquired, "lock", nil)
		if i == n/2 {
			s.strike(j, "scope/lock-resume", faults.Fault{Kind: faults.CancelTask})
		}
		s.event(j, history.Released, "lock", nil)
		s.now += time.Millisecond
	}
	s.run.Outcome = history.Endless
	s.run.End = s.now
	return &s.run
}

// long: names and messages that nobody would choose.
func long() *history.Run {
	var s story
	t := s.task(nil, "a request that has got a name "+strings.Repeat("which goes on and ", 9))
	s.event(t, history.Opened, "scope", nil)
	for i := range 4 {
		t = s.launch(t, "scope", fmt.Sprintf("层%d-%s", i, strings.Repeat("世界", 12)))
		s.start(t)
	}
	err := s.strike(t, "scope/run", faults.Fault{Kind: faults.Error, Text: strings.Repeat("no ", 60) + "\x1b[31m\nred"})
	s.event(t, history.Ended, "", err)
	return &s.run
}
