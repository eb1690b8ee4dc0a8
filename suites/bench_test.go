package suites_test

import (
	"context"
	"testing"

	"github.com/pingcap/failpoint"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scenarios"
)

var markedPoint = faults.Site{Name: "marked", Doc: "a failpoint to be measured", Allows: faults.Error}

//go:noinline
func marked(ctx context.Context) error {
	failpoint.Inject("marked", func() {
		if err := markedPoint.Err(ctx); err != nil {
			failpoint.Return(err)
		}
	})
	return nil
}

//go:noinline
func unmarked(context.Context) error { return nil }

// BenchmarkMarker is a failpoint that is built in and does not strike, beside
// the same function without one. Budget: below 100 ns.
func BenchmarkMarker(b *testing.B) {
	type key struct{}
	ctx := context.WithValue(context.Background(), key{}, 1)
	b.Run("built in", func(b *testing.B) {
		for b.Loop() {
			_ = marked(ctx)
		}
	})
	b.Run("without", func(b *testing.B) {
		for b.Loop() {
			_ = unmarked(ctx)
		}
	})
}

// BenchmarkRuns is whole runs, judged, of S3 with four children. Budget: 8,000 a
// second on one core.
func BenchmarkRuns(b *testing.B) {
	harness.Benchmark(b, scenarios.SupervisorFanOutOf(4))
}
