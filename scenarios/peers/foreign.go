package peers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// open makes a group in ctx. start runs f as a child, with the context that the
// library means for it; wait waits for all of them.
type open func(ctx context.Context) (start func(f func(context.Context) error), wait func() error)

// foreign makes tasks of a group and its children that know nothing of the
// harness. A panic out of wait becomes a [*Panicked].
func foreign(group open) enclose {
	return func(ctx context.Context, body func(launch)) error {
		ctx = faults.WithTask(ctx, groupName)
		faults.Note(ctx, faults.Event{Kind: faults.Opened, Name: judge.Scope})
		faults.Note(ctx, faults.Event{Kind: faults.Started})
		start, wait := group(ctx)
		body(func(name string, fn func(context.Context) error) func(error) {
			c := &childContext{outer: ctx}
			task := harness.Instrument(c, name, fn)
			start(func(inner context.Context) error {
				c.begin(inner)
				return task()
			})
			return c.cancel
		})
		err := recovering(wait)
		wakePoint.At(ctx)
		faults.Note(ctx, faults.Event{Kind: faults.Ended, Err: err})
		return err
	}
}

// childContext is the context of a child whose task has to be known before the
// library gives the child its context. A child can be cancelled alone, for which
// its user derives a context of its own.
type childContext struct {
	outer context.Context
	inner atomic.Pointer[derived]
	early atomic.Pointer[error] // a cancellation from before the child began
}

type derived struct {
	context.Context
	cancel context.CancelCauseFunc
}

func (c *childContext) begin(ctx context.Context) {
	d := &derived{}
	d.Context, d.cancel = context.WithCancelCause(ctx)
	c.inner.Store(d)
	if cause := c.early.Load(); cause != nil {
		d.cancel(*cause)
	}
}

func (c *childContext) cancel(cause error) {
	c.early.Store(&cause)
	if d := c.inner.Load(); d != nil {
		d.cancel(cause)
	}
}

// Panicked is a panic that came out of a Wait, as the one who recovers it
// there sees it.
type Panicked struct {
	Value any
	Stack string // of the child if the library kept it, else of the waiter
}

// Error is the value.
func (p *Panicked) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Unwrap is the value if it is, or gives, an error.
func (p *Panicked) Unwrap() error {
	switch v := p.Value.(type) {
	case error:
		return v
	case interface{ AsError() error }: // conc
		return v.AsError()
	}
	return nil
}

func recovering(wait func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Panicked{Value: r, Stack: cmp.Or(concStack(r), string(debug.Stack()))}
		}
	}()
	return wait()
}

// stackOf is the stack that err carries, "" if none.
func stackOf(err error) string {
	var waiter *Panicked
	if errors.As(err, &waiter) {
		return waiter.Stack
	}
	var own *scope.PanicError
	if errors.As(err, &own) {
		return own.Stack.String()
	}
	return ""
}
