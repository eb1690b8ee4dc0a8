package dispatcher

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/squall-go/squall/faults"
)

// IOLimit is the limit of [NewIO] unless [Limit] says otherwise.
const IOLimit = 64

// Dispatcher is a place where tasks run: a pool, a view of one, or the caller's
// own goroutine. All methods may be called from any goroutine. The zero value
// is of no use; see the constructors.
type Dispatcher struct {
	name  string
	limit int // 0: none
	base  *Dispatcher
	pool  *pool // shared by a pool's dispatcher and all views over it

	// Guarded by pool.mu. Invariant: queue is empty unless active == limit.
	active int  // how many hold a place here; of a view, some may wait at base
	queue  list // who waits for a place, in order of arrival
	views  []*Dispatcher
	closed *ClosedError
	idle   chan struct{} // made by the first who drains, closed when nothing is active
}

// NewDefault is for work that computes: its limit is the number of cores
// (runtime.GOMAXPROCS) unless [Limit] says otherwise, which a reproducible test
// should. Its name is "default" unless [Named] says otherwise.
//
// Of ctx, here and in the other constructors, only the values count, above all
// the task that the workers' tasks are children of; cancelling it does nothing.
func NewDefault(ctx context.Context, opts ...Option) *Dispatcher {
	return newPool(ctx, "default", runtime.GOMAXPROCS(0), opts)
}

// NewIO is for work that blocks: elastic, with up to [IOLimit] workers at a time
// unless [Limit] says otherwise. That limit is the only one: the 65th blocked
// call waits, and with Limit(200) all of 200 run (*Coroutines on Backend
// Services*, Outbrain). Its name is "io" unless [Named] says otherwise.
func NewIO(ctx context.Context, opts ...Option) *Dispatcher {
	return newPool(ctx, "io", IOLimit, opts)
}

// NewFixed is a bulkhead: a pool of its own for one kind of work, so that what
// blocks there blocks nobody else (*Kotlin Coroutines in Production*: 16 for the
// legacy database). It panics if n is below 1.
func NewFixed(ctx context.Context, name string, n int, opts ...Option) *Dispatcher {
	return newPool(ctx, name, n, opts)
}

// NewUnconfined runs each task at once in the goroutine that dispatches it:
// Dispatch returns when the task is over, and nothing that one goroutine hands
// to it ever overlaps. It looks fast for just that reason (*Kotlin Coroutines in
// Complex Features*). It has no workers, no queue and no limit.
func NewUnconfined() *Dispatcher {
	d := &Dispatcher{name: "unconfined"}
	d.pool = &pool{root: d}
	return d
}

// Limited is a view: at most n tasks handed to it are on d at a time, the rest
// wait in the view, in order, and hold no worker of d meanwhile. There may be
// several views over one dispatcher, and views of views; the view's name is d's,
// a slash, and name. With n = 1 it confines state: no two of its tasks overlap
// and each happens before the next.
//
// A view costs no goroutine; the base keeps it in its list until it is closed.
// Limited panics if n is below 1, and for a view of [NewUnconfined], which has no
// queue to wait in.
func (d *Dispatcher) Limited(name string, n int) *Dispatcher {
	if d.limit == 0 {
		panic(fmt.Sprintf("dispatcher: Limited(%q, %d): %s has no queue to wait in", name, n, d.name))
	}
	mustBePositive("limit of "+d.name+"/"+name, n)
	view := &Dispatcher{name: d.name + "/" + name, limit: n, base: d, pool: d.pool}
	d.pool.mu.Lock()
	defer d.pool.mu.Unlock()
	if d.closed == nil {
		d.views = append(d.views, view)
	}
	return view
}

// Name is the dispatcher's name; a view's starts with its base's.
func (d *Dispatcher) Name() string { return d.name }

// Limit is how many tasks run at a time, 0 for no limit.
func (d *Dispatcher) Limit() int { return d.limit }

func newPool(ctx context.Context, name string, limit int, opts []Option) *Dispatcher {
	s := settings{name: name, limit: limit}
	for _, opt := range opts {
		opt(&s)
	}
	mustBePositive("limit of "+s.name, s.limit)
	d := &Dispatcher{name: s.name, limit: s.limit}
	d.pool = &pool{
		root:    d,
		ctx:     faults.WithTask(context.WithoutCancel(ctx), s.name),
		tracked: faults.TaskOf(ctx) != nil,
	}
	if s.stalled != nil {
		d.pool.watch = &watch{
			ctx:    faults.WithTask(d.pool.ctx, "stall"),
			after:  s.after,
			report: s.stalled,
		}
	}
	return d
}

func mustBePositive(what string, n int) {
	if n < 1 {
		panic(fmt.Sprintf("dispatcher: %s is %d; it must be at least 1", what, n))
	}
}

// full reports whether d has no place left.
func (d *Dispatcher) full() bool { return d.limit > 0 && d.active >= d.limit }

// within reports whether d is top or a view below it.
func (d *Dispatcher) within(top *Dispatcher) bool {
	for ; d != nil; d = d.base {
		if d == top {
			return true
		}
	}
	return false
}

// family is d and all views below it, in order of creation, depth first.
func (d *Dispatcher) family() []*Dispatcher {
	all := []*Dispatcher{d}
	for _, v := range d.views {
		all = slices.Concat(all, v.family())
	}
	return all
}
