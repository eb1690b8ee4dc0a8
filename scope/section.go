package scope

import (
	"context"
	"time"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// NonCancellable runs fn, in the caller's goroutine, with a context that keeps
// ctx's values and is not cancelled with it: for cleanup that must finish. The
// caller's scope waits for it as for everything that the caller does. After
// bound, which must be positive, fn's context is cancelled and NonCancellable,
// once fn has returned, returns an [*OverrunError] (around fn's own failure).
// Scopes opened in fn's context belong to the section.
//
//go:noinline
func NonCancellable(ctx context.Context, name string, bound time.Duration, fn func(ctx context.Context) error) error {
	if bound <= 0 {
		panic("scope: NonCancellable " + name + " needs a positive bound, not " + bound.String())
	}
	n := &node{created: caller(), rare: &rare{}}
	n.setUp(kindSection, name, context.WithoutCancel(ctx), nodeOf(ctx), nil, nil)
	overrun := &OverrunError{Name: n.path(), Bound: bound}
	n.armWith(n.born.Add(bound), overrun)
	n.enroll()
	n.state.Store(stateRunning)
	return n.section(fn, overrun)
}

// section lets a panic or Goexit of fn go on, after the section has ended.
func (n *node) section(fn func(ctx context.Context) error, overrun *OverrunError) (err error) {
	normal := false
	defer func() {
		n.finishChildren()
		err = n.sectionResult(overrun)
		if normal && err != nil {
			n.noteReturned(n.base, err)
		}
		n.end(err, err != nil || !normal)
		n.leave()
	}()
	if failure := n.within(fn); failure != nil {
		n.fail(failure)
	}
	normal = true
	return nil
}

// within is not inlined: whether it were would depend on its markers.
//
//go:noinline
func (n *node) within(fn func(ctx context.Context) error) error {
	ctx := n.context()
	failpoint.Inject("note", func() { faults.Note(ctx, faults.Event{Kind: faults.Started}) })
	failpoint.Inject("section-begin", func() {
		if err := sectionBeginPoint.Err(ctx); err != nil {
			failpoint.Return(err)
		}
	})
	err := fn(ctx)
	failpoint.Inject("section-end", func() {
		if end := sectionEndPoint.Err(ctx); end != nil {
			failpoint.Return(spoiled(err, end))
		}
	})
	return err
}

func (n *node) sectionResult(overrun *OverrunError) error {
	own := combine(n.failures)
	cause, _ := n.cancelled()
	if !same(cause, overrun) {
		return own
	}
	// A copy: others may be reading the one that is the cause.
	reported := *overrun
	reported.Err = own
	return &reported
}
