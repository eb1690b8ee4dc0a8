package peers

import (
	"errors"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// never is the index of an event that did not happen.
const never = -1

// tale is a history, read as one of a request with a group of children.
type tale struct {
	run      *history.Run
	request  *part
	group    *part
	children []*part
	said     int // what the caller of Wait saw
}

// part is one task of the tale; the fields are indices of events.
type part struct {
	task                         *history.Task
	started, done, ended, struck int
}

// read reads the events; a run that is still going on can be read too.
func read(run *history.Run) *tale {
	t := &tale{run: run, said: never}
	parts := map[*history.Task]*part{}
	for i := range run.Events {
		e := &run.Events[i]
		if e.Kind == history.Said {
			t.said = i
		}
		p := parts[e.Task]
		if p == nil {
			p = &part{task: e.Task, started: never, done: never, ended: never, struck: never}
			parts[e.Task] = p
			t.seat(p)
		}
		p.enter(e, i)
	}
	return t
}

func (t *tale) seat(p *part) {
	switch {
	case p.task.Path == requestName:
		t.request = p
	case p.task.Path == requestName+"/"+groupName:
		t.group = p
	case t.group != nil && p.task.Parent == t.group.task:
		t.children = append(t.children, p)
	}
}

func (p *part) enter(e *history.Event, i int) {
	switch e.Kind {
	case history.Started:
		p.started = i
	case history.Done:
		if p.ended == never {
			p.done = i
		}
	case history.Ended:
		p.ended = i
	case history.Struck:
		if e.Fault.Is(faults.Failure) && p.struck == never {
			p.struck = i
		}
	}
}

func (t *tale) at(i int) *history.Event { return &t.run.Events[i] }

// failed: a fault struck p, and p ended with a failure.
func (t *tale) failed(p *part) bool {
	return p.struck != never && p.ended != never && t.at(p.ended).Err != nil
}

// firstToFail is the first child that ended with an error, nil if none did.
func (t *tale) firstToFail() *part {
	var first *part
	for _, c := range t.children {
		if c.ended != never && t.at(c.ended).Err != nil && (first == nil || c.ended < first.ended) {
			first = c
		}
	}
	return first
}

// runsAt: p has started by event i and has not ended.
func (p *part) runsAt(i int) bool {
	return p.started != never && p.started < i && (p.ended == never || p.ended > i)
}

// did says what struck the child, in words.
func (t *tale) did(p *part) string {
	switch f := t.at(p.struck).Fault; {
	case f.Is(faults.Goexit):
		return "called runtime.Goexit"
	case f.Is(faults.Panic):
		return "panicked (" + f.Text + ")"
	default:
		return "failed (" + f.Text + ")"
	}
}

// firstLeaf is the first error at the bottom of err: of several, the one that
// comes first.
func firstLeaf(err error) error {
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return firstLeaf(inner)
		}
	case interface{ Unwrap() []error }:
		if inner := e.Unwrap(); len(inner) > 0 {
			return firstLeaf(inner[0])
		}
	}
	return err
}

// holds reports whether err is, wraps or lists the failure that struck p.
func (t *tale) holds(err error, p *part) bool {
	switch e := err.(type) {
	case nil:
		return false
	case *faults.Injected:
		s := t.at(p.struck)
		return e.Strike.Site == s.Site && e.Strike.Hit == s.Hit && e.Strike.Task == p.task.Path
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if t.holds(inner, p) {
				return true
			}
		}
		return false
	}
	return t.holds(errors.Unwrap(err), p)
}
