package faults

import "context"

// EventKind says what an [Event] tells.
type EventKind uint8

// The events that layers note; judges read them in the run's history.
const (
	// Opened: a scope or a job exists. Name says what it is: "scope",
	// "supervisor" (Flag is set too), "launch", "async", "noncancellable",
	// "detached", "call" or "foreign".
	Opened EventKind = iota + 1
	// Started: the task's body is about to run. Noted with the body's context.
	Started
	// Cancelled: the task was asked to stop; Err is the cause.
	Cancelled
	// Ended: the task is over, its children too; Err is its failure or nil.
	Ended
	// Refused: a launch or a submit was turned away; Err says why.
	Refused
	// Detached: the task was started as an island, outside every scope; Name is
	// where (file:line).
	Detached
	// Delivered: Err, the failure of Of, reached an owner; Name is the way:
	// "await", "parent", "caller", "handler", "process handler" or "crash".
	Delivered
	// Queued: the task waits for a worker of the dispatcher Name.
	Queued
	// Running: a worker of the dispatcher Name runs the task.
	Running
	// Finished: the worker of the dispatcher Name is done with the task.
	Finished
	// Acquired: the task holds the resource Name (a lock, a connection, a subscription).
	Acquired
	// Released: the resource Name is held no more.
	Released
	// Waiting: the task waits for the resource or task Name; or for the task Of,
	// and then Name need not be given.
	Waiting
	// Severed: the task has the values of its parent's context, but a
	// context.WithoutCancel keeps its cancellation away; Name is where it was
	// created (file:line).
	Severed
)

var eventNames = [...]string{
	"", "opened", "started", "cancelled", "ended", "refused", "detached", "delivered",
	"queued", "running", "finished", "acquired", "released", "waiting", "severed",
}

// String is the kind's name in histories.
func (k EventKind) String() string { return eventNames[k] }

// Event is one thing that happened to a task.
type Event struct {
	Kind EventKind
	Of   *Task  // Delivered: whose failure; Waiting: for whom, if that is known
	Name string // what it was about; see the kinds
	Err  error
	Flag bool
}

// Note records e for the task of ctx. Outside a run it does nothing. Call it
// inside a failpoint marker, so that a normal build pays nothing.
func Note(ctx context.Context, e Event) {
	if t := TaskOf(ctx); t != nil {
		t.Note(ctx, e)
	}
}

// Note records e for t; see the function of the same name.
func (t *Task) Note(ctx context.Context, e Event) {
	if t.engine != nil {
		t.engine.Note(ctx, t, e)
	}
}
