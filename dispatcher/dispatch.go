package dispatcher

import (
	"context"
	"reflect"
	"time"

	"github.com/pingcap/failpoint"

	"github.com/squall-go/squall/faults"
)

// Dispatch hands run to the dispatcher and returns at once ([NewUnconfined]:
// when run is over). Exactly one of three things happens:
//
//   - Dispatch returns an error, and neither function is called: a [*ClosedError],
//     or context.Cause(ctx) if ctx is done;
//   - run is called, once, by a worker;
//   - abandon is called, once, with the cause: ctx was done when its turn came, or
//     the dispatcher was closed ([*ClosedError]), or [Dispatcher.Withdraw] took
//     it back. It is called by the worker, the closer or the withdrawer.
//
// ctx carries the task that the run is, if any, and belongs to it from here on;
// Dispatch makes none. Neither run nor abandon may panic: a panic ends the
// program, as in any goroutine. A runtime.Goexit in run ends the worker, and
// another takes its place. [Do] and [Submit] turn both into errors.
//
// Work that waits when ctx is cancelled stays in the queue until its turn comes;
// see Withdraw. Cost: one allocation, and a goroutine when no worker is busy
// that could go on with it.
func (d *Dispatcher) Dispatch(ctx context.Context, run func(), abandon func(cause error)) error {
	raw := &raw{runs: run, abandons: abandon}
	raw.item = item{ctx: ctx, leaf: d, work: raw}
	return d.submit(&raw.item)
}

// raw is the work of Dispatch.
type raw struct {
	item
	runs     func()
	abandons func(error)
}

func (r *raw) run()                { r.runs() }
func (r *raw) abandon(cause error) { r.abandons(cause) }

// Withdraw takes back what was dispatched to d, or to a view of it, with this
// very ctx and still waits; abandon is called with context.Cause(ctx), or with
// context.Canceled if ctx is not done. It reports whether there was such work:
// if not, it runs or is over. Who waits for dispatched work calls it on
// cancellation, so that cancelling needs no goroutine and does not have to wait
// until a worker comes free. Cost: one pass over the queues.
func (d *Dispatcher) Withdraw(ctx context.Context) bool {
	it := d.find(ctx)
	if it == nil || !d.withdraw(it) {
		return false
	}
	cause := context.Cause(ctx)
	if cause == nil {
		cause = context.Canceled
	}
	it.drop(cause)
	return true
}

// submit is Dispatch for any kind of work.
func (d *Dispatcher) submit(it *item) error {
	if err := d.accept(it); err != nil {
		it.note(faults.Refused, err)
		return err
	}
	if d.limit == 0 {
		d.runHere(it)
	}
	return nil
}

// accept lets the item in, or says why not. When it returns nil the item is
// somebody else's already.
func (d *Dispatcher) accept(it *item) error {
	ctx := it.ctx
	failpoint.Inject("submit", func() {
		if err := submitPoint.Err(ctx); err != nil {
			failpoint.Return(err)
		}
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	it.since = time.Now()
	p := d.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := d.refusal(); err != nil {
		return err
	}
	it.note(faults.Queued, nil)
	if d.limit == 0 {
		d.active++
		p.take(it, it.since)
		return nil
	}
	p.enter(it)
	return nil
}

// runHere runs the item in the caller's goroutine.
func (d *Dispatcher) runHere(it *item) {
	defer func() {
		it.ended()
		d.pool.leave(it)
	}()
	it.execute()
}

// refusal is the error of the nearest closed dispatcher, from d to the pool.
func (d *Dispatcher) refusal() error {
	for ; d != nil; d = d.base {
		if d.closed != nil {
			return d.closed
		}
	}
	return nil
}

// find is the waiting item of ctx, below d.
func (d *Dispatcher) find(ctx context.Context) *item {
	if !reflect.ValueOf(ctx).Comparable() {
		return nil
	}
	d.pool.mu.Lock()
	defer d.pool.mu.Unlock()
	for _, it := range d.queued() {
		if it.ctx == ctx {
			return it
		}
	}
	return nil
}

// withdraw takes the item out of its queue unless somebody else has claimed it.
// A claim without a place in a queue is one that a worker has taken and will
// skip.
func (d *Dispatcher) withdraw(it *item) bool {
	if !it.claim() {
		return false
	}
	d.pool.mu.Lock()
	defer d.pool.mu.Unlock()
	if it.gate != nil {
		d.pool.unqueue(it)
	}
	return true
}

// queued is what waits of all that was handed to d or a view of it: first what
// waits at a base of d, then at d, then at its views. The lock is held.
func (d *Dispatcher) queued() []*item {
	items := d.upstream()
	for _, g := range d.family() {
		for it := range g.queue.all() {
			items = append(items, it)
		}
	}
	return items
}

// upstream is what waits at a base of d and has a place in d.
func (d *Dispatcher) upstream() []*item {
	var items []*item
	for g := d.pool.root; g != d; g = g.towards(d) {
		for it := range g.queue.all() {
			if it.leaf.within(d) {
				items = append(items, it)
			}
		}
	}
	return items
}

// towards is the gate before d on the way from the view v to the pool.
func (d *Dispatcher) towards(v *Dispatcher) *Dispatcher {
	for v.base != d {
		v = v.base
	}
	return v
}
