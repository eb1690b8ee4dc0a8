package scope_test

import (
	"context"
	"testing"

	"github.com/squall-go/squall/scope"
)

// One test for each line of the happens-before list: without the edge the race
// detector reports x. They mean something only under -race.

func litmus(t *testing.T, body func(ctx context.Context, s *scope.Scope)) {
	t.Helper()
	for range 100 {
		_ = scope.Run(context.Background(), "litmus", func(s *scope.Scope) error {
			body(context.Background(), s)
			return nil
		})
	}
}

func TestLitmusLaunchBeforeFirstStep(t *testing.T) {
	litmus(t, func(ctx context.Context, s *scope.Scope) {
		x := 1
		s.Launch("", func(context.Context) error { x++; return nil })
	})
}

func TestLitmusLastStepBeforeJoinAwaitDone(t *testing.T) {
	litmus(t, func(ctx context.Context, s *scope.Scope) {
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

func TestLitmusChildrenBeforeReturn(t *testing.T) {
	litmus(t, func(ctx context.Context, s *scope.Scope) {
		x := 1
		write := func(context.Context) error { x++; return nil }
		_ = scope.Run(ctx, "r", func(s *scope.Scope) error { s.Launch("", write); return nil })
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

func TestLitmusFailureBeforeScopeIsDone(t *testing.T) {
	litmus(t, func(ctx context.Context, s *scope.Scope) {
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

func TestLitmusCancelBeforeDone(t *testing.T) {
	litmus(t, func(ctx context.Context, s *scope.Scope) {
		x := 1
		j := s.Launch("", func(ctx context.Context) error { <-ctx.Done(); x++; return ctx.Err() })
		x++
		j.Cancel(nil)
		_ = j.Join(ctx)
	})
}

func TestLitmusUnlockBeforeLock(t *testing.T) {
	litmus(t, func(ctx context.Context, s *scope.Scope) {
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

func TestLitmusHandlerBeforeEnd(t *testing.T) {
	litmus(t, func(ctx context.Context, s *scope.Scope) {
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

func TestLitmusCallBeforeCloseOnCancelReturns(t *testing.T) {
	litmus(t, func(ctx context.Context, s *scope.Scope) {
		x, p := 1, newPipe()
		s.Cancel(nil)
		_ = scope.CloseOnCancel(ctx, "c", p, func() error { x++; return nil })
		x++
		done, cancel := context.WithCancel(ctx)
		go cancel()
		_ = scope.CloseOnCancel(done, "c", closer(func() error { _ = p.Close(); return nil }), func() error { err := p.Accept(); x++; return err })
		x++
	})
}
