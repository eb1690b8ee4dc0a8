package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// ErrOver is the cause of the root context when a run is torn down.
var ErrOver = errors.New("squall: the run is over")

// Abort ends the calling goroutine, as testing.T.FailNow does: a failed
// expectation leaves the body of the run, or a goroutine of the body's that
// nobody recovers. A panic there would end the process, and the result with it.
func Abort() { runtime.Goexit() }

// Run runs body in one bubble (in wall mode: without one) and returns when it
// has been torn down. The context given to body carries the run's root task,
// "main". The history is complete; it is not judged.
//
// Run never returns if a goroutine of the body spins or blocks on something
// that synctest cannot see; a watchdog has to stand beside it.
func Run(cfg Config, body func(ctx context.Context, e *Engine)) *Engine {
	e := &Engine{
		mode: cfg.Mode, chooser: cfg.Chooser, allow: cfg.Allow,
		budget: cfg.Budget, max: cfg.MaxSteps, exact: cfg.Exact, outside: cfg.Goroutines,
	}
	if e.outside == nil {
		e.outside = new(int)
	}
	if e.budget == 0 {
		e.budget = DefaultBudget
	}
	if e.max == 0 {
		e.max = DefaultMaxSteps
	}
	if cfg.Begun != nil {
		cfg.Begun(e)
	}
	scratch := cfg.Scratch
	if scratch == nil {
		scratch = new(Scratch)
	}
	scratch.take(e)
	defer faults.WatchStrays(e.stray)()
	if e.mode == Controlled && faults.CountSelects() > 0 {
		e.homes = map[int64]*Task{}
		defer faults.DecideSelects(e)()
	}
	defer faults.WatchTaskless(e.sawTaskless)()
	if e.mode == Wall {
		e.inWall(body)
	} else {
		e.apart(body)
	}
	for _, t := range e.tasks {
		e.run.Tasks = append(e.run.Tasks, &t.Task)
	}
	e.run.Hash = Fold(e.run.Hash, e.drawn)
	scratch.give(e)
	return e
}

// History is the record of the run.
func (e *Engine) History() *history.Run { return &e.run }

func (e *Engine) inBubble(body func(context.Context, *Engine)) {
	defer func() {
		// The bubble complains about goroutines that block for ever, which
		// are in Left or in Waiters already unless the count was wrong.
		switch r := recover(); {
		case r == nil:
		case !strings.HasPrefix(fmt.Sprint(r), "deadlock:"):
			panic(r)
		case len(e.run.Left)+len(e.run.Waiters) == 0:
			e.run.Left = e.stranded()
		}
	}()
	// A T of our own: a bubble needs one, Ginkgo has none to give, and a failure
	// must not reach it.
	synctest.Test(new(testing.T), func(*testing.T) {
		done := e.begin(body)
		if e.mode == Controlled {
			e.control(done)
		} else {
			e.wait(done)
		}
		e.count()
		e.tearDown()
	})
}

// begin makes what belongs to the bubble and starts the body.
func (e *Engine) begin(body func(context.Context, *Engine)) <-chan struct{} {
	e.start = time.Now()
	e.wake = make(chan struct{}, 1)
	e.freed = make(chan struct{})
	e.rootCtx, e.cancel = context.WithCancelCause(context.Background())
	ctx := faults.Root(e.rootCtx, e, "main", root{e})
	main := faults.TaskOf(ctx)
	main.Record().(*Task).ctx = ctx
	e.watched = append(e.watched, main.Record().(*Task))
	done := make(chan struct{})
	e.countOutside()
	go func() {
		defer close(done)
		defer e.recovered()
		e.settled(main.Record().(*Task))
		body(ctx, e)
	}()
	return done
}

// settled notes which goroutine is t's before it passes a point.
func (e *Engine) settled(t *Task) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t.goid = currentGoroutine()
	e.settle(t)
}

// root is what the cancel faults act upon when nothing nearer can be cancelled.
type root struct{ e *Engine }

// Cancel cancels the run's root context.
func (r root) Cancel(cause error) { r.e.cancel(cause) }

// recovered keeps a panic of the body from ending the process.
func (e *Engine) recovered() {
	if r := recover(); r != nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.off {
			return
		}
		e.run.Outcome = history.Crashed
		e.run.Panic = fmt.Sprintf("%v\n%s", r, debug.Stack())
	}
}

