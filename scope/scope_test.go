package scope_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/scope"
)

var errLate = errors.New("late")

// bubble runs body in a synctest bubble, whose end proves that nothing leaked.
func bubble(t *testing.T, body func(ctx context.Context, g *WithT)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		body(context.Background(), NewWithT(t))
	})
}

func fails(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

func untilCancelled(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestRunWaitsForChildrenNobodyAwaits(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		start, grandchild := time.Now(), false
		err := scope.Run(ctx, "page", func(s *scope.Scope) error {
			s.Launch("slow", func(ctx context.Context) error {
				time.Sleep(time.Second)
				s.Launch("late", func(context.Context) error {
					time.Sleep(time.Second)
					grandchild = true
					return nil
				})
				return nil
			})
			return nil
		})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(grandchild).To(BeTrue())
		g.Expect(time.Since(start)).To(Equal(2 * time.Second))
	})
}

func TestRunFirstFailureCancelsTheOthersAndIsReturnedAsItIs(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var cause error
		err := scope.Run(ctx, "fanout", func(s *scope.Scope) error {
			s.Launch("A", func(ctx context.Context) error {
				<-ctx.Done()
				cause = context.Cause(ctx)
				return ctx.Err()
			})
			s.Launch("B", func(context.Context) error { time.Sleep(1 * time.Nanosecond); return errBoom })
			return nil
		})
		g.Expect(err).To(BeIdenticalTo(errBoom))
		g.Expect(cause).To(BeIdenticalTo(errBoom))
	})
}

func TestRunAttachesLaterFailures(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "fanout", func(s *scope.Scope) error {
			s.Launch("A", func(ctx context.Context) error { <-ctx.Done(); return errLate })
			s.Launch("B", func(context.Context) error { time.Sleep(1 * time.Nanosecond); return errBoom })
			return nil
		})
		var all *scope.Failures
		g.Expect(errors.As(err, &all)).To(BeTrue())
		g.Expect(all.Unwrap()).To(Equal([]error{errBoom, errLate}))
		g.Expect(all.First()).To(Equal(errBoom))
		g.Expect(err).To(MatchError("boom; then: late"))
		g.Expect(err).To(MatchError(errLate))
	})
}

func TestRunFailureOfFnCancelsChildren(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "fanout", func(s *scope.Scope) error {
			s.Launch("A", untilCancelled)
			return errBoom
		})
		g.Expect(err).To(BeIdenticalTo(errBoom))
	})
}

func TestRunCountsAnAwaitedFailureOnce(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "puzzle", func(s *scope.Scope) error {
			d := scope.Async(s, "user", func(context.Context) (int, error) { return 0, errBoom })
			_, err := d.Await(ctx)
			return fmt.Errorf("user: %w", err)
		})
		g.Expect(err).To(BeIdenticalTo(errBoom))
	})
}

func TestRunCountsALaterAwaitedFailureOnce(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "puzzle", func(s *scope.Scope) error {
			s.Launch("first", fails(errBoom))
			late := scope.Async(s, "late", func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, errLate })
			_, err := late.Await(ctx)
			return fmt.Errorf("late: %w", err)
		})
		var all *scope.Failures
		g.Expect(errors.As(err, &all)).To(BeTrue())
		g.Expect(all.Unwrap()).To(Equal([]error{errBoom, errLate}))
	})
}

func TestRunErrorPuzzle(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		inside := scope.Run(ctx, "puzzle", func(s *scope.Scope) error {
			d := scope.Async(s, "user", func(context.Context) (int, error) { return 0, errBoom })
			_, err := d.Await(ctx)
			g.Expect(err).To(Equal(errBoom))
			return nil
		})
		g.Expect(inside).To(Equal(errBoom))
	})
}

func TestRunCancelledFromOutsideReturnsTheCause(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		ctx, cancel := context.WithCancelCause(ctx)
		err := scope.Run(ctx, "page", func(s *scope.Scope) error {
			s.Launch("A", untilCancelled)
			time.AfterFunc(time.Second, func() { cancel(errBoom) })
			return nil
		})
		g.Expect(err).To(BeIdenticalTo(errBoom))

		ran := false
		err = scope.Run(ctx, "page", func(s *scope.Scope) error { ran = true; return nil })
		g.Expect(err).To(BeIdenticalTo(errBoom))
		g.Expect(ran).To(BeFalse(), "a scope in a cancelled context does not run")
	})
}

func TestRunCancelledByItself(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "page", func(s *scope.Scope) error {
			j := s.Launch("A", untilCancelled)
			s.Cancel(errBoom)
			s.Cancel(errLate)
			g.Expect(context.Cause(s.Context())).To(Equal(errBoom))
			g.Expect(j.Join(ctx)).To(Succeed())
			g.Expect(j.Err()).To(Equal(errBoom))
			return nil
		})
		g.Expect(err).To(Equal(errBoom))
	})
}

