package dispatcher

import (
	"context"

	"github.com/pingcap/failpoint"

	"github.com/squall-go/squall/faults"
)

// worker is one goroutine of a pool.
type worker struct {
	pool *pool
	item *item // nil: nothing left to do
	done bool  // with item
}

// work is a worker's life: its first item, then what is queued, then the end.
func (p *pool) work(ctx context.Context, first *item) {
	w := worker{pool: p, item: first}
	defer w.end()
	if lostAtStart(ctx) {
		return
	}
	for w.item != nil {
		if lostWithItem(ctx) {
			return
		}
		w.done = true // from here on a worker that dies has had its item
		w.item.execute()
		if lostWhenDone(ctx) {
			return
		}
		w.item, w.done = p.leave(w.item), false
	}
	ending(ctx)
}

// end leaves the pool. A worker that still has an item was lost, or the work
// ended its goroutine: another one takes its place, with the same item if this
// one had not begun it, so that neither work nor order nor capacity is lost.
func (w *worker) end() {
	p, heir := w.pool, w.item
	if heir != nil && w.done {
		heir.ended()
		heir = p.leave(heir)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.workers--
	if heir != nil {
		p.start(heir)
	}
	p.root.settle()
}

func lostAtStart(ctx context.Context) bool {
	failpoint.Inject("worker-start", func() {
		if workerStartPoint.At(ctx).Is(faults.LoseWorker) {
			failpoint.Return(true)
		}
	})
	return false
}

func lostWithItem(ctx context.Context) bool {
	failpoint.Inject("dequeue", func() {
		if dequeuePoint.At(ctx).Is(faults.LoseWorker) {
			failpoint.Return(true)
		}
	})
	return false
}

func lostWhenDone(ctx context.Context) bool {
	failpoint.Inject("done", func() {
		if donePoint.At(ctx).Is(faults.LoseWorker) {
			failpoint.Return(true)
		}
	})
	return false
}

func ending(ctx context.Context) {
	failpoint.Inject("worker-end", func() { workerEndPoint.At(ctx) })
}
