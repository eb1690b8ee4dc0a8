package scope_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/scope"
)

func TestMutexIsFIFO(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		m, order := scope.NewMutex("m"), []string{}
		g.Expect(m.Lock(ctx)).To(Succeed())
		_ = scope.Run(ctx, "a", func(s *scope.Scope) error {
			for _, name := range []string{"1", "2", "3"} {
				s.Launch(name, func(ctx context.Context) error {
					return m.WithLock(ctx, func() error { order = append(order, name); return nil })
				})
				synctest.Wait()
			}
			m.Unlock()
			return nil
		})
		g.Expect(order).To(Equal([]string{"1", "2", "3"}))
	})
}

func TestMutexCancelledWaiterLeavesTheQueue(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var m scope.Mutex
		g.Expect(m.TryLock()).To(BeTrue())
		g.Expect(m.TryLock()).To(BeFalse())
		_ = scope.Run(ctx, "a", func(s *scope.Scope) error {
			first := s.Launch("first", func(ctx context.Context) error { return m.Lock(ctx) })
			synctest.Wait()
			second := scope.Async(s, "second", func(ctx context.Context) (bool, error) { return true, m.Lock(ctx) })
			synctest.Wait()
			first.Cancel(errBoom)
			g.Expect(first.Join(ctx)).To(Succeed())
			g.Expect(first.Err()).To(BeIdenticalTo(errBoom))
			m.Unlock()
			g.Expect(second.Await(ctx)).To(BeTrue())
			g.Expect(m.TryLock()).To(BeFalse())
			m.Unlock()
			return nil
		})
		g.Expect(m.TryLock()).To(BeTrue())
	})
}

func TestMutexHandedOverToACancelledWaiterIsPassedOn(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var m scope.Mutex
		g.Expect(m.Lock(ctx)).To(Succeed())
		waiting, cancel := context.WithCancelCause(ctx)
		got := make(chan error, 1)
		go func() { got <- m.Lock(waiting) }()
		synctest.Wait()
		m.Unlock()      // hands over
		cancel(errBoom) // before the waiter can look
		if err := <-got; err != nil {
			g.Expect(err).To(Equal(errBoom))
			g.Expect(m.TryLock()).To(BeTrue(), "the lock is not lost")
		}
		m.Unlock()
	})
}

func TestMutexUnlocksOnPanicAndGoexit(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var m scope.Mutex
		g.Expect(func() { _ = m.WithLock(ctx, func() error { panic("oh") }) }).To(PanicWith("oh"))
		var wg sync.WaitGroup
		wg.Go(func() { _ = m.WithLock(ctx, func() error { runtime.Goexit(); return nil }) })
		wg.Wait()
		g.Expect(m.TryLock()).To(BeTrue())
		m.Unlock()
		g.Expect(m.Unlock).To(PanicWith("scope: Unlock of mutex, which is not locked"))
	})
}

func TestMutexExcludes(t *testing.T) {
	g, m, n := NewWithT(t), scope.NewMutex("n"), 0
	err := scope.Run(context.Background(), "a", func(s *scope.Scope) error {
		for range 8 {
			s.Launch("", func(ctx context.Context) error {
				for range 200 {
					if err := m.WithLock(ctx, func() error { n++; return nil }); err != nil {
						return err
					}
				}
				return nil
			})
		}
		return nil
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(n).To(Equal(1600))
}
