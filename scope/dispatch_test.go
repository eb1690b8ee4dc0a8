package scope_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/scope"
)

// line is a dispatcher that keeps its work until the test serves it.
type line struct {
	items []func()
	drops []func(error)
	fails error
}

func (l *line) Dispatch(_ context.Context, run func(), abandon func(error)) error {
	l.items, l.drops = append(l.items, run), append(l.drops, abandon)
	return l.fails
}

type dispatchFunc func(run func())

func (d dispatchFunc) Dispatch(_ context.Context, run func(), _ func(error)) error {
	d(run)
	return nil
}

func TestOnRunsOnTheDispatcher(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		l := &line{}
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			d := scope.Async(s, "b", func(ctx context.Context) (string, error) { return scope.Path(ctx), nil }, scope.On(l))
			g.Expect(d.Snapshot().State).To(Equal("queued"))
			l.items[0]()
			g.Expect(d.Await(ctx)).To(Equal("a/b"))
			l.items[0]()
			l.drops[0](errBoom)
			g.Expect(d.Err()).NotTo(HaveOccurred(), "a second call is ignored")
			return nil
		})
		g.Expect(err).NotTo(HaveOccurred())
	})
}

func TestOnARefusingDispatcherFailsTheJob(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			s.Launch("b", fails(nil), scope.On(&line{fails: errBoom}))
			return nil
		})
		g.Expect(err).To(BeIdenticalTo(errBoom))
	})
}

func TestOnAbandonedWorkFailsTheJob(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		l := &line{}
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			s.Launch("b", fails(nil), scope.On(l))
			l.drops[0](errBoom)
			return nil
		})
		g.Expect(err).To(BeIdenticalTo(errBoom))
	})
}

func TestOnCancelledInTheQueueEndsAtOnceAndNeverRuns(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		l, ran := &line{}, false
		_ = scope.Run(ctx, "a", func(s *scope.Scope) error {
			j := s.Launch("b", func(context.Context) error { ran = true; return nil }, scope.On(l))
			j.Cancel(errBoom)
			g.Expect(j.Join(ctx)).To(Succeed())
			g.Expect(j.Err()).To(BeIdenticalTo(errBoom))
			return nil
		})
		l.items[0]()
		g.Expect(ran).To(BeFalse())
	})
}

func TestOnADispatcherThatPanicsFailsTheJob(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			s.Launch("b", fails(nil), scope.On(dispatchFunc(func(func()) { panic(errBoom) })))
			return nil
		})
		g.Expect(err).To(MatchError(errBoom))
	})
}

func TestOnTheCallersGoroutine(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		err := scope.Run(ctx, "a", func(s *scope.Scope) error {
			j := s.Launch("b", fails(nil), scope.On(dispatchFunc(func(run func()) { run() })))
			g.Expect(j.Done()).To(BeClosed())
			return nil
		})
		g.Expect(err).NotTo(HaveOccurred())
	})
}

func TestDetachIsAnIslandThatIsListed(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		type trace struct{}
		ctx, cancel := context.WithCancel(context.WithValue(ctx, trace{}, "id"))
		free := make(chan struct{})
		var island *scope.Job
		_ = scope.Run(ctx, "page", func(s *scope.Scope) error {
			island = scope.Detach(s.Context(), "notify", func(ctx context.Context) error {
				g.Expect(ctx.Value(trace{})).To(Equal("id"))
				<-free
				return ctx.Err()
			})
			return nil
		})
		cancel()
		synctest.Wait()
		g.Expect(scope.Islands()).To(HaveLen(1))
		g.Expect(scope.Islands()[0].Origin).To(Equal("page"))
		g.Expect(scope.Islands()[0].Created).To(ContainSubstring("dispatch_test.go:"))
		close(free)
		g.Expect(island.Join(context.Background())).To(Succeed())
		g.Expect(island.Err()).NotTo(HaveOccurred())
		synctest.Wait()
		g.Expect(scope.Snapshot()).To(BeEmpty())
	})
}

