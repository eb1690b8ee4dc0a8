package harness

import (
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// Islands lists, in the order in which they were made, the tasks that the
// cancellation of whoever made them does not reach, with where each of them was
// created: those made by scope.Detach, the scopes that a context.WithoutCancel
// cuts off from the task of their context, and those made in a task of the run
// from a context of no task at all (context.Background), which are known by the
// goroutine that made them.
//
// A goroutine that is started by hand and passes no failpoint is not among them:
// nobody can see it but the leak judge, when it is left behind.
func (r *Run) Islands() []history.Island { return r.engine.Islands() }

// Controlled reports whether one task runs at a time. In free mode, where tasks
// run in parallel, it is luck which of two timers of one instant fires first.
func (r *Run) Controlled() bool { return r.engine.Controlled() }

// Struck lists the faults that struck so far.
func (r *Run) Struck() []faults.Strike { return r.engine.Struck() }
