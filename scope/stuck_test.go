package scope_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/scope"
)

// The stuck call wraps the timeout that interrupted it, and the scope around
// counts that timeout as a failure too: the call must not be taken for it.
func TestStuckCallIsReportedThroughEveryScopeAroundIt(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		p := newPipe()
		p.fails = errLate
		err := scope.Run(ctx, "server", func(s *scope.Scope) error {
			return scope.WithTimeout(s.Context(), "serve", time.Second, func(ctx context.Context) error {
				return scope.CloseOnCancel(ctx, "accept", p, p.Accept)
			})
		})
		var failures *scope.Failures
		var stuck *scope.StuckError
		g.Expect(errors.As(err, &failures)).To(BeTrue())
		g.Expect(failures.First()).To(Equal(&scope.TimeoutError{Name: "server/serve", After: time.Second}))
		g.Expect(errors.As(err, &stuck)).To(BeTrue())
		g.Expect(failures.Unwrap()).To(HaveLen(2), "each of them once")
		close(p.closed)
	})
}

// looked is a context that lets fn return as soon as somebody sees that it is
// done: the caller of the call, about to interrupt it.
type looked struct {
	context.Context
	fn   chan struct{}
	once *atomic.Bool
}

func (c looked) Err() error {
	err := c.Context.Err()
	if err != nil && c.once.CompareAndSwap(false, true) {
		close(c.fn)
		synctest.Wait()
	}
	return err
}

func TestCallThatReturnsJustBeforeItIsInterrupted(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		inner, cancel := context.WithCancelCause(ctx)
		seen := looked{inner, make(chan struct{}), new(atomic.Bool)}
		time.AfterFunc(time.Second, func() { cancel(errBoom) })
		p := newPipe()
		err := scope.CloseOnCancel(seen, "accept", p, func() error {
			<-seen.fn
			return nil
		})
		g.Expect(err).To(BeIdenticalTo(errBoom))
		g.Expect(p.closed).To(BeClosed())
	})
}
