package scope_test

import (
	"context"
	"errors"
	"testing"

	"github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"

	"github.com/squall-go/squall/scope"
)

const width = 16

var errBoom = errors.New("boom")

func nothing(context.Context) error { return nil }

func BenchmarkScope(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		err := scope.Run(context.Background(), "fanout", func(s *scope.Scope) error {
			for range width {
				s.Launch("child", nothing)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkErrgroup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		g, _ := errgroup.WithContext(context.Background())
		for range width {
			g.Go(func() error { return nil })
		}
		if err := g.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkConc(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		p := pool.New().WithContext(context.Background()).WithCancelOnError()
		for range width {
			p.Go(nothing)
		}
		if err := p.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScopeChildrenLookAtContext(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		err := scope.Run(context.Background(), "fanout", func(s *scope.Scope) error {
			for range width {
				s.Launch("child", func(ctx context.Context) error {
					select {
					case <-ctx.Done():
						return ctx.Err()
					default:
						return nil
					}
				})
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMutex(b *testing.B) {
	m := scope.NewMutex("counter")
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Lock(ctx); err != nil {
			b.Fatal(err)
		}
		m.Unlock()
	}
}
