package scope_test

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/scope"
)

func TestDumpOnTimeoutShowsWhatItWasDoing(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var dump bytes.Buffer
		err := scope.Run(ctx, "page", func(s *scope.Scope) error {
			reply := scope.Async(s, "reply", func(ctx context.Context) (int, error) { return 0, untilCancelled(ctx) })
			_, err := reply.Await(s.Context())
			return err
		}, scope.Timeout(time.Second), scope.DumpOnTimeout(&dump))
		g.Expect(err).To(MatchError(context.DeadlineExceeded))
		g.Expect(dump.String()).To(MatchRegexp(`^scope: page timed out after 1s; just before:
scope page: waiting for page/reply \(await\), since 990ms, created at scope/alarm_test.go:\d+
  async reply: running, since 990ms, created at scope/alarm_test.go:\d+
$`), "nobody is cancelled yet")
	})
}

func TestOnTimeoutDoesNotWaitForWhatHangs(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		told, free := make(chan scope.Node, 1), make(chan struct{})
		s := scope.New(ctx, "app", scope.Supervisor())
		j := s.Launch("deaf", func(context.Context) error { <-free; return nil }, scope.Timeout(time.Minute),
			scope.OnTimeout(func(timeout *scope.TimeoutError, task scope.Node) { told <- task }),
			scope.Handler(func(*scope.Failure) error { return nil }))
		task := <-told
		g.Expect(task.Path).To(Equal("app/deaf"))
		g.Expect(task.State).To(Equal("running"))
		g.Expect(j.Err()).NotTo(HaveOccurred(), "it is not over")
		close(free)
		g.Expect(j.Join(ctx)).To(Succeed())
		g.Expect(j.Err()).To(MatchError(context.DeadlineExceeded))
		g.Expect(s.Close(ctx)).To(Succeed())
	})
}

func TestOnTimeoutIsForTimeoutsOnly(t *testing.T) {
	never := scope.OnTimeout(func(timeout *scope.TimeoutError, task scope.Node) { t.Error("told of", timeout, task) })
	for name, body := range map[string]func(ctx context.Context, g *WithT){
		"in time": func(ctx context.Context, g *WithT) {
			g.Expect(scope.Run(ctx, "a", func(*scope.Scope) error { return nil }, scope.Timeout(time.Second), never)).To(Succeed())
		},
		"in time, after it was looked at": func(ctx context.Context, g *WithT) {
			g.Expect(scope.Run(ctx, "a", func(*scope.Scope) error { time.Sleep(time.Second - 1); return nil }, scope.Timeout(time.Second), never)).To(Succeed())
		},
		"cancelled after it was looked at": func(ctx context.Context, g *WithT) {
			g.Expect(scope.Run(ctx, "a", func(s *scope.Scope) error {
				time.Sleep(time.Second - 1)
				s.Cancel(errBoom)
				return untilCancelled(s.Context())
			}, scope.Timeout(time.Second), never)).To(MatchError(errBoom))
		},
		"refused": func(ctx context.Context, g *WithT) {
			s := scope.New(ctx, "app")
			g.Expect(s.Close(ctx)).To(Succeed())
			g.Expect(s.Launch("a", untilCancelled, scope.Timeout(0), never).Err()).To(MatchError(scope.ErrClosed))
		},
		"an outer one fires first": func(ctx context.Context, g *WithT) {
			err := scope.WithTimeout(ctx, "outer", time.Second, func(ctx context.Context) error {
				return scope.Run(ctx, "inner", func(s *scope.Scope) error { return untilCancelled(s.Context()) }, scope.Timeout(time.Second), never)
			})
			g.Expect(err).To(Equal(&scope.TimeoutError{Name: "outer", After: time.Second}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(ctx context.Context, g *WithT) {
				body(ctx, g)
				time.Sleep(time.Hour)
				g.Expect(scope.Snapshot()).To(BeEmpty())
			})
		})
	}
}

func TestOnTimeoutIsToldOnce(t *testing.T) {
	for _, after := range []time.Duration{-1, 0, 1, 2, time.Microsecond, time.Hour} {
		for _, body := range []time.Duration{after + 1, 2*after + 1, after + lead} {
			bubble(t, func(ctx context.Context, g *WithT) {
				told := 0
				err := scope.Run(ctx, "a", func(*scope.Scope) error { time.Sleep(body); return nil }, scope.Timeout(after),
					scope.OnTimeout(func(timeout *scope.TimeoutError, _ scope.Node) {
						g.Expect(timeout.After).To(Equal(after))
						time.Sleep(time.Second)
						told++
					}))
				g.Expect(err).To(MatchError(context.DeadlineExceeded))
				g.Expect(told).To(Equal(1), "and Run has waited for it")
				synctest.Wait()
			})
		}
	}
}

const lead = 10 * time.Millisecond

func TestOnTimeoutNeedsATimeout(t *testing.T) {
	g := NewWithT(t)
	g.Expect(func() {
		_ = scope.Run(context.Background(), "a", nil, scope.DumpOnTimeout(nil))
	}).To(PanicWith("scope: option OnTimeout needs a Timeout in the same call"))
}
