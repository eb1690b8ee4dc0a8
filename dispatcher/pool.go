package dispatcher

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/squall-go/squall/faults"
)

// pool is what a dispatcher shares with all views over it. Its lock is held for
// a few steps only: no failpoint, callback or wait is under it.
//
// Each dispatcher of the family is a gate. An item passes the gates from the
// one it was submitted to down to the pool's own, taking a place in each, and
// stands in the queue of the first that is full. A place that comes free goes
// to the head of that gate's queue, which so moves on to the next gate.
type pool struct {
	root    *Dispatcher
	ctx     context.Context // parent of the workers' tasks
	tracked bool            // ctx has a task
	watch   *watch          // nil without OnStall

	mu      sync.Mutex
	taken   list // items that workers have
	waiting int  // items in all queues of the family
	workers int  // goroutines
	started int  // workers so far, counted if tracked
}

// enter brings a new item through the gates, to a worker or into a queue.
func (p *pool) enter(it *item) {
	for g := it.leaf; g != nil; g = g.base {
		if g.full() {
			g.enqueue(it)
			p.waiting++
			p.watchWaiting()
			return
		}
		g.active++
	}
	p.take(it, it.since)
	p.start(it)
}

// leave gives back the places of an item that a worker is through with, and
// returns what this worker has to run next, or nil.
func (p *pool) leave(done *item) *item {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken.remove(done)
	next := done.release(nil)
	if next != nil {
		p.take(next, time.Now())
		p.waiting--
		p.watchWaiting()
	}
	return next
}

// unqueue takes a waiting item out, and gives back the places that it has.
func (p *pool) unqueue(it *item) {
	gate := it.gate
	gate.queue.remove(it)
	it.gate = nil
	if next := it.release(gate); next != nil {
		gate.enqueue(next)
	}
	p.waiting--
	p.watchWaiting()
}

// take makes the item a worker's.
func (p *pool) take(it *item, now time.Time) {
	it.gate, it.since = nil, now
	p.taken.push(it)
}

// start starts a worker whose first item it is.
func (p *pool) start(it *item) {
	p.workers++
	go p.work(p.workerContext(), it)
}

// workerContext has a task of the worker's own in a run. The lock makes sure
// that the pool's task has one child made at a time.
func (p *pool) workerContext() context.Context {
	if !p.tracked {
		return p.ctx
	}
	p.started++
	return faults.WithTask(p.ctx, "worker-"+strconv.Itoa(p.started))
}

// release gives back the places that it has in the gates before top (nil: in
// all of them). In each gate the head of the queue takes the place and moves on
// to the next one; release returns the item that so arrives at top.
//
// The one that arrives at a gate goes behind those who wait there already, also
// when it is about to be the one who gets the place: first come, first served,
// for direct work and views alike.
func (it *item) release(top *Dispatcher) *item {
	var arriving *item
	for g := it.leaf; g != top; g = g.base {
		if arriving != nil {
			g.enqueue(arriving)
		}
		if arriving = g.queue.pop(); arriving == nil {
			g.active--
			g.settle()
		}
	}
	return arriving
}

func (d *Dispatcher) enqueue(it *item) {
	it.gate = d
	d.queue.push(it)
}

// quiet reports whether nothing handed to d, or to a view of it, is left: who
// waits in a view waits for one who has a place in d. A pool's own goroutines
// count as well; with nothing waiting, a timer still armed has fired.
func (d *Dispatcher) quiet() bool {
	p := d.pool
	return d.active == 0 && (d != p.root || p.workers == 0 && !p.watch.busy())
}

// settle wakes those who drain d when there is nothing left to wait for.
func (d *Dispatcher) settle() {
	if d.idle != nil && d.quiet() {
		close(d.idle)
		d.idle = nil
	}
}