// wait is the controller of free mode: it only waits.
func (e *Engine) wait(done <-chan struct{}) {
	budget := time.NewTimer(e.budget)
	defer budget.Stop()
	select {
	case <-done:
		e.run.End = e.clock()
	case <-budget.C:
		e.run.End = e.clock()
		e.giveUp(history.Stalled)
	}
	if e.mode == Free {
		synctest.Wait()
		e.look()
	}
}

// tearDown lets everything that is left come to its end, unrecorded.
func (e *Engine) tearDown() {
	e.mu.Lock()
	e.off = true
	parked := e.parked
	e.parked = nil
	e.mu.Unlock()
	e.free()
	e.cancel(ErrOver)
	for _, p := range parked {
		p.turn <- struct{}{}
	}
	if e.mode != Wall {
		synctest.Wait()
	}
}

// free ends injected hangs and wedges; it never blocks.
func (e *Engine) free() {
	e.mu.Lock()
	defer e.mu.Unlock()
	select {
	case <-e.freed:
	default:
		close(e.freed)
	}
}

// Heal switches the faults off for the rest of the run: nothing strikes any
// more, and what hangs or is wedged goes on. The second act begins.
func (e *Engine) Heal(ctx context.Context) {
	t := faults.TaskOf(ctx).Record().(*Task)
	e.mu.Lock()
	e.healed.Store(true)
	e.record(history.Event{Task: &t.Task, Kind: history.Healed})
	e.mu.Unlock()
	e.free()
}

// Record appends an event of the harness's own kinds.
func (e *Engine) Record(ctx context.Context, kind history.Kind, name string, err error) {
	t := faults.TaskOf(ctx).Record().(*Task)
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.off {
		e.record(history.Event{Task: &t.Task, Kind: kind, Name: name, Err: err})
	}
}

// RecordValue appends an event of a kind that has a value. A context that has
// lost its task is one of the task that passed a point last.
func (e *Engine) RecordValue(ctx context.Context, kind history.Kind, name, value string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.off {
		return
	}
	e.record(history.Event{Task: e.holderOf(ctx), Kind: kind, Name: name, Value: value, Err: err})
	e.run.Hash = Fold(Fold(e.run.Hash, HashString(name)), HashString(value))
}

// holderOf is the task of ctx or, if it has none, the one that passed a point
// last. The caller holds mu.
func (e *Engine) holderOf(ctx context.Context) *history.Task {
	if face := faults.TaskOf(ctx); face != nil {
		if t, ok := face.Record().(*Task); ok {
			return &t.Task
		}
	}
	if n := len(e.run.Steps); n > 0 {
		return e.run.Steps[n-1].Task
	}
	return &e.tasks[0].Task
}

// Sometimes declares a fact that has to be seen at least once over the runs.
func (e *Engine) Sometimes(name string, seen bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range e.run.Facts {
		if e.run.Facts[i].Name == name {
			e.run.Facts[i].Seen = e.run.Facts[i].Seen || seen
			return
		}
	}
	e.run.Facts = append(e.run.Facts, history.Fact{Name: name, Seen: seen})
}

// Param draws a workload parameter in [0, n); 0 is the simplest.
func (e *Engine) Param(ctx context.Context, name string, n int) int {
	t := faults.TaskOf(ctx).Record().(*Task)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.total++
	name = unique(&t.params, name)
	v := e.chooser.Param(t, name, n)
	if v != 0 {
		e.choices = append(e.choices, choice{kind: chooseParam, task: t, name: name, value: v})
	}
	// A sum: bodies draw before their first point, where nothing orders them.
	e.drawn += Fold(Fold(t.Hash, HashString(name)), uint64(v))
	return v
}

// sawDone records that a body's context is done. A deadline passes without
// anybody parking, so it may be seen late; it was met when it was due.
func (e *Engine) sawDone(t *Task) {
	e.record(history.Event{Task: &t.Task, Kind: history.Done, Err: context.Cause(t.ctx)})
	due, met := metDeadline(t)
	if !met {
		return
	}
	n := len(e.run.Events) - 1
	last := &e.run.Events[n]
	if at := due.Sub(e.start); at < last.At && (n == 0 || at >= e.run.Events[n-1].At) {
		last.At = at
	}
}

// metDeadline is when the deadline passed that t's context, which is done, is
// done because of, if it is.
func metDeadline(t *Task) (due time.Time, met bool) {
	if t.ctx.Err() != context.DeadlineExceeded {
		return time.Time{}, false
	}
	return t.ctx.Deadline()
}

func (e *Engine) inWall(body func(context.Context, *Engine)) {
	e.before = goleak.IgnoreCurrent()
	done := e.begin(body)
	e.wait(done)
	e.countWall()
	e.tearDown()
}
