package scope_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/scope"
)

// recorder is a handler that takes every failure.
type recorder struct {
	mu       sync.Mutex
	failures []*scope.Failure
}

func (r *recorder) handle(f *scope.Failure) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, f)
	return nil
}

func (r *recorder) errs() (errs []error) {
	for _, f := range r.failures {
		errs = append(errs, f.Err)
	}
	return errs
}

func TestSuperviseContainsAFailedChild(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var handled recorder
		err := scope.Supervise(ctx, "page", func(s *scope.Scope) error {
			a := scope.Async(s, "A", func(ctx context.Context) (int, error) { time.Sleep(1 * time.Nanosecond); return 1, ctx.Err() })
			b := scope.Async(s, "B", func(context.Context) (int, error) { return 0, errBoom })
			s.Launch("C", fails(errLate))
			_, err := b.Await(ctx)
			g.Expect(err).To(Equal(errBoom))
			_, again := b.Await(ctx)
			g.Expect(again).To(Equal(errBoom), "every awaiter is told")
			g.Expect(a.Await(ctx)).To(Equal(1))
			return nil
		}, scope.Handler(handled.handle))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(handled.errs()).To(Equal([]error{errLate}), "the handler never sees an async failure")
		g.Expect(handled.failures[0].Path).To(Equal("page/C"))
		g.Expect(handled.failures[0].Created).To(ContainSubstring("supervise_test.go:"))
	})
}

func TestSuperviseFailureOfFnCancelsTheChildren(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Supervise(ctx, "page", func(s *scope.Scope) error {
			s.Launch("A", untilCancelled)
			return errBoom
		})
		g.Expect(err).To(Equal(errBoom))
	})
}

func TestNewPlainDiesWithItsFirstFailure(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var handled recorder
		s := scope.New(ctx, "app", scope.Handler(handled.handle))
		s.Launch("sibling", untilCancelled)
		s.Launch("bad", fails(errBoom))
		<-s.Done()
		g.Expect(s.Err()).To(Equal(errBoom))
		g.Expect(handled.errs()).To(Equal([]error{errBoom}))

		ran := false
		j := s.Launch("after", func(context.Context) error { ran = true; return nil })
		g.Expect(j.Done()).To(BeClosed())
		var refused *scope.RefusedError
		g.Expect(errors.As(j.Err(), &refused)).To(BeTrue())
		g.Expect(*refused).To(Equal(scope.RefusedError{Scope: "app", Job: "after", Cause: errBoom}))
		g.Expect(ran).To(BeFalse())
		g.Expect(handled.errs()).To(HaveLen(2), "the handler is told of the refusal")
		g.Expect(s.Close(ctx)).To(Succeed())
	})
}

func TestNewPlainGivesTheHandlerAllFailuresOnce(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var handled recorder
		s := scope.New(ctx, "app", scope.Handler(handled.handle))
		s.Launch("slow", func(ctx context.Context) error { <-ctx.Done(); return errLate })
		synctest.Wait()
		s.Launch("bad", fails(errBoom))
		<-s.Done()
		g.Expect(handled.failures).To(HaveLen(1))
		g.Expect(handled.errs()[0]).To(MatchError("boom; then: late"))
	})
}

func TestNewSupervisorStaysUsable(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var handled recorder
		s := scope.New(ctx, "app", scope.Supervisor(), scope.Handler(handled.handle))
		s.Launch("bad", fails(errBoom))
		g.Expect(s.Join(ctx)).To(Succeed())
		d := scope.Async(s, "good", func(context.Context) (int, error) { return 1, nil })
		g.Expect(d.Await(ctx)).To(Equal(1))
		g.Expect(handled.errs()).To(Equal([]error{errBoom}))
		g.Expect(s.Close(ctx)).To(Succeed())
		g.Expect(s.Join(ctx)).To(Succeed())
	})
}

func TestCloseWaitsAndRefuses(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var handled recorder
		s := scope.New(ctx, "app", scope.Handler(handled.handle))
		slow := s.Launch("slow", func(context.Context) error { time.Sleep(time.Second); return nil })
		soon, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		g.Expect(s.Close(soon)).To(MatchError(context.DeadlineExceeded))
		refused := s.Launch("after", fails(nil))
		g.Expect(refused.Err()).To(MatchError(scope.ErrClosed))
		g.Expect(s.Close(ctx)).To(Succeed())
		g.Expect(slow.Done()).To(BeClosed())
		g.Expect(slow.Err()).NotTo(HaveOccurred(), "Close does not cancel")
		g.Expect(s.Close(ctx)).To(Succeed(), "idempotent")
		g.Expect(handled.errs()).To(HaveLen(1))
	})
}

