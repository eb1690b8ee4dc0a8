package peers

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
)

// The tasks that every story has: a request, in it a group, in that children.
const (
	requestName = "request"
	groupName   = "group"
)

// wakePoint is where the stories' own code waits for its turn.
var wakePoint = faults.Site{Name: "wake", Doc: "a task of a peers' story woke up"}

func init() {
	const module = "github.com/squall-go/squall"
	faults.Register(module, module+"/scenarios/peers", "stage.go", 0, wakePoint.Name, &wakePoint)
}

// stage is where one run of a story is played.
type stage struct {
	ctx     context.Context
	engine  *engine.Engine
	library Library
	form    *Form
}

// draw draws a parameter in [lo, hi]; lo is the simplest.
func (s *stage) draw(name string, lo, hi int) int {
	return lo + s.engine.Param(s.ctx, name, hi-lo+1)
}

// latency draws how long something takes.
func (s *stage) latency(name string) time.Duration {
	return latencies[s.draw(name, 0, len(latencies)-1)]
}

var latencies = []time.Duration{time.Millisecond, 40 * time.Millisecond, 80 * time.Millisecond}

// sleep works for d, or until ctx is done.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	wakePoint.At(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// untilDone works until ctx is done.
func untilDone(ctx context.Context) error {
	<-ctx.Done()
	wakePoint.At(ctx)
	return context.Cause(ctx)
}

// deafly works for d, whatever happens to ctx.
func deafly(ctx context.Context, d time.Duration) error {
	time.Sleep(d)
	wakePoint.At(ctx)
	return nil
}

// begin makes ctx that of a task.
func (s *stage) begin(ctx context.Context, name string) context.Context {
	ctx = faults.WithTask(context.WithValue(ctx, stageKey{}, s), name)
	faults.Note(ctx, faults.Event{Kind: faults.Opened, Name: judge.Scope})
	faults.Note(ctx, faults.Event{Kind: faults.Started})
	return ctx
}

// request makes ctx that of a task, calls the library in it with n places, and
// records what the caller of Wait saw. What comes after it, in the same task, is
// in after.
func (s *stage) request(ctx context.Context, n int, body func(*crew), after ...func(context.Context, *crew)) {
	ctx = s.begin(ctx, requestName)
	var c *crew
	err := s.form.enclose(ctx, n, func(opened *crew) { c = opened; body(c) })
	if saw := s.library.Waits + sight(err); c == nil || !c.forgotten {
		s.engine.Record(ctx, history.Said, saw, err)
	}
	for _, act := range after {
		act(ctx, c)
	}
	faults.Note(ctx, faults.Event{Kind: faults.Ended, Err: err})
}

type stageKey struct{}

// told begins what is said when somebody was told of a stall.
const told = "told: "

// tell records that somebody was told, outside of the calls of the library.
func tell(ctx context.Context, what string) {
	ctx.Value(stageKey{}).(*stage).engine.Record(ctx, history.Said, told+what, nil)
}

// sight is what the caller saw, in words.
func sight(err error) string {
	var panicked *Panicked
	switch {
	case err == nil:
		return " returned nil"
	case errors.As(err, &panicked):
		return " panicked" + withStack(err)
	}
	return " returned an error" + withStack(err)
}

// withStack says whether the place that panicked is on the stack that came with
// the error.
func withStack(err error) string {
	if strings.Contains(stackOf(err), "engine.(*Engine).carryOut(") {
		return " with the child's stack"
	}
	return ""
}

// aside runs fn in a task beside the request; wait waits for its end.
func (s *stage) aside(name string, fn work) (wait func()) {
	over := make(chan struct{})
	task := harness.Instrument(s.ctx, name, fn)
	go func() {
		defer close(over)
		_ = task()
	}()
	return func() {
		<-over
		wakePoint.At(s.ctx)
	}
}

func (s *stage) sometimes(fact string, seen bool) { s.engine.Sometimes(fact, seen) }
