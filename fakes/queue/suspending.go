package queue

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// Suspending is a bounded queue whose waits end with the context. Waiting puts
// and waiting takes are each served first come, first served. It may be used by
// many goroutines.
type Suspending[T any] struct {
	name     string
	capacity int

	mu      sync.Mutex
	values  []T
	putters []*waiter[T] // waiting only while values is full
	takers  []*waiter[T] // waiting only while values is empty
	closed  bool
	stats   Stats
}

// waiter is one call that waits. Everything but the channel is guarded by the
// queue's lock.
type waiter[T any] struct {
	served chan struct{} // closed when the wait is over
	value  T             // to be put, or taken
	done   bool          // the value changed hands
}

// NewSuspending is an empty queue. With capacity 0 a put waits for its take. It
// panics if capacity is negative.
func NewSuspending[T any](name string, capacity int) *Suspending[T] {
	if capacity < 0 {
		panic(fmt.Sprintf("queue: %s: the capacity must not be negative, and %d is", name, capacity))
	}
	return &Suspending[T]{name: name, capacity: capacity}
}

// Put waits until there is room for v or ctx is done; then it fails with the
// cause of ctx and v is not in the queue. It fails with [ErrClosed] when the
// queue is closed. A hand-over wins over a close, and a close over a
// cancellation, when both are ready.
func (q *Suspending[T]) Put(ctx context.Context, v T) error {
	if err := beforePut(ctx); err != nil {
		return q.refuse(err)
	}
	if ctx.Err() != nil {
		return q.refuse(context.Cause(ctx))
	}
	w, err := q.offer(v)
	if w == nil {
		return err
	}
	q.wait(ctx, w)

	q.mu.Lock()
	defer q.mu.Unlock()
	if w.done {
		return nil
	}
	if q.closed {
		return fmt.Errorf("queue: %s: put: %w", q.name, ErrClosed)
	}
	q.stats.Refused++
	q.putters = without(q.putters, w)
	return fmt.Errorf("queue: %s: put: %w", q.name, context.Cause(ctx))
}

// offer hands v over, or queues it, or returns a waiter for it.
func (q *Suspending[T]) offer(v T) (*waiter[T], error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stats.Sent++
	switch {
	case q.closed:
		q.stats.Refused++
		return nil, fmt.Errorf("queue: %s: put: %w", q.name, ErrClosed)
	case len(q.takers) > 0:
		q.takers[0].value = v
		q.stats.Received++
		q.takers = serveFirst(q.takers)
		return nil, nil
	case len(q.values) < q.capacity:
		q.values = append(q.values, v)
		return nil, nil
	}
	w := &waiter[T]{served: make(chan struct{}), value: v}
	q.putters = append(q.putters, w)
	return w, nil
}

// Take waits until there is a value or ctx is done; then it fails with the cause
// of ctx and has taken nothing. It fails with [ErrClosed] when the queue is
// closed and empty. A value wins over a close, and a close over a cancellation,
// when both are ready.
func (q *Suspending[T]) Take(ctx context.Context) (T, error) {
	if err := beforeTake(ctx); err != nil {
		return *new(T), fmt.Errorf("queue: %s: take: %w", q.name, err)
	}
	var none T
	if ctx.Err() != nil {
		return none, fmt.Errorf("queue: %s: take: %w", q.name, context.Cause(ctx))
	}
	v, w, err := q.poll()
	if w == nil {
		return v, err
	}
	q.wait(ctx, w)

	q.mu.Lock()
	defer q.mu.Unlock()
	if w.done {
		return w.value, nil
	}
	if q.closed {
		return none, fmt.Errorf("queue: %s: take: %w", q.name, ErrClosed)
	}
	q.takers = without(q.takers, w)
	return none, fmt.Errorf("queue: %s: take: %w", q.name, context.Cause(ctx))
}

// poll takes a value, or returns a waiter for one.
func (q *Suspending[T]) poll() (T, *waiter[T], error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var v T
	switch {
	case len(q.values) > 0:
		v = q.values[0]
		q.values[0] = *new(T)
		q.values = q.values[1:]
		if len(q.putters) > 0 {
			q.values = append(q.values, q.putters[0].value)
			q.putters = serveFirst(q.putters)
		}
	case len(q.putters) > 0: // capacity 0
		v = q.putters[0].value
		q.putters = serveFirst(q.putters)
	case q.closed:
		return v, nil, fmt.Errorf("queue: %s: take: %w", q.name, ErrClosed)
	default:
		w := &waiter[T]{served: make(chan struct{})}
		q.takers = append(q.takers, w)
		return v, w, nil
	}
	q.stats.Received++
	return v, nil, nil
}

func (q *Suspending[T]) wait(ctx context.Context, w *waiter[T]) {
	waiting(ctx, q.name)
	select {
	case <-w.served:
	case <-ctx.Done():
	}
	awake(ctx)
}

// Close refuses every put that waits, and ends every wait for a value. Values
// that are queued can still be taken.
func (q *Suspending[T]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.stats.Refused += len(q.putters)
	for _, w := range slices.Concat(q.putters, q.takers) {
		close(w.served)
	}
	q.putters, q.takers = nil, nil
}

// Stats is the queue's books at this moment. A put whose context is done counts
// as Waiting until it has looked.
func (q *Suspending[T]) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.stats
	s.Queued, s.Waiting, s.Takers = len(q.values), len(q.putters), len(q.takers)
	return s
}

// refuse books a value that never got as far as the queue.
func (q *Suspending[T]) refuse(err error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stats.Sent++
	q.stats.Refused++
	return fmt.Errorf("queue: %s: put: %w", q.name, err)
}

// serveFirst ends the wait of the first, and returns the others.
func serveFirst[T any](waiting []*waiter[T]) []*waiter[T] {
	waiting[0].done = true
	close(waiting[0].served)
	return slices.Delete(waiting, 0, 1)
}

func without[T any](waiting []*waiter[T], w *waiter[T]) []*waiter[T] {
	return slices.DeleteFunc(waiting, func(other *waiter[T]) bool { return other == w })
}