func TestWaitingForAScopeFromOneOfItsJobsPanics(t *testing.T) {
	for verb, wait := range map[string]func(*scope.Scope, context.Context) error{"Close": (*scope.Scope).Close, "Join": (*scope.Scope).Join} {
		bubble(t, func(ctx context.Context, g *WithT) {
			s := scope.New(ctx, "server", scope.Supervisor())
			_, err := scope.Async(s, "job", func(ctx context.Context) (int, error) {
				soon, stop := context.WithTimeout(ctx, time.Hour) // or it would wait for ever
				defer stop()
				return 0, wait(s, soon)
			}).Await(ctx)
			g.Expect(err).To(MatchError(ContainSubstring("server/job would wait for itself, being server or below it")), verb)
			g.Expect(s.Close(ctx)).To(Succeed())
		})
	}
}

func TestLaunchAfterRunReturnedIsRefused(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var kept *scope.Scope
		g.Expect(scope.Run(ctx, "a", func(s *scope.Scope) error { kept = s; return nil })).To(Succeed())
		d := scope.Async(kept, "b", func(context.Context) (int, error) { return 1, nil })
		_, err := d.Await(ctx)
		g.Expect(err).To(MatchError(scope.ErrClosed))
	})
}

func TestLaunchInACancelledScope(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			s.Cancel(errBoom)
			ran := false
			j := s.Launch("b", func(context.Context) error { ran = true; return nil })
			g.Expect(j.Err()).To(MatchError(errBoom))
			g.Expect(ran).To(BeFalse())
			return j.Err()
		})
		g.Expect(err).To(BeIdenticalTo(errBoom))
	})
}

func TestNewInAJobIsClosedWithItAndFailsIt(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var inner *scope.Scope
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			s.Launch("b", func(ctx context.Context) error {
				inner = scope.New(ctx, "inner")
				inner.Launch("slow", func(context.Context) error { time.Sleep(time.Second); return nil })
				return nil
			})
			return nil
		})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(inner.Done()).To(BeClosed())

		err = scope.Run(ctx, "a", func(s *scope.Scope) error {
			s.Launch("b", func(ctx context.Context) error {
				scope.New(ctx, "inner").Launch("bad", fails(errBoom))
				return untilCancelled(ctx)
			})
			return nil
		})
		g.Expect(err).To(BeIdenticalTo(errBoom))
	})
}

func TestCancelEndsAnIdleLongLivedScope(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		s := scope.New(ctx, "app")
		s.Cancel(errBoom)
		g.Expect(s.Done()).To(BeClosed())
		g.Expect(s.Err()).To(Equal(errBoom))
		g.Expect(s.Launch("a", fails(nil)).Err()).To(MatchError(errBoom))
	})
}

func TestHandlerChain(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var own, near, far, process recorder
		defer scope.SetHandler(process.handle)()
		broken := func(*scope.Failure) error { return errLate }
		panicking := func(*scope.Failure) error { panic("handler") }
		exiting := func(*scope.Failure) error { runtime.Goexit(); return nil }

		_ = scope.Supervise(ctx, "far", func(s *scope.Scope) error {
			s.Launch("none", fails(errBoom))
			s.Launch("own", fails(errBoom), scope.Handler(own.handle))
			s.Launch("job", func(ctx context.Context) error {
				return scope.Supervise(ctx, "near", func(s *scope.Scope) error {
					s.Launch("x", fails(errBoom))
					return nil
				}, scope.Handler(near.handle))
			})
			s.Launch("broken", fails(errBoom), scope.Handler(broken))
			s.Launch("panicking", fails(errBoom), scope.Handler(panicking))
			s.Launch("exiting", fails(errBoom), scope.Handler(exiting))
			return s.Join(s.Context())
		}, scope.Handler(func(f *scope.Failure) error {
			if f.Path == "far/none" {
				return far.handle(f)
			}
			return errors.New("not mine")
		}))
		g.Expect(own.errs()).To(Equal([]error{errBoom}))
		g.Expect(near.errs()).To(Equal([]error{errBoom}))
		g.Expect(far.errs()).To(Equal([]error{errBoom}))
		g.Expect(process.failures).To(HaveLen(3))
		for _, f := range process.failures {
			g.Expect(f).To(MatchError(errBoom))
			g.Expect(f.Error()).To(ContainSubstring("not mine"))
			if f.Path == "far/broken" {
				g.Expect(f).To(MatchError(errLate))
			}
		}
	})
}

func TestSetHandlerRestores(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var outer, inner recorder
		defer scope.SetHandler(outer.handle)()
		scope.SetHandler(inner.handle)()
		_ = scope.Supervise(ctx, "s", func(s *scope.Scope) error { s.Launch("x", fails(errBoom)); return nil })
		g.Expect(inner.failures).To(BeEmpty())
		g.Expect(outer.failures).To(HaveLen(1))
	})
}
