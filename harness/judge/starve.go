package judge

import (
	"fmt"
	"strings"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// Starve is P-STARVE, in three clauses:
//
//  1. a stalled run is a finding, unless [Terms.AllowStall] says otherwise: who
//     waits for what since when, who holds it, and the cycle if there is one;
//  2. no task is queued for longer than [Terms.DispatchWithin] while its
//     dispatcher, and those that it is a view of, can run more than they do;
//  3. no task is queued for longer than [Terms.QueuedWithin], if that is set, or
//     at one of the dispatchers of [Terms.QueuedAt] for longer than its bound.
//
// A view's name begins with that of its base and a slash. A queued task that a
// fault struck has a place already, as a worker got that far with it; one that
// has ended waits no more. Delays of workers are not counted against the queue.
var Starve = property("P-STARVE", "starvation freedom",
	"every ready task is dispatched within its declared bound, nothing waits for ever while capacity exists, and a stall is reported with who holds what",
	(*view).starve)

func (v *view) starve() []Finding {
	if v.run.Outcome == history.Stalled && (v.terms.AllowStall == nil || !v.terms.AllowStall(v.run)) {
		return []Finding{v.stalled()}
	}
	q := v.queues()
	if q == nil {
		return nil
	}
	return q.judge()
}

// queues is the dispatchers of a run, and what went through them.
type queues struct {
	v     *view
	gates []gate
	items []item
}

// gate is a dispatcher. A view is one, and its base is another.
type gate struct {
	name  string
	base  int // index of the base, -1 if none
	limit int
	busy  int
}

// item is one task at one dispatcher.
type item struct {
	gate                     int
	task                     *history.Task
	queued, placed, out, end int           // events
	idle                     time.Duration // queued while there was capacity
}

// queues reads the dispatchers' events; nil if there are none.
func (v *view) queues() *queues {
	var q *queues
	for i := range v.run.Events {
		e := v.at(i)
		switch e.Kind {
		case history.Queued:
			if q == nil {
				q = &queues{v: v}
			}
			q.items = append(q.items, item{gate: q.gate(e.Name), task: e.Task, queued: i, placed: never, out: never, end: never})
		case history.Running, history.Refused, history.Finished, history.Struck, history.Ended:
			if q != nil {
				q.move(e, i)
			}
		}
	}
	if q != nil {
		q.learnLimits()
	}
	return q
}

// gate finds or makes the gate of that name and those of its bases.
func (q *queues) gate(name string) int {
	for i := range q.gates {
		if q.gates[i].name == name {
			return i
		}
	}
	base := -1
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		base = q.gate(name[:i])
	}
	q.gates = append(q.gates, gate{name: name, base: base})
	return len(q.gates) - 1
}

// move notes what event i means for the latest item of its task.
func (q *queues) move(e *history.Event, i int) {
	for k := len(q.items) - 1; k >= 0; k-- {
		it := &q.items[k]
		elsewhere := q.gates[it.gate].name != e.Name && e.Kind != history.Struck && e.Kind != history.Ended
		if it.task != e.Task || elsewhere {
			continue
		}
		switch {
		case e.Kind == history.Ended && it.out == never:
			first(&it.out, i) // cancelled while queued; what is left in the queue waits for nothing
			first(&it.end, i)
		case e.Kind == history.Struck && it.out == never:
			first(&it.placed, i)
		case e.Kind == history.Running:
			first(&it.placed, i)
			first(&it.out, i)
		case e.Kind == history.Refused:
			first(&it.out, i)
			first(&it.end, i)
		case e.Kind == history.Finished:
			first(&it.end, i)
		}
		return
	}
}

// learnLimits takes what is declared, else the most that was ever seen.
func (q *queues) learnLimits() {
	q.sweep(func(int) {
		for i := range q.gates {
			g := &q.gates[i]
			g.limit = max(g.limit, g.busy)
		}
	})
	for i := range q.gates {
		g := &q.gates[i]
		if n, ok := q.v.terms.Limits[g.name]; ok {
			g.limit = n
		}
	}
}

// sweep visits the events in order, with busy as it is right after each.
func (q *queues) sweep(visit func(i int)) {
	for i := range q.gates {
		q.gates[i].busy = 0
	}
	for i := range q.v.run.Events {
		switch q.v.at(i).Kind {
		case history.Running, history.Refused, history.Finished, history.Struck, history.Ended:
			q.count(i)
		}
		visit(i)
	}
}

