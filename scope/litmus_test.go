package scope_test

import (
	"context"
	"testing"
	"time"

	"github.com/squall-go/squall/internal/litmus"
	"github.com/squall-go/squall/scope"
)

// x of each test is ordered by the edge alone: see package litmus.
func TestHappensBefore(t *testing.T) {
	litmus.Check(t, "doc.go", []litmus.Line{
		litmus.That("the call of Launch, Async or Detach happens before the job's first step", launchFirst, launchBroken),
		litmus.That("a job's last step happens before the return of a Join or Await that reports its end, and before Done is observed closed", endFirst, endBroken),
		litmus.That("the last step of every child happens before the return of Run, Supervise, WithTimeout and NonCancellable, and of a Close or Join of the scope that reports no error", childrenFirst, childrenBroken),
		litmus.That("a child's failure happens before its plain scope's context is observed done with it, and the scope is done before the failure is observed by Join or Await", failureFirst(t), failureBroken),
		litmus.That("the call of Cancel happens before a descendant's Done is observed closed because of it; when Cancel has returned, every descendant's Err and Cause tell of it", cancelFirst(t), cancelBroken),
		litmus.That("the n-th Unlock of a Mutex happens before the return of the Lock or TryLock that takes it next", unlockFirst, unlockBroken),
		litmus.That("a failure happens before its handler is called, and the handler's return before the failed job's end is observed", handlerFirst, handlerBroken),
		litmus.That("the return of fn and of Close happen before CloseOnCancel returns, unless the error is a [*StuckError]", callFirst, callBroken),
		litmus.That("the return of an OnTimeout function happens before the task's end is observed", alarmFirst, alarmBroken),
	})
}

// inScope runs body in a scope that nothing else orders with.
func inScope(body func(ctx context.Context, s *scope.Scope)) {
	_ = scope.Run(context.Background(), "litmus", func(s *scope.Scope) error {
		body(context.Background(), s)
		return nil
	})
}

// left is a context that is done: whoever waits with it does not wait.
func left() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func launchFirst() {
	inScope(func(ctx context.Context, s *scope.Scope) {
		x, y, z := 1, 1, 1
		s.Launch("", func(context.Context) error { x++; return nil })
		scope.Async(s, "", func(context.Context) (int, error) { y++; return 0, nil })
		_ = scope.Detach(ctx, "", func(context.Context) error { z++; return nil }).Join(ctx)
	})
}

func launchBroken() {
	inScope(func(ctx context.Context, s *scope.Scope) {
		x := 1
		s.Launch("", func(context.Context) error { x++; return nil })
		x++
	})
}

func endFirst() {
	inScope(func(ctx context.Context, s *scope.Scope) {
		x := 1
		write := func(context.Context) error { x++; return nil }
		_ = s.Launch("", write).Join(ctx)
		x++
		<-s.Launch("", write).Done()
		x++
		_, _ = scope.Async(s, "", func(ctx context.Context) (int, error) { return 0, write(ctx) }).Await(ctx)
		x++
	})
}

func endBroken() {
	inScope(func(ctx context.Context, s *scope.Scope) {
		x := 1
		_ = s.Launch("", func(context.Context) error { x++; return nil }).Join(left())
		x++
	})
}

func childrenFirst() {
	inScope(func(ctx context.Context, s *scope.Scope) {
		x := 1
		write := func(context.Context) error { x++; return nil }
		within := func(s *scope.Scope) error { s.Launch("", write); return nil }
		inherit := func(ctx context.Context) error { scope.New(ctx, "inner").Launch("", write); return nil }
		_ = scope.Run(ctx, "r", within)
		x++
		_ = scope.Supervise(ctx, "s", within)
		x++
		_ = scope.WithTimeout(ctx, "t", time.Hour, inherit)
		x++
		_ = scope.NonCancellable(ctx, "c", time.Hour, inherit)
		x++
		long := scope.New(ctx, "n")
		long.Launch("", write)
		_ = long.Join(ctx)
		x++
		long.Launch("", write)
		_ = long.Close(ctx)
		x++
	})
}

func childrenBroken() {
	inScope(func(ctx context.Context, s *scope.Scope) {
		x := 1
		long := scope.New(ctx, "n")
		long.Launch("", func(context.Context) error { x++; return nil })
		_ = long.Close(left())
		x++
		_ = long.Close(ctx)
	})
}

func failureFirst(t *testing.T) func() {
	return func() {
		inScope(func(ctx context.Context, s *scope.Scope) {
			x := 1
			j := s.Launch("", func(context.Context) error { x++; return errBoom })
			<-s.Context().Done()
			x++
			_ = j.Join(ctx)
			if context.Cause(s.Context()) == nil {
				t.Error("the failure was seen before the scope was done")
			}
		})
	}
}

