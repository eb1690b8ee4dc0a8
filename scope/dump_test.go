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
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/scope"
)

var errStop = errors.New("stop")

// TestDumpFromOutsideTheBubble leaves tasks of a bubble behind that are stuck
// and cancelled in every way, and dumps them from elsewhere. A look at the
// channel of one of their contexts would be a fatal error: so it runs itself in
// another process.
func TestDumpFromOutsideTheBubble(t *testing.T) {
	if os.Getenv("SCOPE_DUMP") != "" {
		abandon(t)
		dumpTwice()
		synctest.Test(t, func(*testing.T) { dumpTwice() })
		return
	}
	g := NewWithT(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestDumpFromOutsideTheBubble$")
	cmd.Env = append(os.Environ(), "SCOPE_DUMP=1")
	out, err := cmd.CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(out))
	dumps := strings.Split(strings.ReplaceAll(string(out), "\r", ""), "=== dump\n")[1:]
	g.Expect(dumps).To(HaveLen(4))
	for i, dump := range dumps {
		since := `.+`
		if i < 2 {
			since = `2000-01-01 00:00:0[01]\S* of another clock`
		}
		g.Expect(dump).To(MatchRegexp(`(?m)^supervisor app: running, cancelling \(stop\), since ` + since + `, created at scope/dump_test.go:\d+
  job deaf: running, cancelling \(stop\), since ` + since + `, created at scope/dump_test.go:\d+
  job waits: waiting for its children, cancelling \(stop\), since ` + since + `, created at scope/dump_test.go:\d+
    section cleanup: waiting for lock till \(held by app/deaf\), since ` + since + `, created at scope/dump_test.go:\d+
    scope slow: running, since ` + since + `, created at scope/dump_test.go:\d+, cut off from app/waits
`))
	}
}

// TestDumpControl proves that the child process above would end: a context of
// another bubble that is asked is fatal.
func TestDumpControl(t *testing.T) {
	if os.Getenv("SCOPE_DUMP") != "" {
		_ = abandon(t).Err()
		return
	}
	g := NewWithT(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestDumpControl$")
	cmd.Env = append(os.Environ(), "SCOPE_DUMP=1")
	out, err := cmd.CombinedOutput()
	g.Expect(err).To(HaveOccurred())
	g.Expect(string(out)).To(ContainSubstring("receive on synctest channel from outside bubble"))
}

func dumpTwice() {
	for range 2 {
		_, _ = os.Stdout.WriteString("=== dump\n")
		_ = scope.Dump(os.Stdout)
		runtime.GC()
	}
}

// abandon ends a bubble with tasks in it, and gives the context of one.
func abandon(t *testing.T) (leaked context.Context) {
	defer func() { _ = recover() }() // the bubble complains
	synctest.Test(new(testing.T), func(*testing.T) {
		m, stuck := scope.NewMutex("till"), make(chan struct{})
		s := scope.New(context.Background(), "app", scope.Supervisor())
		s.Launch("deaf", func(ctx context.Context) error {
			leaked = ctx
			_ = m.Lock(ctx)
			<-ctx.Done()
			<-stuck
			return nil
		})
		synctest.Wait()
		s.Launch("waits", func(ctx context.Context) error {
			go func() {
				_ = scope.NonCancellable(ctx, "cleanup", time.Hour, func(ctx context.Context) error { return m.Lock(ctx) })
			}()
			synctest.Wait()
			go func() {
				_ = scope.WithTimeout(context.WithoutCancel(ctx), "slow", time.Millisecond, func(ctx context.Context) error {
					<-stuck
					return nil
				})
			}()
			time.Sleep(time.Second)
			return nil
		})
		time.Sleep(2 * time.Second)
		s.Cancel(errStop)
		synctest.Wait()
		select {
		case <-leaked.Done():
		default:
			t.Error("not cancelled")
		}
	})
	return leaked
}

func TestSnapshotOnTheRealClockAsksTheContext(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	_ = scope.Run(ctx, "request", func(s *scope.Scope) error {
		g.Expect(s.Snapshot().Cancel).NotTo(HaveOccurred())
		cancel(errStop) // by somebody else: a client that went away
		g.Expect(s.Snapshot().Cancel).To(MatchError(errStop))
		return nil
	})
}

// full is a writer without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errBoom }

func TestDumpReturnsTheWritersError(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		g.Expect(scope.Run(ctx, "page", func(s *scope.Scope) error {
			j := s.Launch("A", func(context.Context) error { return nil })
			g.Expect(scope.Dump(full{})).To(MatchError(errBoom))
			g.Expect(s.Dump(full{})).To(MatchError(errBoom))
			g.Expect(j.Dump(full{})).To(MatchError(errBoom))
			return nil
		})).To(Succeed())
	})
}

func TestIslands(t *testing.T) {
	type key struct{}
	bubble(t, func(ctx context.Context, g *WithT) {
		free := make(chan struct{})
		wait := func(context.Context) error { <-free; return nil }
		open := map[string]func(ctx context.Context) context.Context{
			"valued":       func(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, 1) },
			"derived":      func(ctx context.Context) context.Context { return foreign{ctx} },
			"cut":          context.WithoutCancel,
			"derived deep": deep,
			"cut deep":     func(ctx context.Context) context.Context { return deep(context.WithoutCancel(ctx)) },
			"cut late":     func(ctx context.Context) context.Context { return context.WithoutCancel(deep(ctx)) },
		}
		_ = scope.Supervise(ctx, "page", func(s *scope.Scope) error {
			for name, derive := range open {
				s.Launch(name, func(ctx context.Context) error {
					return scope.WithTimeout(derive(ctx), "inner", time.Hour, wait)
				})
			}
			s.Launch("cleans up", func(ctx context.Context) error {
				return scope.NonCancellable(ctx, "section", time.Hour, func(ctx context.Context) error {
					return scope.WithTimeout(ctx, "inner", time.Hour, wait)
				})
			})
			island := scope.Detach(s.Context(), "audit", wait)
			synctest.Wait()
			found := map[string]string{}
			for _, n := range scope.Islands() {
				g.Expect(n.Created).To(ContainSubstring("dump_test.go:"))
				g.Expect(n.Kind).To(BeElementOf("island", "scope"))
				found[n.Path] = n.Origin
			}
			g.Expect(found).To(Equal(map[string]string{
				"audit": "page", "page/cut/inner": "page/cut", "page/cut deep/inner": "page/cut deep", "page/cut late/inner": "page/cut late",
			}))
			close(free)
			return island.Join(s.Context())
		})
		g.Expect(scope.Islands()).To(BeEmpty())
	})
}

// deep derives from ctx in every way that package context has, and in one of its own.
func deep(ctx context.Context) context.Context {
	type key struct{}
	ctx = context.WithValue(ctx, key{}, 1)
	ctx, cancel := context.WithCancel(ctx)
	time.AfterFunc(time.Hour, cancel)
	ctx, cancel = context.WithTimeout(ctx, time.Hour)
	time.AfterFunc(time.Hour, cancel)
	ctx, cancelCause := context.WithCancelCause(foreign{ctx})
	time.AfterFunc(time.Hour, func() { cancelCause(nil) })
	return ctx
}

// foreign is a context type of somebody else.
type foreign struct{ context.Context }
