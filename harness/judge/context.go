package judge

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/squall-go/squall/harness/history"
)

// Context is P-CONTEXT: every value that was seen for a key in a task is the one
// that the task owns, or else the one that its nearest owner had when the task,
// or what it descends from, was made: a context is handed over once, and does not
// change. Where nobody owns the key nothing may be seen.
//
// It judges what a scenario has looked at (Run.Owns, Run.Carries), and nothing
// else: what looks nowhere proves nothing.
var Context = property("P-CONTEXT", "context propagation",
	"trace id, security token and task name are those of the owner at every hop",
	(*view).context).onlyAbout("call Run.Owns, and Run.Carries where the value is looked at", history.Carried)

func (v *view) context() []Finding {
	owned := v.ownedScratch[:0]
	defer func() { v.ownedScratch = owned }()
	for i := range v.run.Events {
		switch e := v.at(i); e.Kind {
		case history.Owned:
			owned = append(owned, i)
		case history.Carried:
			if owner := v.ownerOf(owned, e, i); owner == nil && e.Value != "" || owner != nil && owner.Value != e.Value {
				return []Finding{{Property: "P-CONTEXT", Subject: v.of(e.Task).path(), Message: v.strayed(owned, e, owner)}}
			}
		}
	}
	return nil
}

// ownerOf is the Owned event that e, the i-th, has to agree with.
func (v *view) ownerOf(owned []int, e *history.Event, i int) *history.Event {
	for t, until := e.Task, i; t != nil; t, until = t.Parent, min(until, t.Born) {
		for _, k := range slices.Backward(owned) {
			if o := v.at(k); k < until && o.Task == t && o.Name == e.Name {
				return o
			}
		}
	}
	return nil
}

// strayed tells of e, which does not agree with its owner.
func (v *view) strayed(owned []int, e, owner *history.Event) string {
	message := v.of(e.Task).path() + " carried " + Value(e.Name, e.Value) + v.whereabouts(e)
	if other := v.whose(owned, e); other != nil && other.Task != e.Task {
		message += " (that is " + v.of(other.Task).path() + "'s)"
	}
	switch {
	case owner == nil:
		return message + "; nobody above it owns one"
	case owner.Task == e.Task:
		return message + "; its own is " + strconv.Quote(owner.Value)
	}
	return message + fmt.Sprintf("; its owner %s has %q", v.of(owner.Task).path(), owner.Value)
}

// whose is the latest Owned event that e's value is from.
func (v *view) whose(owned []int, e *history.Event) *history.Event {
	for _, k := range slices.Backward(owned) {
		if o := v.at(k); o.Name == e.Name && o.Value == e.Value && e.Value != "" {
			return o
		}
	}
	return nil
}

// whereabouts is the failpoint that was passed last before e: with whose context,
// if that is another task's.
func (v *view) whereabouts(e *history.Event) string {
	for i := min(e.Step, len(v.run.Steps)) - 1; i >= 0; i-- {
		switch s := &v.run.Steps[i]; {
		case s.Site == "":
		case s.Task == e.Task:
			return " at " + s.Site
		case s.Task != nil && !v.terms.Unwatched: // one task at a time
			return " at " + s.Site + " in " + s.Task.Path
		}
	}
	return ""
}

// Value is a key and what was seen for it, as findings and pictures write it.
func Value(key, value string) string {
	if value == "" {
		return "no " + key
	}
	return key + " " + strconv.Quote(value)
}
