package harness

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/history"
)

// Run is one run of a scenario, as its body sees it. Its methods may be called
// from any goroutine of the run; those that take a context note the task which
// the context carries.
type Run struct {
	ctx    context.Context
	engine *engine.Engine
	gomega *gomega.WithT
}

// adapt turns a scenario's body into the engine's.
func adapt(body func(*Run)) func(context.Context, *engine.Engine) {
	return func(ctx context.Context, e *engine.Engine) {
		r := &Run{ctx: ctx, engine: e}
		r.gomega = gomega.NewWithT(expectations{r})
		body(r)
	}
}

// Context is the run's root context. It is made in the bubble, carries the task
// "main", and is cancelled by the fault cancel-root and when the run is over.
func (r *Run) Context() context.Context { return r.ctx }

// Int draws a workload parameter in [lo, hi]. lo is the simplest value, the one
// that shrinking goes for. Drawn twice, the second one is called name#2.
func (r *Run) Int(name string, lo, hi int) int {
	if hi < lo {
		panic(fmt.Sprintf("harness: parameter %q has no value between %d and %d", name, lo, hi))
	}
	return lo + r.engine.Param(r.ctx, name, hi-lo+1)
}

// Bool draws a workload parameter; false is the simplest value.
func (r *Run) Bool(name string) bool { return r.Int(name, 0, 1) == 1 }

// Duration draws a workload parameter among the given durations; the first is
// the simplest.
func (r *Run) Duration(name string, among ...time.Duration) time.Duration {
	return among[r.Int(name, 0, len(among)-1)]
}

// Expect is Gomega's Expect. An expectation that fails ends its goroutine (the
// body, if that is the caller), and the first one is what the run is broken by;
// it is put down to the task main, whoever expected.
func (r *Run) Expect(actual any, extra ...any) types.Assertion {
	return r.Gomega().Expect(actual, extra...)
}

// Gomega is the run's own Gomega, for Eventually and matchers of your own. Its
// Eventually polls on the bubble's clock.
func (r *Run) Gomega() *gomega.WithT { return r.gomega }

// expectations receives Gomega's failures: it is all that Gomega needs of a
// testing.T, and keeps the bubble away from the spec's own.
type expectations struct{ r *Run }

func (expectations) Helper() {}

func (x expectations) Fatalf(format string, args ...any) {
	message := addresses.ReplaceAllString(fmt.Sprintf(format, args...), "")
	x.r.Broken("", "%s: %s", whoExpects(), message)
	engine.Abort()
}

// addresses are those of values that Gomega prints: they differ between two runs
// of one tape.
var addresses = regexp.MustCompile(` ?\| 0x[0-9a-f]+`)

// whoExpects is file:line of the expectation.
func whoExpects() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		frame, more := frames.Next()
		if !strings.Contains(frame.Function, "onsi/gomega") && !strings.Contains(frame.Function, module+"/harness.") {
			return filepath.Base(frame.File) + ":" + strconv.Itoa(frame.Line)
		}
		if !more {
			return "unknown place"
		}
	}
}

// Broken records that the property (P-EXPECT if empty) is broken, and why. The
// body goes on. It counts for the task "main": which goroutine works for which
// task is not known for certain between two failpoints.
func (r *Run) Broken(property, format string, args ...any) {
	r.engine.Record(r.ctx, history.Expected, property, fmt.Errorf(format, args...))
}

// Sometimes mentions a fact that has to be seen in at least one of the runs,
// or the scenario proves nothing.
func (r *Run) Sometimes(name string, seen bool) { r.engine.Sometimes(name, seen) }

// Heal begins the second act: from here on nothing strikes, and what hangs or
// is wedged goes on. What follows must work; end it with Recovered.
func (r *Run) Heal() { r.engine.Heal(r.ctx) }

// Recovered records that the system answered normally again.
func (r *Run) Recovered(what string) {
	r.engine.Record(r.ctx, history.Recovered, what, nil)
}

// Say adds a remark to the picture, on the line of ctx's task.
func (r *Run) Say(ctx context.Context, format string, args ...any) {
	r.engine.Record(ctx, history.Said, fmt.Sprintf(format, args...), nil)
}

