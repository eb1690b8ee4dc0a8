package engine_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/history"
)

var (
	stepPoint = faults.Site{Name: "step", Allows: faults.All &^ faults.Carried}
	quiet     = faults.Site{Name: "quiet"}
)

func init() {
	faults.Register("m", "m/enginetest", "engine_test.go", 1, "step", &stepPoint)
	faults.Register("m", "m/enginetest", "engine_test.go", 2, "quiet", &quiet)
}

// family starts n children that pass k points each, and waits for them.
func family(n, k int) func(context.Context, *engine.Engine) {
	return func(ctx context.Context, e *engine.Engine) {
		var wg sync.WaitGroup
		for range n {
			child := faults.WithTask(ctx, "child")
			wg.Add(1)
			go func() {
				defer wg.Done()
				for range k {
					stepPoint.At(child)
				}
			}()
		}
		wg.Wait()
		quiet.At(ctx)
	}
}

func TestCalmRunIsSequential(t *testing.T) {
	e := engine.Run(engine.Config{Chooser: engine.Calm{}}, family(3, 4))
	run := e.History()
	if run.Outcome != history.Complete || len(run.Left) != 0 {
		t.Fatalf("outcome %v, left %v", run.Outcome, run.Left)
	}
	want := []string{"child", "child", "child", "child", "child#2", "child#2", "child#2", "child#2", "child#3", "child#3", "child#3", "child#3", "main"}
	for i, s := range run.Steps {
		if s.Task.Path != want[i] {
			t.Fatalf("step %d: %s, want %s", i, s.Task.Path, want[i])
		}
	}
}

func TestLeakIsFound(t *testing.T) {
	for name, leak := range map[string]func(ctx context.Context){
		"blocked":  func(ctx context.Context) { <-make(chan int) },
		"sleeping": func(ctx context.Context) { time.Sleep(time.Hour) },
	} {
		e := engine.Run(engine.Config{Chooser: engine.Calm{}}, func(ctx context.Context, e *engine.Engine) {
			child := faults.WithTask(ctx, "lost")
			go func() { quiet.At(child); leak(child) }()
			quiet.At(ctx)
		})
		left := e.History().Left
		if len(left) != 1 || left[0].Task == nil || left[0].Task.Path != "lost" {
			t.Fatalf("%s: left %+v", name, left)
		}
		t.Log(left[0].State, left[0].Stack)
	}
}

func TestStallIsImmediate(t *testing.T) {
	e := engine.Run(engine.Config{Chooser: engine.Calm{}}, func(ctx context.Context, e *engine.Engine) {
		time.Sleep(time.Second)
		quiet.At(ctx)
		<-make(chan int)
	})
	run := e.History()
	if run.Outcome != history.Stalled || run.LastAct != time.Second || len(run.Waiters) != 1 {
		t.Fatalf("%v %v %+v", run.Outcome, run.LastAct, run.Waiters)
	}
}

func TestCancelIsSeen(t *testing.T) {
	boom := errors.New("boom")
	e := engine.Run(engine.Config{Chooser: engine.Calm{}}, func(ctx context.Context, e *engine.Engine) {
		inner, cancel := context.WithCancelCause(faults.WithTask(ctx, "inner"))
		faults.Note(inner, faults.Event{Kind: faults.Started})
		quiet.At(ctx)
		cancel(boom)
		quiet.At(ctx)
	})
	for _, ev := range e.History().Events {
		if ev.Kind == history.Done && ev.Task.Path == "inner" && ev.Err == boom {
			return
		}
	}
	t.Fatalf("no done event: %+v", e.History().Events)
}
