package queue

import (
	"context"
	"fmt"
	"sync"
)

// Blocking is a bounded queue whose waits nothing but another call can end. It
// is a monitor, as blocking queues are: whoever gets in first after a wake-up
// is served, not whoever waited longest. It may be used by many goroutines.
type Blocking[T any] struct {
	name     string
	capacity int

	mu      sync.Mutex
	changed sync.Cond
	values  []T
	closed  bool
	stats   Stats
}

// NewBlocking is an empty queue. It panics if capacity is below 1.
func NewBlocking[T any](name string, capacity int) *Blocking[T] {
	if capacity < 1 {
		panic(fmt.Sprintf("queue: %s: the capacity of a blocking queue must be at least 1, not %d", name, capacity))
	}
	q := &Blocking[T]{name: name, capacity: capacity}
	q.changed.L = &q.mu
	return q
}

// Put waits until there is room for v. ctx only says who is calling: a
// cancelled Put goes on waiting. It fails when the queue is closed.
func (q *Blocking[T]) Put(ctx context.Context, v T) error {
	if err := beforePut(ctx); err != nil {
		return q.refuse(err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stats.Sent++
	for len(q.values) == q.capacity && !q.closed {
		q.stats.Waiting++
		q.wait(ctx)
		q.stats.Waiting--
	}
	if q.closed {
		q.stats.Refused++
		return fmt.Errorf("queue: %s: put: %w", q.name, ErrClosed)
	}
	q.values = append(q.values, v)
	q.changed.Broadcast()
	return nil
}

// Take waits until there is a value. ctx only says who is calling: a cancelled
// Take goes on waiting. It fails when the queue is closed and empty.
func (q *Blocking[T]) Take(ctx context.Context) (T, error) {
	if err := beforeTake(ctx); err != nil {
		return *new(T), fmt.Errorf("queue: %s: take: %w", q.name, err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.values) == 0 && !q.closed {
		q.stats.Takers++
		q.wait(ctx)
		q.stats.Takers--
	}
	var none T
	if len(q.values) == 0 {
		return none, fmt.Errorf("queue: %s: take: %w", q.name, ErrClosed)
	}
	v := q.values[0]
	q.values[0] = none
	q.values = q.values[1:]
	q.stats.Received++
	q.changed.Broadcast()
	return v, nil
}

// wait is called with the lock, and returns with it. Everybody who is woken
// parks without the lock before looking at the queue again; what changes in
// between is seen by the caller's loop.
func (q *Blocking[T]) wait(ctx context.Context) {
	waiting(ctx, q.name)
	q.changed.Wait()
	q.mu.Unlock()
	defer q.mu.Lock()
	awake(ctx)
}

// Close ends every wait. Values that are queued can still be taken.
func (q *Blocking[T]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.changed.Broadcast()
}

// Stats is the queue's books at this moment.
func (q *Blocking[T]) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.stats
	s.Queued = len(q.values)
	return s
}

// refuse books a value that never got as far as the queue.
func (q *Blocking[T]) refuse(err error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stats.Sent++
	q.stats.Refused++
	return fmt.Errorf("queue: %s: put: %w", q.name, err)
}