// Owns says that from here on the value of key is value, in the task of ctx and
// in the tasks that it makes: a trace id, a security token, the name of a task.
// A task has one value of a key at a time; an inner task may have its own.
func (r *Run) Owns(ctx context.Context, key, value string) {
	r.engine.RecordValue(ctx, history.Owned, key, value, nil)
}

// Carries notes that got was found for key: "" is nothing. P-CONTEXT compares it
// with the value that the task of ctx has, its own or its nearest owner's. ctx
// says for whom the code runs, and need not be where got was found: of a hop
// that was handed the context of somebody else, note what that context has, for
// the context that was meant.
func (r *Run) Carries(ctx context.Context, key, got string) {
	r.engine.RecordValue(ctx, history.Carried, key, got, nil)
}

// sleepPoint and stepPoint are where scenario code itself can be preempted;
// runPoint is where a task that Instrument wraps can be struck.
var (
	sleepPoint = faults.Site{Name: "sleep", Doc: "Run.Sleep is over"}
	stepPoint  = faults.Site{Name: "step", Doc: "Run.Step"}
	startPoint = faults.Site{Name: "start", Doc: "first step of a task of Instrument or Go"}
	runPoint   = faults.Site{Name: "run", Doc: "before the body of a task of Instrument or Go",
		Allows: faults.Failure | faults.Delay | faults.Cancels | faults.Hang | faults.Wedge}
)

func init() {
	for _, site := range []*faults.Site{&sleepPoint, &stepPoint, &startPoint, &runPoint} {
		faults.Register(module, module+"/harness", "run.go", 0, site.Name, site)
	}
}

// Sleep sleeps on the run's clock, then waits for the task's turn. Plain
// time.Sleep works too; what follows it is then uncontrolled up to the next
// failpoint. It returns the context's cause if ctx is done first.
func (r *Run) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	sleepPoint.At(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Step is a place in the scenario's own code where the schedule may change. Put
// one behind every wait that is not a failpoint's.
func (r *Run) Step(ctx context.Context) { stepPoint.At(ctx) }

// Instrument makes fn a task of its own, child of ctx's task, for code that
// starts goroutines by any means: call it in the parent, start what it returns.
// The history tells its start, its end and its failure; faults strike it at
// harness/run; a panic or Goexit goes on after it has been noted.
func Instrument(ctx context.Context, name string, fn func(context.Context) error) func() error {
	_, run := InstrumentTask(ctx, name, fn)
	return run
}

// InstrumentTask is [Instrument] for who wants to tell something of the task
// before it runs, or of one that never does: task carries it.
func InstrumentTask(ctx context.Context, name string, fn func(context.Context) error) (task context.Context, run func() error) {
	ctx = faults.WithTask(ctx, name)
	faults.Note(ctx, faults.Event{Kind: faults.Opened, Name: "foreign"})
	return ctx, func() (err error) {
		startPoint.At(ctx)
		faults.Note(ctx, faults.Event{Kind: faults.Started})
		finished := false
		defer func() {
			if finished {
				faults.Note(ctx, faults.Event{Kind: faults.Ended, Err: err})
				return
			}
			failure := errGoexit
			if r := recover(); r != nil {
				if failure, _ = r.(error); failure == nil {
					failure = fmt.Errorf("panic: %v", r)
				}
				faults.Note(ctx, faults.Event{Kind: faults.Ended, Err: failure})
				panic(r)
			}
			faults.Note(ctx, faults.Event{Kind: faults.Ended, Err: failure})
		}()
		if err = runPoint.Err(ctx); err == nil {
			err = fn(ctx)
		}
		finished = true
		return err
	}
}

var errGoexit = errors.New("runtime.Goexit")

// Go starts fn in a goroutine that nobody owns, as a task of its own: what
// users of plain goroutines write. A panic in it is recorded, not fatal.
func (r *Run) Go(ctx context.Context, name string, fn func(context.Context) error) {
	body := Instrument(ctx, name, fn)
	go func() {
		defer func() { _ = recover() }()
		_ = body()
	}()
}
