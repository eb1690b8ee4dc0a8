package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// itsChildren is what a task waits for that waits for all below it.
const itsChildren = "its children"

// waiter is a task that waits when the history ends.
type waiter struct {
	life    *life
	event   *history.Event
	holders []*life // who it waits for, as far as the history tells
	held    string  // the same for a person
}

// stalled tells what a fault holds fast, who waits for what since when, who has
// it, and the cycle.
func (v *view) stalled() Finding {
	waiters := v.waiters()
	f := Finding{Property: "P-STARVE"}
	var s names
	say := func(l *life, text string) {
		if s.n == 0 {
			f.Subject = l.path()
		}
		s.add(l.path() + " " + text)
	}
	fast := v.heldFast()
	for _, e := range fast {
		say(v.of(e.Task), fmt.Sprintf("%s at %s since %v (injected)", heldBy(e), e.Site, e.At))
	}
	for _, w := range waiters {
		say(w.life, w.String())
	}
	for _, l := range rootLast(v.run.Waiters) {
		isFast := func(e *history.Event) bool { return e.Task == l.Task }
		if l.Task != nil && !waits(waiters, v.of(l.Task)) && !slices.ContainsFunc(fast, isFast) {
			say(v.of(l.Task), "is "+l.State)
		}
	}
	f.Message = fmt.Sprintf("nothing can run since %v: %s", v.run.LastAct, &s)
	if s.n == 0 {
		f.Message = fmt.Sprintf("nothing can run since %v, and nobody said what for", v.run.LastAct)
	}
	if cycle := cycleOf(waiters); cycle != nil {
		f.Subject = cycle[0].path()
		f.Message += "; the cycle is " + chain(cycle)
	}
	return f
}

// rootLast puts the root behind the others: it waits because they do.
func rootLast(waiters []history.Live) []history.Live {
	isRoot := func(l history.Live) int {
		if l.Task != nil && l.Task.Parent == nil {
			return 1
		}
		return 0
	}
	return slices.SortedStableFunc(slices.Values(waiters), func(a, b history.Live) int { return isRoot(a) - isRoot(b) })
}

// heldFast is the hangs and wedges that struck and are not over.
func (v *view) heldFast() []*history.Event {
	var fast []*history.Event
	for i := range v.run.Events {
		e := v.at(i)
		if e.Kind == history.Struck && e.Fault.Is(faults.Hang|faults.Wedge) && v.of(e.Task).ended == never && !v.wentOn(e) {
			fast = append(fast, e)
		}
	}
	return fast
}

func heldBy(e *history.Event) string {
	if e.Fault.Is(faults.Wedge) {
		return "is wedged"
	}
	return "hangs"
}

func (w waiter) String() string {
	text := fmt.Sprintf("waits for %s since %v", w.event.Name, w.event.At)
	if w.held != "" {
		text += " (" + w.held + ")"
	}
	return text
}

// waiters lists who waits: for something that somebody can give first, for
// their children last, in the order in which they began.
func (v *view) waiters() []waiter {
	open := make([]int, len(v.lives))
	for i := range v.run.Events {
		e := v.at(i)
		if e.Task == nil {
			continue
		}
		switch e.Kind {
		case history.Waiting, history.Queued:
			open[e.Task.ID] = i + 1
		case history.Started, history.Ended, history.Acquired, history.Released, history.Running, history.Finished, history.Refused:
			open[e.Task.ID] = 0
		case history.Delivered:
			if handedOver(e) {
				open[e.Task.ID] = 0
			}
		}
	}
	held := v.holdings()
	var firstly, lastly []waiter
	for i := range v.run.Events {
		e := v.at(i)
		switch {
		case e.Task == nil || open[e.Task.ID] != i+1 || v.wentOn(e):
		case e.Name == itsChildren:
			lastly = append(lastly, v.waiter(e, held))
		default:
			firstly = append(firstly, v.waiter(e, held))
		}
	}
	return append(firstly, lastly...)
}

// wentOn: e's task took a step since.
func (v *view) wentOn(e *history.Event) bool {
	for _, s := range v.run.Steps[min(e.Step, len(v.run.Steps)):] {
		if s.Task == e.Task {
			return true
		}
	}
	return false
}

