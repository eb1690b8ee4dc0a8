package scope_test

import (
	"context"
	"testing"

	"github.com/sourcegraph/conc/pool"
)

func BenchmarkConcPool(b *testing.B) {
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
