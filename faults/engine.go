package faults

import "context"

// Engine decides, for the tasks of one run. The harness implements it; the
// layers never see it.
type Engine interface {
	// Spawn tells of a new task, in the goroutine of its creator.
	Spawn(t *Task)
	// At is a failpoint reached by t; see [Site.At].
	At(ctx context.Context, t *Task, s *Site) Fault
	// Note records what happened to t; it never blocks and changes nothing.
	Note(ctx context.Context, t *Task, e Event)
}
