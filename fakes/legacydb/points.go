package legacydb

import (
	"context"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// Some markers stand in functions of their own: inside the bigger function they
// would move the compiler's spills about in a normal build. They are not inlined
// because a marker counts in the cost of its function.

// note tells what the task of ctx does with the resource name.
//
//go:noinline
func note(ctx context.Context, kind faults.EventKind, name string) {
	failpoint.Inject("note", func() {
		faults.Note(ctx, faults.Event{Kind: kind, Name: name})
	})
}

// awake is the first act after a wait.
//
//go:noinline
func awake(ctx context.Context) {
	failpoint.Inject("wake", func() { wakePoint.At(ctx) })
}