// waiter finds who it is that has what e's task waits for.
func (v *view) waiter(e *history.Event, held []int) waiter {
	w := waiter{life: v.of(e.Task), event: e}
	switch {
	case e.Kind == history.Queued:
		v.runners(&w)
	case e.Name == itsChildren:
		v.children(&w)
	default:
		v.owners(&w, held)
	}
	return w
}

// runners are the tasks that have the places of the dispatcher.
func (v *view) runners(w *waiter) {
	q := v.queues()
	var it *item
	for k := range q.items {
		if q.items[k].task == w.life.task && v.at(q.items[k].queued) == w.event {
			it = &q.items[k]
		}
	}
	var s names
	for k := range q.items {
		o := &q.items[k]
		if o.placed != never && o.end == never && q.shares(it.gate, o.gate) {
			w.holders = append(w.holders, v.of(o.task))
			s.add(fmt.Sprintf("%s holds %s since %v", o.task.Path, q.gates[o.gate].name, v.at(o.placed).At))
		}
	}
	w.held = s.String()
}

// children are the tasks below that have not ended.
func (v *view) children(w *waiter) {
	var s names
	for i := range v.lives {
		if l := &v.lives[i]; l.isTask() && l.up == w.life && l.ended == never && l.kind != island {
			w.holders = append(w.holders, l)
			s.add(l.path() + " has not ended")
		}
	}
	w.held = s.String()
}

// owners are those who hold something of that name, or something that is part
// of it, and the task of that name, or the work of a dispatcher.
func (v *view) owners(w *waiter, held []int) {
	var s names
	for _, i := range held {
		if e := v.at(i); partOf(e.Name, w.event.Name) {
			w.holders = append(w.holders, v.of(e.Task))
			s.add(fmt.Sprintf("%s holds %s since %v", e.Task.Path, e.Name, e.At))
		}
	}
	for i := range v.lives {
		if l := &v.lives[i]; l.isTask() && l.ended == never && l.path() == w.event.Name && l != w.life {
			w.holders = append(w.holders, l)
			s.add(l.path() + " has not ended")
		}
	}
	if work := v.workCalled(w.event.Name); work != nil {
		w.holders = append(w.holders, work)
		s.add(work.path() + " has not ended")
	}
	w.held = s.String()
}

// workCalled is what is at a dispatcher under that name and not over, unless it
// is a task of its own; nil if there is none.
func (v *view) workCalled(name string) *life {
	q := v.queues()
	if q == nil {
		return nil
	}
	for k := range q.items {
		if it := &q.items[k]; it.end == never && it.task.Path == name && !v.of(it.task).isTask() {
			return v.of(it.task)
		}
	}
	return nil
}

// partOf: "db connection 3" is part of "db".
func partOf(name, whole string) bool {
	rest, ok := strings.CutPrefix(name, whole)
	return ok && (rest == "" || strings.ContainsRune(" /#:.", rune(rest[0])))
}

func waits(waiters []waiter, l *life) bool { return find(waiters, l) != nil }

func find(waiters []waiter, l *life) *waiter {
	for i := range waiters {
		if waiters[i].life == l {
			return &waiters[i]
		}
	}
	return nil
}

// cycleOf finds tasks that wait for each other in a ring, nil if there is none.
// One that waits for any of several places is taken to wait for all of them.
func cycleOf(waiters []waiter) []*life {
	done := map[*life]bool{}
	for i := range waiters {
		if cycle := walk(waiters, waiters[i].life, nil, done); cycle != nil {
			return cycle
		}
	}
	return nil
}

// walk follows who waits for whom from l; trail is how it got there.
func walk(waiters []waiter, l *life, trail []*life, done map[*life]bool) []*life {
	for i, t := range trail {
		if t == l {
			return trail[i:]
		}
	}
	w := find(waiters, l)
	if w == nil || done[l] {
		return nil
	}
	trail = append(trail, l)
	for _, h := range w.holders {
		if cycle := walk(waiters, h, trail, done); cycle != nil {
			return cycle
		}
	}
	done[l] = true
	return nil
}

// chain writes a cycle: a → b → a.
func chain(cycle []*life) string {
	var b strings.Builder
	for _, l := range cycle {
		b.WriteString(l.path())
		b.WriteString(" → ")
	}
	b.WriteString(cycle[0].path())
	return b.String()
}