func (q *queues) count(i int) {
	for k := range q.items {
		it := &q.items[k]
		if it.placed == never || it.placed != i && it.end != i {
			continue
		}
		by := 1
		if it.end == i {
			by = -1
		}
		for g := it.gate; g >= 0; g = q.gates[g].base {
			q.gates[g].busy += by
		}
	}
}

// judge measures the waits and tells of the first that is too long.
func (q *queues) judge() []Finding {
	q.sweep(func(i int) {
		if d := q.next(i) - q.v.at(i).At; d > 0 {
			q.pass(i, d)
		}
	})
	var found []Finding
	for _, clause := range [...]func(*item) (Finding, bool){q.overlooked, q.delayed} {
		for k := range q.items {
			if f, ok := clause(&q.items[k]); ok {
				found = append(found, f)
				break
			}
		}
	}
	return found
}

// next is when the event after i happened, or the run ended.
func (q *queues) next(i int) time.Duration {
	if i+1 < len(q.v.run.Events) {
		return q.v.at(i + 1).At
	}
	return q.v.run.End
}

// pass lets d pass after event i: those who wait in front of free places are
// overlooked for so long.
func (q *queues) pass(i int, d time.Duration) {
	for k := range q.items {
		it := &q.items[k]
		if it.queued <= i && (it.out == never || it.out > i) && (it.placed == never || it.placed > i) && q.free(it.gate) {
			it.idle += d
		}
	}
}

// free: the gate and all its bases have room.
func (q *queues) free(g int) bool {
	for ; g >= 0; g = q.gates[g].base {
		if q.gates[g].limit > 0 && q.gates[g].busy >= q.gates[g].limit {
			return false
		}
	}
	return true
}

// overlooked is clause 2.
func (q *queues) overlooked(it *item) (Finding, bool) {
	bound := q.v.terms.DispatchWithin + q.v.slack
	if it.idle <= bound {
		return Finding{}, false
	}
	if bound += q.workerDelays(it); it.idle <= bound {
		return Finding{}, false
	}
	return q.finding(it, fmt.Sprintf("waited %v of %v for %s with free places (bound %v; it can run %d at a time)",
		it.idle, q.waited(it), q.gates[it.gate].name, bound, q.gates[it.gate].limit))
}

// delayed is clause 3.
func (q *queues) delayed(it *item) (Finding, bool) {
	bound, its := q.v.terms.QueuedAt[q.gates[it.gate].name]
	if !its {
		bound = q.v.terms.QueuedWithin
	}
	if bound == 0 || q.waited(it) <= bound+q.v.slack {
		return Finding{}, false
	}
	if bound += q.v.slack + q.workerDelays(it); q.waited(it) <= bound {
		return Finding{}, false
	}
	return q.finding(it, fmt.Sprintf("waited %v for %s (bound %v), which %s",
		q.waited(it), q.gates[it.gate].name, bound, q.holders(it)))
}

func (q *queues) finding(it *item, message string) (Finding, bool) {
	return Finding{Property: "P-STARVE", Subject: it.task.Path, Message: it.task.Path + " " + message}, true
}

// waited is how long the item was queued.
func (q *queues) waited(it *item) time.Duration {
	end := q.v.run.End
	if it.out != never {
		end = q.v.at(it.out).At
	}
	return end - q.v.at(it.queued).At
}

// workerDelays is what struck workers, or the item itself, while it was queued.
func (q *queues) workerDelays(it *item) (d time.Duration) {
	since := q.v.at(it.queued).At
	for i := range q.v.run.Events {
		e := q.v.at(i)
		if e.Kind != history.Struck || !e.Fault.Is(faults.Delay) || e.At+e.Fault.Delay <= since || it.out != never && i > it.out {
			continue
		}
		if e.Task == it.task || !q.v.of(e.Task).isTask() {
			d += e.Fault.Delay
		}
	}
	return d
}

// holders says who ran while the item waited, at the end of its wait.
func (q *queues) holders(it *item) string {
	var s names
	for k := range q.items {
		o := &q.items[k]
		if o == it || o.placed == never || o.placed <= it.queued && o.end != never && o.end < it.queued || !q.shares(it.gate, o.gate) {
			continue
		}
		if it.out == never || o.placed < it.out {
			s.add(fmt.Sprintf("%s holds since %v", o.task.Path, q.v.at(o.placed).At))
		}
	}
	if s.n == 0 {
		return "nobody holds"
	}
	return s.String()
}

// shares: what runs at gate b takes a place of gate a, or of a base of a.
func (q *queues) shares(a, b int) bool {
	for ; a >= 0; a = q.gates[a].base {
		for g := b; g >= 0; g = q.gates[g].base {
			if g == a {
				return true
			}
		}
	}
	return false
}
