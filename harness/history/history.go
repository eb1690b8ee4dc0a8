// Package history is the record of one run: which tasks there were, which
// points they passed in which order, and what happened to them. Engines write
// it, judges and pictures read it. A history is plain data: judging it again
// gives the same verdict.
//
// Order: Events and Steps are in the order in which the run made them happen;
// At is virtual time since the start of the run. In controlled mode both are
// functions of the tape alone.
package history

import (
	"time"

	"github.com/squall-go/squall/faults"
)

// Kind says what an [Event] tells: the kinds of package faults, noted by the
// layers, and the harness's own.
type Kind uint8

// Noted by the layers; see package faults for what each one means.
const (
	Opened    = Kind(faults.Opened)
	Started   = Kind(faults.Started)
	Cancelled = Kind(faults.Cancelled)
	Ended     = Kind(faults.Ended)
	Refused   = Kind(faults.Refused)
	Detached  = Kind(faults.Detached)
	Delivered = Kind(faults.Delivered)
	Queued    = Kind(faults.Queued)
	Running   = Kind(faults.Running)
	Finished  = Kind(faults.Finished)
	Acquired  = Kind(faults.Acquired)
	Released  = Kind(faults.Released)
	Waiting   = Kind(faults.Waiting)
)

// Observed by the harness itself.
const (
	// Struck: Fault struck the task at Site, hit Hit.
	Struck Kind = iota + 32
	// Done: the harness saw that the context of the task's body is done; Err is
	// its context.Cause. It looks after every step, whatever the layer claims.
	Done
	// Healed: the faults were stopped; the second act begins.
	Healed
	// Recovered: the system answered normally again; Name says what did.
	Recovered
	// Said: the scenario tells a fact for the picture; Name is the text.
	Said
	// Expected: an expectation of the scenario failed; Err is its message.
	Expected
	// Owned: from here on the value of the key Name is Value, in this task and in
	// those that it makes.
	Owned
	// Carried: Value was seen for the key Name in a context of this task; ""
	// is nothing.
	Carried
)

var kindNames = map[Kind]string{
	Called: "called", Returned: "returned",
	Struck: "struck", Done: "done", Healed: "healed", Recovered: "recovered", Said: "said", Expected: "expected",
	Owned: "owned", Carried: "carried",
	Sent: "sent", Received: "received", TurnedAway: "turned-away", Kept: "kept", Asked: "asked", Answered: "answered", Unanswered: "unanswered",
}

// String is the kind's name.
func (k Kind) String() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return faults.EventKind(k).String()
}

// Task is one task of the run.
type Task struct {
	ID     int    // in the order of creation
	Path   string // unique in the run; siblings of one name get #2, #3, …
	Name   string
	Parent *Task // nil for the root
	Born   int   // the number of events before its creation
}

// Within reports whether t is a or one of a's descendants.
func (t *Task) Within(a *Task) bool {
	for ; t != nil; t = t.Parent {
		if t == a {
			return true
		}
	}
	return false
}

// Event is one thing that happened.
type Event struct {
	Step int           // number of steps taken before it
	At   time.Duration // virtual time since the start of the run
	Task *Task
	Kind Kind
	// Of is, of Delivered, whose failure; of Waiting, for whom, if that is known;
	// of Struck, who is held up besides Task and those above it: the launcher of
	// a job, the worker of work.
	Of    *Task
	Name  string       // see the kinds
	Value string       // Owned, Carried; the kinds of ledgers: what was sent or asked
	Site  string       // Struck: the failpoint
	Hit   int          // Struck: which visit, from 1
	Fault faults.Fault // Struck
	Err   error
	Flag  bool // Opened: a supervisor
	Op    *Op  // Called, Returned
}

// Step is one scheduling decision: Task went on from Site.
type Step struct {
	At   time.Duration
	Task *Task
	Site string
	Hit  int
}

// Live is a task that was left when the run was over.
type Live struct {
	Task  *Task  // nil for a goroutine that passed no failpoint
	State string // "parked at scope/run", "blocked: chan receive"
	Stack string // the goroutine's stack; empty if it was not taken
}

// Outcome says how the run came to its end.
type Outcome uint8

const (
	// Complete: the scenario's body returned.
	Complete Outcome = iota
	// Stalled: nothing could run and no timer was set, or the virtual-time
	// budget was spent, before the body returned.
	Stalled
	// Endless: the step limit was reached.
	Endless
	// Crashed: a panic came out of a task or of the body.
	Crashed
)

// Run is the record of one run.
type Run struct {
	Tasks   []*Task
	Events  []Event
	Steps   []Step
	Outcome Outcome
	End     time.Duration // when the body returned, or the run was given up
	LastAct time.Duration // Stalled: when something last happened
	Pushed  time.Duration // how far clock choices moved the clock in all
	Panic   string        // Crashed: value and stack
	Left    []Live        // tasks and goroutines alive after the root ended
	Waiters []Live        // Stalled: who was blocked, and where
	Dump    string        // Stalled, looked at exactly: what the layers had alive
	Objects []*Object     // that P-LINEAR judges
	Facts   []Fact        // what Sometimes declared, in order of first mention
	Shared  *Task         // a task that two goroutines used at once, if any did
	// SharedAt is the failpoints that two goroutines stood at with Shared, sorted.
	SharedAt [2]string
	Hash     uint64 // of tasks, steps, strikes, events and times
}

// Fact is a declared "this must happen at least once over the runs".
type Fact struct {
	Name string
	Seen bool
}

// Struck lists the strikes of the run in order.
func (r *Run) Struck() []faults.Strike {
	var strikes []faults.Strike
	for _, e := range r.Events {
		if e.Kind == Struck {
			strikes = append(strikes, faults.Strike{Site: e.Site, Hit: e.Hit, Task: e.Task.Path, Fault: e.Fault})
		}
	}
	return strikes
}
