package scope_test

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/scope"
)

// next is the line after the one it is called in.
func next() string {
	_, file, line, _ := runtime.Caller(1)
	return fmt.Sprintf("%s:%d", file, line+1)
}

// own is where the innermost task of ctx was created.
func own(root scope.Node) string {
	for len(root.Children) > 0 {
		root = root.Children[0]
	}
	return root.Created
}

func TestCreatedIsTheLineOfTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx := context.Background()
		see := func(want string) func(context.Context) error {
			return func(context.Context) error {
				synctest.Wait() // the one before has ended, and may be about to leave
				g.Expect(own(scope.Snapshot()[0])).To(Equal(want))
				return nil
			}
		}
		inScope := func(want string) func(*scope.Scope) error {
			return func(s *scope.Scope) error { return see(want)(s.Context()) }
		}
		want := next()
		g.Expect(scope.Run(ctx, "run", inScope(want))).To(Succeed())
		want = next()
		g.Expect(scope.Supervise(ctx, "supervise", inScope(want))).To(Succeed())
		want = next()
		g.Expect(scope.WithTimeout(ctx, "timeout", time.Second, see(want))).To(Succeed())
		want = next()
		g.Expect(scope.NonCancellable(ctx, "section", time.Second, see(want))).To(Succeed())
		want = next()
		g.Expect(scope.CloseOnCancel(ctx, "call", io.NopCloser(nil), func() error { return see(want)(nil) })).To(Succeed())
		want = next()
		g.Expect(scope.Detach(ctx, "island", see(want)).Join(ctx)).To(Succeed())

		want = next()
		s := scope.New(ctx, "component")
		g.Expect(s.Snapshot().Created).To(Equal(want))
		want = next()
		g.Expect(s.Launch("job", see(want)).Join(ctx)).To(Succeed())
		want = next()
		d := scope.Async(s, "async", func(ctx context.Context) (int, error) { return 1, see(want)(ctx) })
		g.Expect(d.Await(ctx)).To(Equal(1))
		g.Expect(s.Close(ctx)).To(Succeed())
	})
}

// Wrappers that the compiler makes are no call of anybody's.
func TestCreatedThroughAWrapper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx := context.Background()
		s := scope.New(ctx, "component")
		launch := s.Launch
		g.Expect(launchWith(launch)).To(HavePrefix("created_test.go:"))
		g.Expect(launchWith(embedding{s}.Launch)).To(HavePrefix("created_test.go:"))
		var i launcher = embedding{s}
		g.Expect(launchWith(i.Launch)).To(HavePrefix("created_test.go:"))
		g.Expect(filepath.Base(i.Launch("job", nothing).Snapshot().Created)).To(HavePrefix("created_test.go:"))
		async := scope.Async[int]
		g.Expect(asyncWith(s, async)).To(HavePrefix("created_test.go:"))
		g.Expect(s.Close(ctx)).To(Succeed())
	})
}

func TestCreatedByAGoStatement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		s := scope.New(context.Background(), "component")
		hold := make(chan struct{})
		go s.Launch("held", func(context.Context) error { <-hold; return nil })
		synctest.Wait()
		g.Expect(s.Snapshot().Children).To(HaveLen(1))
		g.Expect(s.Snapshot().Children[0].Created).To(MatchRegexp(`:\d+$`))
		close(hold)
		g.Expect(s.Close(context.Background())).To(Succeed())
	})
}

type launcher interface {
	Launch(name string, fn func(context.Context) error, opts ...scope.Option) *scope.Job
}

type embedding struct{ *scope.Scope }

//go:noinline
func launchWith(launch func(string, func(context.Context) error, ...scope.Option) *scope.Job) string {
	return filepath.Base(launch("job", nothing).Snapshot().Created)
}

//go:noinline
func asyncWith(s *scope.Scope, async func(*scope.Scope, string, func(context.Context) (int, error), ...scope.Option) *scope.Deferred[int]) string {
	return filepath.Base(async(s, "async", func(context.Context) (int, error) { return 0, nil }).Snapshot().Created)
}
