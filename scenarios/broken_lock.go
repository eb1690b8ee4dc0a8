package scenarios

import (
	"context"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
)

// blockingLock is a lock whose waiters cannot be cancelled, for as many holders
// as it has capacity. Its events are noted as those of scope.Mutex are.
type blockingLock struct {
	name   string
	places chan struct{}
}

func newBlockingLock(name string, holders int) *blockingLock {
	return &blockingLock{name, make(chan struct{}, holders)}
}

func (l *blockingLock) lock(r *harness.Run, ctx context.Context) {
	faults.Note(ctx, faults.Event{Kind: faults.Waiting, Name: l.name})
	l.places <- struct{}{}
	r.Step(ctx)
	faults.Note(ctx, faults.Event{Kind: faults.Acquired, Name: l.name})
}

func (l *blockingLock) unlock(ctx context.Context) {
	faults.Note(ctx, faults.Event{Kind: faults.Released, Name: l.name})
	<-l.places
}