func TestDetachFailureGoesToItsHandler(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		var handled recorder
		_ = scope.Detach(ctx, "notify", fails(errBoom), scope.Handler(handled.handle)).Join(ctx)
		g.Expect(handled.errs()).To(Equal([]error{errBoom}))
	})
}

func TestDumpNamesTheStuckTask(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		m := scope.NewMutex("till")
		var dump, sub strings.Builder
		_ = scope.Run(ctx, "page", func(s *scope.Scope) error {
			s.Launch("holder", func(ctx context.Context) error {
				return m.WithLock(ctx, func() error { return untilCancelled(ctx) })
			})
			synctest.Wait()
			stuck := s.Launch("stuck", func(ctx context.Context) error { return m.Lock(ctx) })
			s.Launch("awaiter", func(ctx context.Context) error { return stuck.Join(ctx) })
			synctest.Wait()
			g.Expect(scope.Dump(&dump)).To(Succeed())
			g.Expect(stuck.Dump(&sub)).To(Succeed())
			g.Expect(s.Snapshot().Children).To(HaveLen(3))
			s.Cancel(nil)
			return nil
		})
		g.Expect(dump.String()).To(MatchRegexp(`^scope page: running, since 0s, created at scope/dispatch_test.go:\d+
  job holder: running, since 0s, created at scope/dispatch_test.go:\d+
  job stuck: waiting for lock till \(held by page/holder\), since 0s, created at scope/dispatch_test.go:\d+
  job awaiter: waiting for page/stuck \(join\), since 0s, created at scope/dispatch_test.go:\d+
$`))
		g.Expect(sub.String()).To(HavePrefix("job stuck: waiting"))
		g.Expect(scope.Snapshot()).To(BeEmpty(), "nothing is left of an ended scope")
	})
}

// TestDumpTellsOfAHolderThatHasEnded: such a lock will not be released.
func TestDumpTellsOfAHolderThatHasEnded(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		m := scope.NewMutex("till")
		var before, after strings.Builder
		_ = scope.Run(ctx, "page", func(s *scope.Scope) error {
			holder := s.Launch("holder", func(ctx context.Context) error {
				_ = m.Lock(ctx)
				return untilCancelled(ctx)
			})
			synctest.Wait()
			stuck := s.Launch("stuck", func(ctx context.Context) error { return m.Lock(ctx) })
			synctest.Wait()
			g.Expect(stuck.Dump(&before)).To(Succeed())
			holder.Cancel(nil)
			synctest.Wait()
			g.Expect(stuck.Dump(&after)).To(Succeed())
			s.Cancel(nil)
			return nil
		})
		g.Expect(before.String()).To(HavePrefix("job stuck: waiting for lock till (held by page/holder), since"))
		g.Expect(after.String()).To(HavePrefix("job stuck: waiting for lock till (held by page/holder, which has ended), since"))
	})
}

func TestOptionsThatDoNotApplyPanic(t *testing.T) {
	g := NewWithT(t)
	g.Expect(func() { _ = scope.Run(context.Background(), "a", nil, scope.Supervisor()) }).
		To(PanicWith("scope: option Supervisor does not apply to Run and Supervise"))
	err := scope.Run(context.Background(), "a", func(s *scope.Scope) error { return s.Close(s.Context()) })
	g.Expect(err).To(MatchError(HavePrefix("scope: panic: scope: Close of a, which was made by Run or Supervise")))
}

// TestCrash runs itself in another process, because it ends it.
func TestCrash(t *testing.T) {
	if os.Getenv("SCOPE_CRASH") != "" {
		s := scope.New(context.Background(), "app", scope.Supervisor())
		s.Launch("bad", fails(errBoom))
		_ = s.Close(context.Background())
		for {
			runtime.Gosched()
		}
	}
	g := NewWithT(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrash$")
	cmd.Env = append(os.Environ(), "SCOPE_CRASH=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	g.Expect(errors.As(err, &exit)).To(BeTrue())
	g.Expect(string(out)).To(ContainSubstring("scope: unhandled failure of app/bad"))
	g.Expect(string(out)).To(ContainSubstring("): boom\n"), "the failure, and nothing behind it")
}
