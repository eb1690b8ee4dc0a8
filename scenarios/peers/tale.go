package peers

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// noted begins what the stories say for their own judges.
const noted = "note: "

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
	refused                      int
}

// read reads the events; a run that is still going on can be read too.
func read(run *history.Run) *tale {
	t := &tale{run: run, said: never}
	parts := map[*history.Task]*part{}
	for i := range run.Events {
		e := &run.Events[i]
		if e.Kind == history.Said && !strings.HasPrefix(e.Name, noted) && !strings.HasPrefix(e.Name, told) {
			t.said = i
		}
		p := parts[e.Task]
		if p == nil {
			p = &part{task: e.Task, started: never, done: never, ended: never, struck: never, refused: never}
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
	case history.Refused:
		p.refused = i
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

// sign is how an injected failure can be known, also in a text that was made of
// it.
var sign = regexp.MustCompile(`\(injected at (\S+) #(\d+) in (\S+)\)`)

// firstIn is the failure that err tells of first: of several at the bottom of its
// tree the first one, else the first in its text.
func firstIn(err error) string {
	if injected := firstInjected(err); injected != nil {
		return sign.FindString(injected.Error())
	}
	return sign.FindString(err.Error())
}

func firstInjected(err error) *faults.Injected {
	switch e := err.(type) {
	case *faults.Injected:
		return e
	case interface{ Unwrap() error }:
		return firstInjected(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if found := firstInjected(inner); found != nil {
				return found
			}
		}
	}
	return nil
}

// signOf is how the failure that struck p can be known.
func (t *tale) signOf(p *part) string {
	s := t.at(p.struck)
	return fmt.Sprintf("(injected at %s #%d in %s)", s.Site, s.Hit, p.task.Path)
}

// holds reports whether err is, wraps, lists or quotes the failure that struck p.
func (t *tale) holds(err error, p *part) bool {
	return err != nil && strings.Contains(allOf(err), t.signOf(p))
}

// allOf is the text of err and of all that it wraps.
func allOf(err error) string {
	text := err.Error()
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			text += "\n" + allOf(inner)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			text += "\n" + allOf(inner)
		}
	}
	return text
}

// mostAtOnce is the most children that ran at a time, and one of them.
func (t *tale) mostAtOnce() (most int, about *part) {
	for _, c := range t.children {
		if c.started == never {
			continue
		}
		n := 1
		for _, other := range t.children {
			if other != c && other.runsAt(c.started) {
				n++
			}
		}
		if n > most {
			most, about = n, c
		}
	}
	return most, about
}

// saying is the index of the first event that says so, with that beginning.
func (t *tale) saying(beginning string) int {
	for i := range t.run.Events {
		if e := t.at(i); e.Kind == history.Said && strings.HasPrefix(e.Name, beginning) {
			return i
		}
	}
	return never
}
