package engine_test

import (
	"context"
	"testing"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/history"
)

// A failed expectation in a goroutine that nobody recovers must not end the
// process.
func TestAbortEndsOneGoroutine(t *testing.T) {
	e := engine.Run(engine.Config{Chooser: engine.Calm{}}, func(ctx context.Context, e *engine.Engine) {
		done, child := make(chan struct{}), faults.WithTask(ctx, "child")
		go func() {
			defer close(done)
			quiet.At(child)
			engine.Abort()
			t.Error("went on after Abort")
		}()
		<-done
		quiet.At(ctx)
	})
	if run := e.History(); run.Outcome != history.Complete || len(run.Left) != 0 || len(run.Steps) != 2 {
		t.Fatalf("outcome %v, left %v, steps %v", run.Outcome, run.Left, run.Steps)
	}
}

func TestAbortLeavesTheBody(t *testing.T) {
	e := engine.Run(engine.Config{Chooser: engine.Calm{}}, func(context.Context, *engine.Engine) {
		engine.Abort()
		t.Error("went on after Abort")
	})
	if run := e.History(); run.Outcome != history.Complete {
		t.Fatalf("outcome %v, panic %s", run.Outcome, run.Panic)
	}
}

// A scope lives in its caller's goroutine: what blocks after it is the caller.
func TestAStalledGoroutineIsOfTheTaskThatIsNotOver(t *testing.T) {
	e := engine.Run(engine.Config{Chooser: engine.Calm{}}, func(ctx context.Context, e *engine.Engine) {
		inner := faults.WithTask(ctx, "inner")
		faults.Note(inner, faults.Event{Kind: faults.Started})
		quiet.At(inner)
		faults.Note(inner, faults.Event{Kind: faults.Ended})
		<-make(chan int)
	})
	run := e.History()
	if len(run.Waiters) != 1 || run.Waiters[0].Task == nil || run.Waiters[0].Task.Path != "main" {
		t.Fatalf("waiters %+v", run.Waiters)
	}
}