func TestRunCancelledKeepsARealFailure(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "page", func(s *scope.Scope) error {
			s.Launch("A", func(ctx context.Context) error { <-ctx.Done(); return errors.Join(errLate, ctx.Err()) })
			s.Launch("B", func(ctx context.Context) error { <-ctx.Done(); return fmt.Errorf("b: %w", ctx.Err()) })
			synctest.Wait()
			s.Cancel(errBoom)
			return nil
		})
		g.Expect(err).To(MatchError(errBoom))
		g.Expect(err).To(MatchError(errLate))
		g.Expect(err.Error()).NotTo(ContainSubstring("b: "))
	})
}

// hollow is an error that could wrap another, and wraps none.
type hollow struct{}

func (hollow) Error() string { return "hollow" }
func (hollow) Unwrap() error { return nil }

func TestAnErrorThatWrapsNothingIsNoCancellation(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "page", func(s *scope.Scope) error {
			s.Launch("A", func(ctx context.Context) error { <-ctx.Done(); return hollow{} })
			synctest.Wait()
			s.Cancel(errBoom)
			return nil
		})
		g.Expect(err).To(MatchError(hollow{}))
	})
}

func TestRunNestedFailureGoesUpAsReturnedError(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var path string
		err := scope.Supervise(ctx, "outer", func(s *scope.Scope) error {
			handled := scope.Async(s, "B", func(ctx context.Context) (string, error) {
				err := scope.Run(ctx, "inner", func(in *scope.Scope) error {
					path = scope.Path(in.Context())
					in.Launch("x", untilCancelled)
					in.Launch("y", fails(errBoom))
					return nil
				})
				return "default", errors.Unwrap(fmt.Errorf("%w", err))
			})
			sibling := scope.Async(s, "C", func(ctx context.Context) (int, error) { time.Sleep(1 * time.Nanosecond); return 7, ctx.Err() })
			_, err := handled.Await(s.Context())
			g.Expect(err).To(Equal(errBoom))
			g.Expect(sibling.Await(s.Context())).To(Equal(7))
			return nil
		})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(path).To(Equal("outer/B/inner"))
	})
}

func TestCancelReachesEveryDescendantAtOnceWithItsCause(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var deep context.Context
		_ = scope.Run(ctx, "a", func(s *scope.Scope) error {
			job := s.Launch("b", func(ctx context.Context) error {
				return scope.Run(ctx, "c", func(s *scope.Scope) error {
					deep = context.WithValue(s.Context(), plainKey{}, "v")
					s.Launch("d", untilCancelled)
					return untilCancelled(s.Context())
				})
			})
			synctest.Wait()
			job.Cancel(errBoom)
			g.Expect(deep.Err()).To(Equal(context.Canceled))
			g.Expect(context.Cause(deep)).To(BeIdenticalTo(errBoom))
			g.Expect(s.Context().Err()).NotTo(HaveOccurred(), "cancelling goes downwards only")
			g.Expect(job.Join(ctx)).To(Succeed())
			g.Expect(job.Err()).To(BeIdenticalTo(errBoom))
			return nil
		})
	})
}

func TestCancellingAChildIsNoFailure(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			job, sibling := s.Launch("b", untilCancelled), s.Launch("c", fails(nil))
			job.Cancel(nil)
			g.Expect(sibling.Join(ctx)).To(Succeed())
			g.Expect(sibling.Err()).NotTo(HaveOccurred())
			return nil
		})
		g.Expect(err).NotTo(HaveOccurred())
	})
}

func TestAJobThatSucceedsAlthoughCancelledHasSucceeded(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			d := scope.Async(s, "b", func(ctx context.Context) (int, error) { <-ctx.Done(); return 3, nil })
			synctest.Wait()
			d.Cancel(errBoom)
			g.Expect(d.Await(ctx)).To(Equal(3))
			return nil
		})
		g.Expect(err).NotTo(HaveOccurred())
	})
}

func TestAwaitResultWinsOverCancellation(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		_ = scope.Run(ctx, "a", func(s *scope.Scope) error {
			d := scope.Async(s, "b", func(context.Context) (int, error) { return 3, nil })
			pending := scope.Async(s, "c", func(context.Context) (int, error) { time.Sleep(time.Second); return 3, nil })
			synctest.Wait()
			done, cancel := context.WithCancelCause(ctx)
			cancel(errBoom)
			g.Expect(d.Await(done)).To(Equal(3))
			_, err := pending.Await(done)
			g.Expect(err).To(Equal(errBoom))
			g.Expect(d.Join(done)).To(Succeed())
			g.Expect(pending.Join(done)).To(MatchError(errBoom))
			return nil
		})
	})
}

