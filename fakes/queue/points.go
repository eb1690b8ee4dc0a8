package queue

import (
	"context"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// The markers stand in functions of their own, without type parameters: in a
// generic function the compiler keeps a marker's closure, with the dictionary in
// it, on the stack of a normal build. They are not inlined because a marker
// counts in the cost of its function.

// beforePut returns why a put has to fail.
//
//go:noinline
func beforePut(ctx context.Context) error {
	failpoint.Inject("put", func() {
		if err := putPoint.Err(ctx); err != nil {
			failpoint.Return(err)
		}
	})
	return nil
}

// beforeTake returns why a take has to fail.
//
//go:noinline
func beforeTake(ctx context.Context) error {
	failpoint.Inject("take", func() {
		if err := takePoint.Err(ctx); err != nil {
			failpoint.Return(err)
		}
	})
	return nil
}

// waiting tells that the task of ctx is about to wait at the queue.
//
//go:noinline
func waiting(ctx context.Context, queue string) {
	failpoint.Inject("note", func() {
		faults.Note(ctx, faults.Event{Kind: faults.Waiting, Name: queue})
	})
}

// awake is the first act after a wait.
//
//go:noinline
func awake(ctx context.Context) {
	failpoint.Inject("wake", func() { wakePoint.At(ctx) })
}
