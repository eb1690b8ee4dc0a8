package scope_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/scope"
)

var errClosedUnderneath = errors.New("use of closed resource")

// pipe is a resource whose Accept blocks until it is closed.
type pipe struct {
	closed chan struct{}
	fails  error
}

func newPipe() *pipe { return &pipe{closed: make(chan struct{})} }

func (p *pipe) Close() error {
	if p.fails == nil {
		close(p.closed)
	}
	return p.fails
}

func (p *pipe) Accept() error {
	<-p.closed
	return errClosedUnderneath
}

func TestCloseOnCancelReturnsTheResult(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		g.Expect(scope.CloseOnCancel(ctx, "accept", newPipe(), func() error { return nil })).To(Succeed())
		g.Expect(scope.CloseOnCancel(ctx, "accept", newPipe(), func() error { return errBoom })).To(Equal(errBoom))
		var panicked *scope.PanicError
		g.Expect(errors.As(scope.CloseOnCancel(ctx, "accept", newPipe(), func() error { panic(1) }), &panicked)).To(BeTrue())
	})
}

func TestCloseOnCancelClosesAtTheTimeout(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		start, p := time.Now(), newPipe()
		err := scope.WithTimeout(ctx, "serve", time.Second, func(ctx context.Context) error {
			err := scope.CloseOnCancel(ctx, "accept", p, p.Accept)
			g.Expect(err).To(MatchError(errClosedUnderneath))
			return err
		})
		g.Expect(err).To(Equal(&scope.TimeoutError{Name: "serve", After: time.Second}))
		g.Expect(time.Since(start)).To(Equal(time.Second))
	})
}

func TestDumpOfACallAndItsCaller(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		dump := func(s *scope.Scope) string {
			var b strings.Builder
			g.Expect(s.Dump(&b)).To(Succeed())
			return b.String()
		}
		err := scope.Run(ctx, "server", func(s *scope.Scope) error {
			deaf := make(chan struct{})
			job := s.Launch("serve", func(ctx context.Context) error {
				return scope.CloseOnCancel(ctx, "accept", &pipe{fails: errBoom}, func() error { <-deaf; return nil })
			})
			synctest.Wait()
			g.Expect(dump(s)).To(And(ContainSubstring("job serve: waiting for server/serve/accept (call), "), ContainSubstring("call accept: running, ")))
			job.Cancel(errStop)
			synctest.Wait()
			g.Expect(dump(s)).To(ContainSubstring("job serve: waiting for server/serve/accept (call, whose resource is closed), "))
			close(deaf)
			return job.Join(ctx)
		})
		g.Expect(err).To(MatchError(errBoom), "what Close failed with")
	})
}

func TestCloseOnCancelCancelledBeforehandClosesAndDoesNotCall(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		p, called := newPipe(), false
		done, cancel := context.WithCancelCause(ctx)
		cancel(errBoom)
		err := scope.CloseOnCancel(done, "accept", p, func() error { called = true; return nil })
		g.Expect(err).To(BeIdenticalTo(errBoom))
		g.Expect(called).To(BeFalse())
		g.Expect(p.closed).To(BeClosed())
	})
}

func TestCloseOnCancelReportsAStuckCall(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		p := newPipe()
		p.fails = errLate
		timed, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		err := scope.CloseOnCancel(timed, "accept", p, p.Accept, scope.Grace(time.Minute))
		var stuck *scope.StuckError
		g.Expect(errors.As(err, &stuck)).To(BeTrue())
		g.Expect(err).To(MatchError(errLate))
		g.Expect(err).To(MatchError(context.DeadlineExceeded))
		g.Expect(stuck.Name).To(Equal("accept"))
		g.Expect(stuck.Created).To(ContainSubstring("call_test.go:"))
		g.Expect(stuck.Stack.String()).To(ContainSubstring("TestCloseOnCancelReportsAStuckCall"))
		g.Expect(err.Error()).To(HavePrefix("scope: call accept (created at "))

		var dump strings.Builder
		g.Expect(scope.Dump(&dump)).To(Succeed())
		g.Expect(dump.String()).To(HavePrefix("call accept: stuck, cancelling (context deadline exceeded), since 1m1s"))
		close(p.closed)
		synctest.Wait()
		g.Expect(scope.Snapshot()).To(BeEmpty())
	})
}

func TestCloseOnCancelReportsAStuckClose(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		free := make(chan struct{})
		done, cancel := context.WithCancel(ctx)
		cancel()
		err := scope.CloseOnCancel(done, "accept", closer(func() error { <-free; return nil }), func() error { return nil })
		g.Expect(err).To(MatchError(ContainSubstring("stuck: cancelled (context canceled)")))
		close(free)
	})
}

type closer func() error

func (c closer) Close() error { return c() }

func TestCloseOnCancelAttachesAFailedCloseWhenTheCallCameBack(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		p := newPipe()
		done, cancel := context.WithCancelCause(ctx)
		time.AfterFunc(1, func() { cancel(errBoom) })
		err := scope.CloseOnCancel(done, "accept", closer(func() error { close(p.closed); return errLate }), p.Accept)
		g.Expect(err).To(MatchError(errBoom))
		g.Expect(err).To(MatchError(errLate))
		var all *scope.Failures
		g.Expect(errors.As(err, &all)).To(BeTrue())
	})
}
