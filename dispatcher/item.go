package dispatcher

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"github.com/pingcap/failpoint"

	"github.com/squall-go/squall/faults"
)

// item is one piece of work on its way through a dispatcher.
type item struct {
	ctx  context.Context
	name string // "" for raw work, whose name is its task's
	leaf *Dispatcher
	work work

	// claimed decides who has the last word on the item: the worker that will
	// run or abandon it, or whoever took it out of the queue. The winner alone
	// may use the item's task.
	claimed atomic.Bool
	// running is true between the first and the last step of work.run; only
	// the goroutine that claimed the item looks at it.
	running bool
	// awaits is what the item's function waits for at the moment, if known.
	awaits atomic.Pointer[item]

	// Guarded by the pool's lock.
	prev, next *item
	gate       *Dispatcher // whose queue it is in; nil when a worker has it
	since      time.Time   // submitted; from the moment a worker has it, when that was
	reported   bool        // as a stall
}

// work is what an item is about; exactly one of its methods is called, once.
type work interface {
	run()
	abandon(cause error)
}

// claim reports whether the caller is the one who decides what becomes of it.
func (it *item) claim() bool { return it.claimed.CompareAndSwap(false, true) }

// execute runs the item or abandons it, unless it was taken back meanwhile.
func (it *item) execute() {
	if !it.claim() {
		return
	}
	if err := it.turn(); err != nil {
		it.drop(err)
		return
	}
	it.note(faults.Running, nil)
	it.running = true
	it.work.run()
	it.ended()
}

// turn says whether an item still runs whose turn has come: nil, or why not.
func (it *item) turn() error {
	ctx := it.ctx
	failpoint.Inject("run", func() {
		if err := runPoint.Err(ctx); err != nil {
			failpoint.Return(err)
		}
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// ended ends the run, whichever way run was left: it is called again from a
// deferred call when run panicked or called Goexit. It is not inlined, like
// drop, because the marker counts in the compiler's decision to do so: code
// without it would differ.
//
//go:noinline
func (it *item) ended() {
	if it.running {
		it.running = false
		it.note(faults.Finished, nil)
	}
}

// drop abandons the item; the caller has claimed it.
//
//go:noinline
func (it *item) drop(cause error) {
	it.note(faults.Refused, cause)
	it.work.abandon(cause)
}

func (it *item) note(kind faults.EventKind, err error) {
	failpoint.Inject("note", func() {
		faults.Note(it.ctx, faults.Event{Kind: kind, Name: it.leaf.name, Err: err})
	})
}

// label is what people know the item by: its task's path, its name, or both.
func (it *item) label() string {
	var path string
	if t := faults.TaskOf(it.ctx); t != nil {
		path = t.Path()
		if it.name != "" && t.Name() != it.name {
			path += "/" + it.name
		}
	}
	return cmp.Or(path, it.name, "unnamed")
}
