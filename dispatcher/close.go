package dispatcher

import (
	"context"
	"slices"

	"github.com/pingcap/failpoint"
)

// Close closes the dispatcher and all views of it; closing a view leaves its
// base open. From then on work is refused with a [*ClosedError]; what waits is
// abandoned with it, in order, before Close returns; what a worker has taken
// goes on. The error wraps cause, which may be nil. Closing again does nothing.
//
// ctx is the caller's, and only names it: Close never waits.
func (d *Dispatcher) Close(ctx context.Context, cause error) {
	failpoint.Inject("close", func() { closePoint.At(ctx) })
	left := leftover{items: d.shut(cause), cause: &ClosedError{Dispatcher: d.name, Cause: cause}}
	left.drop()
}

// shut closes d and takes out of the queues what was handed to it.
func (d *Dispatcher) shut(cause error) []*item {
	p := d.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if d.closed != nil {
		return nil
	}
	d.closed = &ClosedError{Dispatcher: d.name, Cause: cause}
	items := d.claimQueued()
	for _, it := range items {
		p.unqueue(it)
	}
	d.forget()
	return items
}

// claimQueued leaves out what a waiter is about to take back: that is in good
// hands.
func (d *Dispatcher) claimQueued() []*item {
	return slices.DeleteFunc(d.queued(), func(it *item) bool { return !it.claim() })
}

// forget takes a closed view off its base's list.
func (d *Dispatcher) forget() {
	if d.base != nil {
		d.base.views = slices.DeleteFunc(d.base.views, func(v *Dispatcher) bool { return v == d })
	}
}

// leftover is work that is being abandoned.
type leftover struct {
	items []*item
	cause error
}

// drop abandons all of it, even if one of the callbacks does not return.
func (l *leftover) drop() {
	defer func() {
		if len(l.items) > 0 {
			l.drop()
		}
	}()
	for len(l.items) > 0 {
		it := l.items[0]
		l.items = l.items[1:]
		it.drop(l.cause)
	}
}

// Drain waits until nothing handed to d, or to a view of it, runs or waits, and
// for a pool until its goroutines are gone too; it returns nil then. If ctx is done
// first it returns context.Cause(ctx); when both are so, it returns nil. It does
// not close: new work may come before Drain returns and after.
func (d *Dispatcher) Drain(ctx context.Context) error {
	idle := d.whenIdle()
	if idle == nil {
		return nil
	}
	sleepUntil(ctx, idle)
	select {
	case <-idle:
		return nil
	default:
		return context.Cause(ctx)
	}
}

// whenIdle is closed at the next moment without work; nil: that is now.
func (d *Dispatcher) whenIdle() <-chan struct{} {
	d.pool.mu.Lock()
	defer d.pool.mu.Unlock()
	if d.quiet() {
		return nil
	}
	if d.idle == nil {
		d.idle = make(chan struct{})
	}
	return d.idle
}

// sleepUntil returns when idle is closed or ctx is done. Not inlined: see ended.
//
//go:noinline
func sleepUntil(ctx context.Context, idle <-chan struct{}) {
	select {
	case <-idle:
	case <-ctx.Done():
	}
	failpoint.Inject("drain-resume", func() { drainResumePoint.At(ctx) })
}
