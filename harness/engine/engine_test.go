package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// TestDeadlinesPassInTheirOrder: nobody looks while they pass.
func TestDeadlinesPassInTheirOrder(t *testing.T) {
	e := engine.Run(engine.Config{Chooser: engine.Calm{}}, func(ctx context.Context, e *engine.Engine) {
		body := func(ctx context.Context, name string, within time.Duration) context.Context {
			ctx, cancel := context.WithTimeout(faults.WithTask(ctx, name), within)
			t.Cleanup(cancel)
			faults.Note(ctx, faults.Event{Kind: faults.Started})
			return ctx
		}
		outer := body(ctx, "outer", 10*time.Second)
		body(outer, "late", time.Minute)
		body(outer, "inner", time.Second)
		quiet.At(ctx)
		time.Sleep(10*time.Second + 1)
		quiet.At(ctx)
	})
	var got []string
	for _, ev := range e.History().Events {
		if ev.Kind == history.Done {
			got = append(got, fmt.Sprint(ev.Task.Path, " ", ev.At))
		}
	}
	if want := []string{"outer/inner 1s", "outer 10s", "outer/late 10s"}; !slices.Equal(got, want) {
		t.Fatalf("done: %v, want %v", got, want)
	}
}

// delayAt strikes a delay at the first visit of one task.
type delayAt struct {
	engine.Calm
	path string
}

func (c delayAt) Strike(t *engine.Task, _ *faults.Site, hit int, _ faults.Kind) faults.Fault {
	if t.Path != c.path || hit > 1 {
		return faults.Fault{}
	}
	return faults.Fault{Kind: faults.Delay, Delay: time.Second}
}

func TestADelayTellsWhoIsHeldUp(t *testing.T) {
	for name, c := range map[string]struct {
		passes func(launcher, launched context.Context) // a point, in the launcher's goroutine
		held   string
	}{
		"at the launcher's own point": {func(launcher, _ context.Context) { stepPoint.At(launcher) }, ""},
		"at the point of one below":   {func(launcher, _ context.Context) { stepPoint.At(faults.WithTask(launcher, "struck")) }, ""},
		"at the point of a stranger":  {func(_, launched context.Context) { stepPoint.At(launched) }, "launcher"},
		"behind what is over": {func(launcher, launched context.Context) {
			over := faults.WithTask(launcher, "over")
			quiet.At(over)
			faults.Note(over, faults.Event{Kind: faults.Ended})
			stepPoint.At(launched)
		}, "launcher"},
	} {
		path := "struck"
		if c.held == "" {
			path = "launcher"
			if name == "at the point of one below" {
				path = "launcher/struck"
			}
		}
		run := engine.Run(engine.Config{Chooser: delayAt{path: path}, Allow: allowAt(&stepPoint, faults.Delay)}, func(ctx context.Context, _ *engine.Engine) {
			launcher, launched := faults.WithTask(ctx, "launcher"), faults.WithTask(ctx, "struck")
			done := make(chan struct{})
			go func() {
				defer close(done)
				quiet.At(launcher)
				c.passes(launcher, launched)
			}()
			<-done
			quiet.At(ctx)
		}).History()
		held, struck := "", 0
		for _, e := range run.Events {
			if e.Kind == history.Struck {
				struck++
				if e.Of != nil {
					held = e.Of.Path
				}
			}
		}
		if struck != 1 || held != c.held {
			t.Errorf("%s: struck %d times, held up: %q, want %q", name, struck, held, c.held)
		}
	}
}

// allowAt allows the faults at one site.
func allowAt(s *faults.Site, kinds faults.Kind) []faults.Kind {
	allow := make([]faults.Kind, s.ID()+1)
	allow[s.ID()] = kinds
	return allow
}
