package dispatcher

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Stats is the numbers of a [Snapshot].
type Stats struct {
	Name    string
	Limit   int // 0: none
	Running int // who has a worker
	Waiting int // who has not: in the dispatcher's queue, or in its base's
}

// Stats counts. Cost: that of a lock for a pool; for a view a pass over the
// running work and the queues of its base.
func (d *Dispatcher) Stats() Stats {
	d.pool.mu.Lock()
	defer d.pool.mu.Unlock()
	s := Stats{Name: d.name, Limit: d.limit, Running: d.pool.taken.length, Waiting: d.queue.length}
	if d.base != nil {
		s.Running = len(d.running())
		s.Waiting += d.active - s.Running
	}
	return s
}

// Snapshot is what a dispatcher did at one instant.
type Snapshot struct {
	Name    string
	Limit   int // 0: none
	At      time.Time
	Closed  *ClosedError // nil while open; a view is closed with its base, too
	Running []Entry      // who has a worker, longest first
	Waiting []Entry      // who waits for a place, in order: at the base, then here
	Views   []Snapshot   // what is in them is in Running, too; in Waiting only what got past them
	// Deadlock is the wait cycle, as a sentence, if everyone who holds a place
	// here waits for work that is queued behind them (nested [Do] on a full
	// pool), directly or by way of others who hold one: nobody will go on
	// unless cancelled. It is found within one pool and its views,
	// from the contexts that Do and Ticket.Wait were called with, and takes it
	// that a function which waits does nothing else meanwhile. "": none.
	Deadlock string
}

// Entry is one piece of work in a [Snapshot].
type Entry struct {
	Name       string        // the task's path, or the name given to Do or Submit
	Dispatcher string        // the pool or view that it was handed to
	At         string        // the pool or view in whose queue it is; "" if it has a worker
	For        time.Duration // how long it has waited, or had its worker
	Awaits     string        // name of the work that it waits for in Do or Ticket.Wait, if any
}

// Snapshot lists who runs and who waits. Cost: proportional to both; the
// dispatcher stands still meanwhile.
func (d *Dispatcher) Snapshot() Snapshot {
	d.pool.mu.Lock()
	defer d.pool.mu.Unlock()
	return d.snapshot(time.Now())
}

// snapshot is Snapshot under the lock.
func (d *Dispatcher) snapshot(now time.Time) Snapshot {
	s := Snapshot{
		Name:     d.name,
		Limit:    d.limit,
		At:       now,
		Running:  entries(d.running(), now),
		Waiting:  entries(d.waiting(), now),
		Deadlock: d.deadlock(),
	}
	if closed, ok := d.refusal().(*ClosedError); ok {
		s.Closed = closed
	}
	for _, v := range d.views {
		s.Views = append(s.Views, v.snapshot(now))
	}
	return s
}

// running is the items handed to d, or to a view of it, that workers have.
func (d *Dispatcher) running() []*item {
	var items []*item
	for it := range d.pool.taken.all() {
		if it.leaf.within(d) {
			items = append(items, it)
		}
	}
	return items
}

// waiting is the items that wait at a base of d or at d, but not at its views.
func (d *Dispatcher) waiting() []*item {
	return slices.DeleteFunc(d.queued(), func(it *item) bool { return it.gate != d && it.gate.within(d) })
}

func entries(items []*item, now time.Time) []Entry {
	var list []Entry
	for _, it := range items {
		list = append(list, it.entry(now))
	}
	return list
}

func (it *item) entry(now time.Time) Entry {
	e := Entry{Name: it.label(), Dispatcher: it.leaf.name, For: now.Sub(it.since)}
	if it.gate != nil {
		e.At = it.gate.name
	}
	if awaited := it.awaits.Load(); awaited != nil {
		e.Awaits = awaited.label()
	}
	return e
}

// String is the snapshot in a line: "io: 64 of 64 busy, 1 waits: #65 report for 3s".
func (s Snapshot) String() string {
	text := s.Name + ": " + s.load()
	if len(s.Waiting) > 0 {
		text += fmt.Sprintf(": #%d %s for %v", len(s.Running)+1, s.Waiting[0].Name, s.Waiting[0].For)
	}
	return text
}

func (s Snapshot) load() string {
	text := fmt.Sprintf("%d busy", len(s.Running))
	if s.Limit > 0 {
		text = fmt.Sprintf("%d of %d busy", len(s.Running), s.Limit)
	}
	n := len(s.Waiting)
	switch {
	case n == 1:
		text += ", 1 waits"
	case n > 1:
		text += fmt.Sprintf(", %d wait", n)
	}
	if s.Closed != nil {
		text += ", closed"
	}
	return text
}

// String is that of the dispatcher's snapshot.
func (d *Dispatcher) String() string { return d.Snapshot().String() }

// Dump writes the dispatcher's snapshot as a list, its views below it:
//
//	io: 2 of 2 busy, 1 waits
//	  #1 fetch-1 runs for 3s
//	  #2 fetch-2 runs for 1s, awaits report
//	  #3 report waits for 1s
//
// The error is that of w.
func (d *Dispatcher) Dump(w io.Writer) error { return d.Snapshot().Dump(w) }

// Dump writes the snapshot; see [Dispatcher.Dump].
func (s Snapshot) Dump(w io.Writer) error {
	_, err := io.WriteString(w, s.list(""))
	return err
}

func (s Snapshot) list(indent string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s: %s\n", indent, s.Name, s.load())
	indent += "  "
	for i, e := range s.Running {
		fmt.Fprintf(&b, "%s#%d %s\n", indent, i+1, e)
	}
	for i, e := range s.Waiting {
		fmt.Fprintf(&b, "%s#%d %s\n", indent, len(s.Running)+i+1, e)
	}
	if s.Deadlock != "" {
		fmt.Fprintf(&b, "%sdeadlock: %s\n", indent, s.Deadlock)
	}
	for _, v := range s.Views {
		b.WriteString(v.list(indent))
	}
	return b.String()
}

// String is the entry as [Dispatcher.Dump] writes it.
func (e Entry) String() string {
	text := e.Name + " runs"
	if e.At != "" {
		text = e.Name + " waits"
	}
	text += " for " + e.For.String()
	if e.Awaits != "" {
		text += ", awaits " + e.Awaits
	}
	return text
}
