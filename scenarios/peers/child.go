package peers

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
)

// child is a task of a foreign group.
type child struct {
	inner   *childContext
	task    context.Context
	body    func() error
	begun   atomic.Bool
	refused bool
}

func (c *crew) child(name string, fn work) *child {
	own := &child{inner: &childContext{outer: c.ctx}}
	own.task, own.body = harness.InstrumentTask(own.inner, name, fn)
	c.children = append(c.children, own)
	return own
}

// run is what the library gets. Supervisors start it again: once is enough.
func (own *child) run(ctx context.Context) error {
	if own.begun.Swap(true) {
		return nil
	}
	own.inner.begin(ctx)
	return own.body()
}

// refuse notes that somebody was told that the child will not run.
func (own *child) refuse(why error) {
	if !own.refused {
		own.refused = true
		faults.Note(own.task, faults.Event{Kind: faults.Refused, Err: why})
	}
}

// joined: who is told of a failure of the whole is told that what has not begun
// by then will not.
func (c *crew) joined(err error) {
	if err == nil {
		return
	}
	for _, own := range c.children {
		if !own.begun.Load() {
			own.refuse(err)
		}
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

// now is what tells about the child: its own context once it has begun.
func (c *childContext) now() context.Context {
	if d := c.inner.Load(); d != nil {
		return d
	}
	return c.outer
}

// Deadline is that of the context which the library gave the child.
func (c *childContext) Deadline() (time.Time, bool) { return c.now().Deadline() }

// Done is that of the context which the library gave the child.
func (c *childContext) Done() <-chan struct{} { return c.now().Done() }

// Err is that of the context which the library gave the child.
func (c *childContext) Err() error { return c.now().Err() }

// Value also answers package context's own keys, so that causes are found.
func (c *childContext) Value(key any) any { return c.now().Value(key) }
