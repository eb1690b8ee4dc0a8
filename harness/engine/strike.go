package engine

import (
	"context"
	"runtime"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// resumePoint is where a task waits for its turn after an injected wait.
var resumePoint = faults.Site{Name: "resume", Doc: "an injected delay, hang or wedge is over"}

func init() {
	faults.Register("github.com/squall-go/squall", "github.com/squall-go/squall/harness", "strike.go", 0, "resume", &resumePoint)
}

// strike lets the chooser decide, records, and carries the fault out.
func (e *Engine) strike(ctx context.Context, t *Task, s *faults.Site, hit int, allowed faults.Kind) faults.Fault {
	e.mu.Lock()
	e.total++
	f := e.chooser.Strike(t, s, hit, allowed)
	if f.Kind == 0 {
		e.mu.Unlock()
		return f
	}
	e.choices = append(e.choices, choice{kind: chooseStrike, task: t, site: s, hit: hit, fault: f})
	struck := history.Event{Task: &t.Task, Kind: history.Struck, Site: s.String(), Hit: hit, Fault: f}
	if f.Is(faults.Delay | faults.Hang | faults.Wedge) {
		struck.Of = e.heldUp(t)
	}
	e.record(struck)
	e.run.Hash = Fold(e.run.Hash, uint64(f.Kind)^uint64(f.Delay))
	e.mu.Unlock()
	injected := &faults.Injected{Strike: faults.Strike{Site: s.String(), Hit: hit, Task: t.Path, Fault: f}}
	return e.carryOut(ctx, t, f, injected)
}

// heldUp is the task whose goroutine is at the point for t, if that is nobody
// above t: the launcher of a job, the worker of work. It is the one that the
// goroutine passed a point for before, of those that are not over.
func (e *Engine) heldUp(t *Task) *history.Task {
	var last *Task
	for _, o := range e.tasks {
		if o != t && o.goid == t.goid && !o.over && (last == nil || o.came > last.came) {
			last = o
		}
	}
	if last == nil || t.Within(&last.Task) {
		return nil
	}
	return &last.Task
}

func (e *Engine) carryOut(ctx context.Context, t *Task, f faults.Fault, injected *faults.Injected) faults.Fault {
	switch f.Kind {
	case faults.Error:
		f.Err = injected
	case faults.Panic:
		panic(injected)
	case faults.Goexit:
		runtime.Goexit()
	case faults.Delay:
		e.delay(f.Delay)
		e.arrive(t, &resumePoint)
	case faults.CancelTask, faults.Deadline:
		cancelNearest(t.face, injected)
	case faults.CancelParent:
		if parent := t.face.Parent(); parent != nil {
			cancelNearest(parent, injected)
		}
	case faults.CancelRoot:
		e.cancel(injected)
	case faults.Hang:
		f.Err = e.hang(ctx, t, injected)
	case faults.Wedge:
		<-e.freed
		e.arrive(t, &resumePoint)
		f.Err = injected
	}
	return f
}

// delay lets the time pass. On the real clock a watchdog may ask whether it does.
func (e *Engine) delay(d time.Duration) {
	if e.mode == Wall {
		e.delayed.Add(1)
		defer e.delayed.Add(-1)
	}
	time.Sleep(d)
}

// Delayed reports whether an injected delay is under way on the real clock: a run
// that takes no step meanwhile is not stuck.
func (e *Engine) Delayed() bool { return e.delayed.Load() > 0 }

// hang blocks until ctx is done or the fault is switched off.
func (e *Engine) hang(ctx context.Context, t *Task, injected *faults.Injected) error {
	select {
	case <-ctx.Done():
	case <-e.freed:
	}
	e.arrive(t, &resumePoint)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return injected
}

// cancelNearest cancels t or its nearest ancestor that can be cancelled.
func cancelNearest(t *faults.Task, cause error) {
	for ; t != nil; t = t.Parent() {
		if owner := t.Owner(); owner != nil {
			owner.Cancel(cause)
			return
		}
	}
}
