package scope

import (
	"context"
	"sync"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// Mutex is a lock whose waiters can be cancelled and are served first come,
// first served. The zero value is an unlocked Mutex; it must not be copied. It
// is not reentrant. Uncontended, it costs a sync.Mutex twice.
type Mutex struct {
	name string

	mu          sync.Mutex
	holder      context.Context // of whoever locked it, nil when it is free
	first, last *waiter
}

type waiter struct {
	ctx        context.Context
	handed     chan struct{} // closed when the lock is handed over
	prev, next *waiter
	owns       bool
}

// NewMutex returns an unlocked Mutex that dumps and histories know by name.
func NewMutex(name string) *Mutex { return &Mutex{name: name} }

// Name is the name given to [NewMutex], or "mutex".
func (m *Mutex) Name() string {
	if m.name == "" {
		return "mutex"
	}
	return m.name
}

// Lock waits for the lock. When ctx is done before Lock returns, also when the
// lock was handed over at the same time, the lock is passed on and the error is
// the cause: a cancelled task does not enter.
func (m *Mutex) Lock(ctx context.Context) error {
	failpoint.Inject("lock", func() { lockPoint.At(ctx) })
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if w := m.enter(ctx); w != nil {
		m.await(ctx, w)
		if ctx.Err() != nil {
			m.withdraw(w)
			return context.Cause(ctx)
		}
	}
	m.noteAcquired(ctx)
	return nil
}

// TryLock takes the lock if it is free, and never waits.
func (m *Mutex) TryLock() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holder != nil {
		return false
	}
	m.holder = context.Background()
	return true
}

// Unlock hands the lock to the first waiter. It is called by the task that
// locked; it panics if the Mutex is not locked.
func (m *Mutex) Unlock() {
	failpoint.Inject("unlock", func() {
		if ctx := m.heldBy(); ctx != nil {
			unlockPoint.At(ctx)
			faults.Note(ctx, faults.Event{Kind: faults.Released, Name: m.Name()})
		}
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holder == nil {
		panic("scope: Unlock of " + m.Name() + ", which is not locked")
	}
	m.handOver()
}

// WithLock calls fn with the lock held, and unlocks also when fn panics or
// calls runtime.Goexit.
func (m *Mutex) WithLock(ctx context.Context, fn func() error) error {
	if err := m.Lock(ctx); err != nil {
		return err
	}
	defer m.Unlock()
	return fn()
}

// enter takes the lock, or a place in the queue.
func (m *Mutex) enter(ctx context.Context) *waiter {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holder == nil {
		m.holder = ctx
		return nil
	}
	w := &waiter{ctx: ctx, handed: make(chan struct{}), prev: m.last}
	if m.last == nil {
		m.first = w
	} else {
		m.last.next = w
	}
	m.last = w
	return w
}

func (m *Mutex) await(ctx context.Context, w *waiter) {
	n := nodeOf(ctx)
	n.startWaiting(wait{lock: m})
	failpoint.Inject("note", func() {
		faults.Note(ctx, faults.Event{Kind: faults.Waiting, Name: m.Name()})
	})
	select {
	case <-w.handed:
	case <-ctx.Done():
	}
	failpoint.Inject("lock-resume", func() { lockResumePoint.At(ctx) })
	n.stopWaiting()
}

// withdraw leaves the queue. The lock may have been handed over in the
// meantime: then it goes to the next.
func (m *Mutex) withdraw(w *waiter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if w.owns {
		m.handOver()
		return
	}
	m.unlink(w)
}

func (m *Mutex) handOver() {
	w := m.first
	if w == nil {
		m.holder = nil
		return
	}
	m.unlink(w)
	m.holder, w.owns = w.ctx, true
	close(w.handed)
}

func (m *Mutex) unlink(w *waiter) {
	if w.prev == nil {
		m.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		m.last = w.prev
	} else {
		w.next.prev = w.prev
	}
}

func (m *Mutex) noteAcquired(ctx context.Context) {
	failpoint.Inject("note", func() {
		faults.Note(ctx, faults.Event{Kind: faults.Acquired, Name: m.Name()})
	})
}

func (m *Mutex) heldBy() context.Context {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.holder
}

// describe names the lock and its holder: the task that it was handed to last,
// also if that was cancelled and has not come back from Lock yet.
func (m *Mutex) describe() string {
	holder := m.heldBy()
	if holder == nil {
		return m.Name()
	}
	n := nodeOf(holder)
	switch {
	case n == nil:
		return m.Name() + " (held)"
	case n.state.Load() == stateEnded:
		return m.Name() + " (held by " + n.path() + ", which has ended)"
	}
	return m.Name() + " (held by " + n.path() + ")"
}