// failureBroken: the job that writes is not the one that fails.
func failureBroken() {
	inScope(func(ctx context.Context, s *scope.Scope) {
		x, begun := 1, make(chan struct{})
		s.Launch("", func(ctx context.Context) error { close(begun); <-ctx.Done(); x++; return nil })
		s.Launch("", func(context.Context) error { <-begun; return errBoom })
		<-s.Context().Done()
		x++
	})
}

func cancelFirst(t *testing.T) func() {
	return func() {
		inScope(func(ctx context.Context, s *scope.Scope) {
			x, inner := 1, make(chan context.Context, 1)
			j := s.Launch("", func(ctx context.Context) error {
				return scope.Run(ctx, "inner", func(s *scope.Scope) error {
					inner <- s.Context()
					<-s.Context().Done()
					x++
					return nil
				})
			})
			below := <-inner
			x++
			j.Cancel(errBoom)
			if below.Err() == nil || context.Cause(below) != errBoom {
				t.Error("a descendant does not tell of the cancellation")
			}
			_ = j.Join(ctx)
		})
	}
}

func cancelBroken() {
	inScope(func(ctx context.Context, s *scope.Scope) {
		x, begun := 1, make(chan struct{})
		j := s.Launch("", func(ctx context.Context) error { close(begun); <-ctx.Done(); x++; return ctx.Err() })
		<-begun
		j.Cancel(nil)
		x++
	})
}

func unlockFirst() {
	inScope(func(ctx context.Context, s *scope.Scope) {
		var m scope.Mutex
		x := 1
		for range 3 {
			s.Launch("", func(ctx context.Context) error {
				return m.WithLock(ctx, func() error { x++; return nil })
			})
		}
		if m.TryLock() {
			x++
			m.Unlock()
		}
	})
}

// unlockBroken: two locks.
func unlockBroken() {
	inScope(func(ctx context.Context, s *scope.Scope) {
		x := 1
		for range 2 {
			m := new(scope.Mutex)
			s.Launch("", func(ctx context.Context) error {
				return m.WithLock(ctx, func() error { x++; return nil })
			})
		}
	})
}

func handlerFirst() {
	inScope(func(ctx context.Context, s *scope.Scope) {
		x := 1
		_ = scope.Supervise(ctx, "s", func(s *scope.Scope) error {
			j := s.Launch("", func(context.Context) error { x++; return errBoom },
				scope.Handler(func(*scope.Failure) error { x++; return nil }))
			_ = j.Join(ctx)
			x++
			return nil
		})
	})
}

// handlerBroken: nobody waits for the end.
func handlerBroken() {
	inScope(func(ctx context.Context, s *scope.Scope) {
		x := 1
		_ = scope.Supervise(ctx, "s", func(s *scope.Scope) error {
			s.Launch("", func(context.Context) error { return errBoom },
				scope.Handler(func(*scope.Failure) error { x++; return nil }))
			x++
			return nil
		})
	})
}

func callFirst() {
	inScope(func(ctx context.Context, s *scope.Scope) {
		x, y, p := 1, 1, newPipe()
		_ = scope.CloseOnCancel(ctx, "c", p, func() error { x++; return nil })
		x++
		done, cancel := context.WithCancel(ctx)
		go cancel()
		_ = scope.CloseOnCancel(done, "c", closer(func() error { y++; _ = p.Close(); return nil }), func() error { err := p.Accept(); x++; return err })
		x++
		y++
	})
}

// callBroken: the call is stuck for a while.
func callBroken() {
	x, free, over := 1, make(chan struct{}), make(chan struct{})
	done, cancel := context.WithCancel(context.Background())
	_ = scope.CloseOnCancel(done, "c", closer(func() error { return nil }), func() error {
		defer close(over)
		cancel()
		<-free
		x++
		return nil
	}, scope.Grace(1))
	close(free)
	x++
	<-over
}

func alarmFirst() {
	x := 1
	_ = scope.Run(context.Background(), "litmus", func(s *scope.Scope) error { <-s.Context().Done(); return nil },
		scope.Timeout(time.Millisecond), scope.OnTimeout(func(*scope.TimeoutError, scope.Node) { x++ }))
	x++
}

// alarmBroken: the end is not what was waited for.
func alarmBroken() {
	x, called := 1, make(chan struct{})
	_ = scope.Run(context.Background(), "litmus", func(s *scope.Scope) error {
		<-s.Context().Done()
		x++
		<-called
		return nil
	}, scope.Timeout(time.Millisecond), scope.OnTimeout(func(*scope.TimeoutError, scope.Node) { x++; close(called) }))
}
