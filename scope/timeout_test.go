package scope_test

import (
	"context"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/scope"
)

func TestTimeoutFires(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		start := time.Now()
		err := scope.WithTimeout(ctx, "read", time.Second, untilCancelled)
		g.Expect(err).To(Equal(&scope.TimeoutError{Name: "read", After: time.Second}))
		g.Expect(err).To(MatchError(context.DeadlineExceeded))
		g.Expect(time.Since(start)).To(Equal(time.Second))
	})
}

func TestTimeoutResultFirst(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.WithTimeout(ctx, "read", time.Second, func(context.Context) error {
			time.Sleep(time.Second - 1)
			return nil
		})
		g.Expect(err).NotTo(HaveOccurred())
	})
}

func TestTimeoutWinsOverALateResult(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			d := scope.Async(s, "b", func(context.Context) (int, error) {
				time.Sleep(time.Second + 1)
				return 1, nil
			}, scope.Timeout(time.Second))
			v, err := d.Await(ctx)
			g.Expect(v).To(BeZero())
			return err
		})
		g.Expect(err).To(Equal(&scope.TimeoutError{Name: "a/b", After: time.Second}))
	})
}

func TestTimeoutWaitsForChildren(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		ended := false
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			s.Launch("b", func(ctx context.Context) error {
				<-ctx.Done()
				time.Sleep(1 * time.Nanosecond)
				ended = true
				return ctx.Err()
			})
			return nil
		}, scope.Timeout(time.Second))
		g.Expect(err).To(MatchError(context.DeadlineExceeded))
		g.Expect(ended).To(BeTrue())
	})
}

func TestTimeoutNestedNamesTheOneThatFired(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		nested := func(outer, inner time.Duration) string {
			err := scope.WithTimeout(ctx, "outer", outer, func(ctx context.Context) error {
				return scope.WithTimeout(ctx, "inner", inner, untilCancelled)
			})
			var fired *scope.TimeoutError
			g.Expect(errors.As(err, &fired)).To(BeTrue())
			return fired.Name
		}
		g.Expect(nested(time.Second, 2*time.Second)).To(Equal("outer"))
		g.Expect(nested(2*time.Second, time.Second)).To(Equal("outer/inner"))
		for range 20 {
			g.Expect(nested(time.Second, time.Second)).To(Equal("outer"), "a tie goes to the outer one")
		}
	})
}

func TestTimeoutExpiredBeforeStart(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		ran := false
		err := scope.WithTimeout(ctx, "read", 0, func(context.Context) error { ran = true; return nil })
		g.Expect(err).To(Equal(&scope.TimeoutError{Name: "read"}))
		g.Expect(ran).To(BeFalse())
	})
}

func TestTimeoutKeepsAnotherFailure(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.WithTimeout(ctx, "read", 1, func(ctx context.Context) error { <-ctx.Done(); return errBoom })
		g.Expect(err).To(MatchError(context.DeadlineExceeded))
		g.Expect(err).To(MatchError(errBoom))
	})
}

func TestNonCancellableRunsToItsEnd(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		finished := false
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			j := s.Launch("b", func(ctx context.Context) error {
				<-ctx.Done()
				return errors.Join(ctx.Err(), scope.NonCancellable(ctx, "cleanup", time.Minute, func(ctx context.Context) error {
					g.Expect(scope.Path(ctx)).To(Equal("a/b/cleanup"))
					time.Sleep(time.Second)
					finished = ctx.Err() == nil
					return ctx.Err()
				}))
			})
			time.Sleep(1 * time.Nanosecond)
			j.Cancel(errBoom)
			return nil
		})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(finished).To(BeTrue())
	})
}

func TestNonCancellableIsBounded(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			return scope.NonCancellable(s.Context(), "cleanup", time.Second, untilCancelled)
		})
		g.Expect(err).To(Equal(&scope.OverrunError{Name: "a/cleanup", Bound: time.Second}))

		// The report survives its caller's own cancellation and timeout.
		err = scope.WithTimeout(ctx, "a", time.Second, func(ctx context.Context) error {
			return scope.NonCancellable(ctx, "cleanup", time.Minute, untilCancelled)
		})
		var overrun *scope.OverrunError
		g.Expect(errors.As(err, &overrun)).To(BeTrue())
		g.Expect(func() { _ = scope.NonCancellable(ctx, "x", 0, untilCancelled) }).To(PanicWith("scope: NonCancellable x needs a positive bound, not 0s"))
	})
}

func TestNonCancellableLetsAPanicGoOn(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		g.Expect(func() {
			_ = scope.NonCancellable(ctx, "x", 1, func(context.Context) error { panic("oh") })
		}).To(PanicWith("oh"))
		g.Expect(scope.Snapshot()).To(BeEmpty())
	})
}

// The outer deadline is due in this very instant, and its timer has not fired.
func TestTimeoutExpiredBeforeStartAlthoughAnOuterOneIsDue(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		ran := false
		err := scope.WithTimeout(dueNow{ctx}, "read", 0, func(context.Context) error { ran = true; return nil })
		g.Expect(err).To(Equal(&scope.TimeoutError{Name: "read"}))
		g.Expect(ran).To(BeFalse())
	})
}

type dueNow struct{ context.Context }

func (dueNow) Deadline() (time.Time, bool) { return time.Now(), true }