func TestJoinReportsCompletionNotFailure(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			j := s.Launch("b", fails(errBoom))
			g.Expect(j.Join(ctx)).To(Succeed())
			g.Expect(j.Err()).To(Equal(errBoom))
			g.Expect(j.Done()).To(BeClosed())
			return nil
		})
		g.Expect(err).To(Equal(errBoom))
	})
}

func TestAwaitFromInsidePanics(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			own := make(chan *scope.Job, 1)
			own <- s.Launch("b", func(ctx context.Context) error { return (<-own).Join(ctx) })
			return nil
		})
		var panicked *scope.PanicError
		g.Expect(errors.As(err, &panicked)).To(BeTrue())
		g.Expect(panicked.Value).To(Equal("scope: a/b would wait for itself, being a/b or below it"))
	})
}

func TestPanicInAChildIsAFailureWithItsStack(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			s.Launch("b", func(context.Context) error { panic(errBoom) })
			return nil
		})
		var panicked *scope.PanicError
		g.Expect(errors.As(err, &panicked)).To(BeTrue())
		g.Expect(err).To(MatchError(errBoom))
		g.Expect(panicked.Stack.String()).To(ContainSubstring("scope_test.go"))
	})
}

func TestGoexitInAChildIsAFailure(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			s.Launch("b", func(context.Context) error { runtime.Goexit(); return nil })
			s.Launch("c", untilCancelled)
			return nil
		})
		g.Expect(err).To(BeAssignableToTypeOf(&scope.GoexitError{}))
	})
}

func TestPanicInFnIsReturnedAfterTheChildrenEnded(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		ended := false
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			s.Launch("b", func(ctx context.Context) error { <-ctx.Done(); ended = true; return ctx.Err() })
			synctest.Wait()
			panic("oh")
		})
		var panicked *scope.PanicError
		g.Expect(errors.As(err, &panicked)).To(BeTrue())
		g.Expect(panicked.Value).To(Equal("oh"))
		g.Expect(ended).To(BeTrue())
	})
}

func TestGoexitInFnGoesOnAfterTheChildrenEnded(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		ended, returned := false, false
		err := scope.Run(ctx, "outer", func(s *scope.Scope) error {
			s.Launch("job", func(ctx context.Context) error {
				_ = scope.Run(ctx, "a", func(s *scope.Scope) error {
					s.Launch("b", func(ctx context.Context) error { <-ctx.Done(); ended = true; return errLate })
					synctest.Wait()
					runtime.Goexit()
					return nil
				})
				returned = true
				return nil
			})
			return nil
		})
		var exit *scope.GoexitError
		g.Expect(errors.As(err, &exit)).To(BeTrue())
		g.Expect(err).To(MatchError(errLate), "the child's failure is not lost with the goroutine")
		g.Expect(ended).To(BeTrue())
		g.Expect(returned).To(BeFalse())
	})
}

func TestGoexitInFnOfARootScopeLeavesTheFailuresToTheHandlers(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var process recorder
		defer scope.SetHandler(process.handle)()
		go func() {
			_ = scope.Run(ctx, "a", func(s *scope.Scope) error {
				s.Launch("b", fails(errLate))
				<-s.Context().Done()
				runtime.Goexit()
				return nil
			})
		}()
		synctest.Wait()
		g.Expect(process.errs()).To(Equal([]error{errLate}), "the exit itself goes on, and is told to nobody")
	})
}

func TestNumberedNames(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		_ = scope.Run(ctx, "a", func(s *scope.Scope) error {
			g.Expect(s.Launch("", fails(nil)).Path()).To(Equal("a/1"))
			g.Expect(s.Launch("x", fails(nil)).Name()).To(Equal("x"))
			g.Expect(s.Launch("", fails(nil)).Path()).To(Equal("a/2"))
			return nil
		})
	})
}

func TestContextKeepsValues(t *testing.T) {
	type trace struct{}
	bubble(t, func(ctx context.Context, g *WithT) {
		ctx = context.WithValue(ctx, trace{}, "id-1")
		_ = scope.Run(ctx, "a", func(s *scope.Scope) error {
			s.Launch("b", func(ctx context.Context) error {
				g.Expect(ctx.Value(trace{})).To(Equal("id-1"))
				g.Expect(scope.Name(ctx)).To(Equal("b"))
				g.Expect(fmt.Sprint(ctx)).To(Equal("scope.Context(a/b)"))
				return nil
			})
			return nil
		})
		g.Expect(scope.Path(ctx)).To(BeEmpty())
	})
}

func TestContextOfAnEndedTaskIsDone(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var kept context.Context
		_ = scope.Run(ctx, "a", func(s *scope.Scope) error { kept = s.Context(); return nil })
		g.Expect(kept.Err()).To(Equal(context.Canceled))
		g.Expect(kept.Done()).To(BeClosed())
	})
}

// plainKey is a key of a context made by package context on top of ours.
type plainKey struct{}
