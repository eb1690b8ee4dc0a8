package judge

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// never is the index of an event that did not happen.
const never = -1

// life is what became of one task. The fields that name events are indices into
// the run's events; the first event of a kind counts.
type life struct {
	task *history.Task
	kind kind
	// up is the nearest task above that is opened, or the root.
	up *life
	// reachedFrom is the nearest task above whose cancellation must reach this
	// one and can be seen; nil for the root, for sections and for islands.
	reachedFrom *life

	opened, started, cancelled, done, ended, refused int
	queued                                           bool
	starts, ends                                     int

	// Deliveries of its failure, by way.
	toParent, toHandler, toCaller, toAwaiter int
}

// isTask: the rules for tasks of scopes apply.
func (l *life) isTask() bool { return l.opened != never }

func (l *life) isRoot() bool { return l.task != nil && l.task.Parent == nil }

func (l *life) within(a *life) bool { return l.task.Within(a.task) }

// path names the task in messages.
func (l *life) path() string {
	if l == nil || l.task == nil {
		return "nobody"
	}
	return l.task.Path
}

// view is the index over one history that the judges share.
type view struct {
	run    *history.Run
	terms  Terms
	slack  time.Duration
	lives  []life // by Task.ID
	nobody life   // of events without a task

	traced   bool // failures is built
	failures []failure

	heldScratch, ownedScratch []int
}

var views = sync.Pool{New: func() any { return new(view) }}

// open indexes the run. The caller closes the view and keeps nothing of it.
func open(run *history.Run, terms Terms) *view {
	v := views.Get().(*view)
	v.run, v.terms, v.slack = run, terms, 0
	v.traced, v.failures = false, v.failures[:0]
	if terms.Slack != nil {
		v.slack = terms.Slack(run)
	}
	v.seat()
	for i := range run.Events {
		v.enter(i, &run.Events[i])
	}
	v.relate()
	return v
}

func (v *view) close() {
	clear(v.lives)
	clear(v.failures[:cap(v.failures)])
	v.run, v.terms = nil, Terms{}
	views.Put(v)
}

var unborn = life{opened: never, started: never, cancelled: never, done: never, ended: never, refused: never}

// seat gives every task its life.
func (v *view) seat() {
	v.nobody = unborn
	n := len(v.run.Tasks)
	if cap(v.lives) < n {
		v.lives = make([]life, n)
	}
	v.lives = v.lives[:n]
	for _, t := range v.run.Tasks {
		v.lives[t.ID] = unborn
		v.lives[t.ID].task = t
	}
}

func (v *view) of(t *history.Task) *life {
	if t == nil || t.ID >= len(v.lives) {
		return &v.nobody
	}
	return &v.lives[t.ID]
}

// enter puts one event down in the life of its task.
func (v *view) enter(i int, e *history.Event) {
	l := v.of(e.Task)
	switch e.Kind {
	case history.Opened:
		first(&l.opened, i)
		l.kind = kindOf(e.Name, e.Flag)
	case history.Started:
		first(&l.started, i)
		l.starts++
	case history.Cancelled:
		first(&l.cancelled, i)
	case history.Done:
		if l.ended == never {
			first(&l.done, i)
		}
	case history.Ended:
		first(&l.ended, i)
		l.ends++
	case history.Refused:
		first(&l.refused, i)
	case history.Queued:
		l.queued = true
	case history.Detached:
		l.kind = island
	case history.Delivered:
		v.of(e.Of).delivered(e.Name)
	}
}

func first(slot *int, i int) {
	if *slot == never {
		*slot = i
	}
}

func (l *life) delivered(way string) {
	switch way {
	case "parent":
		l.toParent++
	case "caller":
		l.toCaller++
	case "await":
		l.toAwaiter++
	default: // handler, process handler, crash
		l.toHandler++
	}
}

// relate finds who is above whom. Parents have lower IDs than their children.
func (v *view) relate() {
	for i := range v.lives {
		l := &v.lives[i]
		if l.task == nil || l.task.Parent == nil {
			continue
		}
		p := v.of(l.task.Parent)
		if l.up = p; !p.isTask() && !p.isRoot() {
			l.up = p.up
		}
		l.reachedFrom = l.reach()
	}
}

// reach finds reachedFrom. A body that was not told of (no Started) has no
// context that the harness could look at: what is above it counts.
func (l *life) reach() *life {
	for a := l; !a.kind.shields(); {
		if a = a.up; a == nil || a.started != never || a.done != never {
			return a
		}
	}
	return nil
}

