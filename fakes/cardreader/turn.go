package cardreader

import (
	"context"
	"slices"
	"sync"

	"github.com/squall-go/squall/faults"
)

// turn lets one call at a time at the reader, first come, first served.
type turn struct {
	mu      sync.Mutex
	taken   bool
	waiting []*place
}

// place is one call in the queue. had is guarded by the turn's lock.
type place struct {
	served chan struct{} // closed with had; nil: it was had at once
	had    bool
}

// acquire waits for the turn, or returns the cause of ctx. The turn wins over a
// cancellation when both are ready, and then has to be released.
func (t *turn) acquire(ctx context.Context) error {
	p := t.queue()
	if p.served != nil {
		if err := t.wait(ctx, p); err != nil {
			return err
		}
	}
	note(ctx, faults.Acquired, "cardreader")
	return nil
}

func (t *turn) queue() *place {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.taken {
		t.taken = true
		return &place{had: true}
	}
	p := &place{served: make(chan struct{})}
	t.waiting = append(t.waiting, p)
	return p
}

func (t *turn) wait(ctx context.Context, p *place) error {
	note(ctx, faults.Waiting, "cardreader")
	select {
	case <-p.served:
	case <-ctx.Done():
	}
	awake(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.had {
		return nil
	}
	t.waiting = slices.DeleteFunc(t.waiting, func(other *place) bool { return other == p })
	return context.Cause(ctx)
}

// release hands the turn to whoever has waited longest.
func (t *turn) release(ctx context.Context) {
	note(ctx, faults.Released, "cardreader")
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		t.taken = false
		return
	}
	p := t.waiting[0]
	t.waiting = slices.Delete(t.waiting, 0, 1)
	p.had = true
	close(p.served)
}