func (v *view) at(i int) *history.Event { return &v.run.Events[i] }

// endErr is what l ended with; nil too if it has not ended.
func (v *view) endErr(l *life) error {
	if l.ended == never {
		return nil
	}
	return v.at(l.ended).Err
}

// turnedAway: its scope did not admit it; it never was a task to account for.
func (l *life) turnedAway() bool {
	return l.refused != never && l.started == never && !l.queued
}

// cause is why l's context is done, nil if it was not before l ended.
func (v *view) cause(l *life) error {
	if l.done == never {
		return nil
	}
	return v.at(l.done).Err
}

// taskOf is the opened task (or root) that t is, or belongs to.
func (v *view) taskOf(t *history.Task) *life {
	l := v.of(t)
	if l.isTask() || l.isRoot() || l.up == nil {
		return l
	}
	return l.up
}

// nature says what an error with which a task ended (or was reported) is.
type nature uint8

const (
	failed    nature = iota
	cancelled        // nothing but the report of a cancellation
	unclear          // may be either
)

// natureOf judges err, which l ended with or was reported to have failed with
// in event i. An Ended tells a failure or nil, so the layer's word is taken,
// unless the harness knows better: the cause came from above, or from a fault
// that cancelled l itself. A failing child cancels its scope in the step in
// which it tells its failure; only what was cancelled in an earlier step is a
// cancellation that err can report.
func (v *view) natureOf(l *life, err error, i int) nature {
	if v.targeted(l, err) || err == context.Canceled && l.done != never && l.done < i {
		return cancelled
	}
	found := failed
	for a := l.reachedFrom; a != nil; a = a.reachedFrom {
		for _, j := range [...]int{a.done, a.cancelled} {
			if j == never || j > i && !v.seenLate(a, err) || v.at(j).Step == v.at(i).Step && j != a.done {
				continue
			}
			switch cause := v.at(j).Err; {
			case identical(err, cause) || err == context.Canceled:
				return cancelled
			case contains(err, cause) || holdsBare(err):
				found = unclear
			}
		}
	}
	return found
}

// seenLate: err is the fault that cancelled the root. Nobody notes that but the
// harness, which looks only in the end if the run is not watched.
func (v *view) seenLate(a *life, err error) bool {
	e, ok := err.(*faults.Injected)
	return ok && v.terms.Unwatched && a.isRoot() && e.Strike.Fault.Is(faults.Cancels)
}

// targeted: cause is that of a fault which cancelled l and not something that l
// was told of and then failed with.
func (v *view) targeted(l *life, cause error) bool {
	if e, ok := cause.(*faults.Injected); !ok || !e.Strike.Fault.Is(faults.Cancels) {
		return false
	}
	return v.firstCancelled(cause) == l
}

// firstCancelled is the task that was the first to be cancelled with cause.
func (v *view) firstCancelled(cause error) *life {
	for i := range v.run.Events {
		if e := &v.run.Events[i]; e.Kind == history.Cancelled && identical(e.Err, cause) {
			return v.of(e.Task)
		}
	}
	return nil
}

// holdsBare: err may be the report of some context's end.
func holdsBare(err error) bool {
	return contains(err, context.Canceled) || contains(err, context.DeadlineExceeded)
}

// inherits: the cause of l's end is that of something above it.
func (v *view) inherits(l *life) bool {
	cause := v.cause(l)
	for a := l.reachedFrom; a != nil; a = a.reachedFrom {
		if contains(cause, v.cause(a)) {
			return true
		}
	}
	return false
}

// strike is the strike that event e tells of.
func strike(e *history.Event) faults.Strike {
	return faults.Strike{Site: e.Site, Hit: e.Hit, Task: e.Task.Path, Fault: e.Fault}
}

// most is how many names a message lists.
const most = 6

// names lists paths in messages: a, b and 3 more.
type names struct {
	b strings.Builder
	n int
}

func (s *names) add(path string) {
	if s.n++; s.n > most {
		return
	}
	if s.n > 1 {
		s.b.WriteString(", ")
	}
	s.b.WriteString(path)
}

func (s *names) String() string {
	if s.n <= most {
		return s.b.String()
	}
	return s.b.String() + " and " + strconv.Itoa(s.n-most) + " more"
}
