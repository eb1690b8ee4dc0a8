package scenarios

import (
	"context"
	"math/rand/v2"
	"runtime"
	"runtime/metrics"
	"testing"
	"testing/synctest"
	"time"

	"github.com/squall-go/squall/scope"
)

// Growth is what many start/cancel cycles of [S15] left behind, from the end of
// the first tenth, when everything is warm, to the end.
type Growth struct {
	Cycles     int     // in between
	Finished   int     // of those, cycles that had done their work when they were stopped
	Goroutines int     // more than before
	Heap       float64 // live bytes more than before, for each cycle
	Cost       float64 // bytes that the last tenth allocated, for each one of the second tenth
}

// GrowthOf runs n cycles, a multiple of ten, below one long-lived scope, in a
// bubble of its own and without the harness: no history, no fault but the stop,
// at times that are random and the same for every call. each, if not nil, is
// what a broken cycle leaves: it is called in every cycle, with the context of
// the long-lived scope and a channel that is closed when all is measured.
func GrowthOf(n int, each func(ctx context.Context, cycle int, over <-chan struct{})) (g Growth) {
	synctest.Test(new(testing.T), func(*testing.T) {
		app := scope.New(context.Background(), "app", scope.Supervisor())
		over := make(chan struct{})
		random := rand.New(rand.NewPCG(15, 15))
		tenth := func(i int) (finished int) {
			for cycle := i * n / 10; cycle < (i+1)*n/10; cycle++ {
				f := &flow{sleep: sleepPlainly, producers: 2, consumers: 2, stop: time.Duration(1 + random.IntN(4_000_000))}
				if _ = f.run(app.Context()); f.moved() == f.values() {
					finished++
				}
				if each != nil {
					each(app.Context(), cycle, over)
				}
			}
			return finished
		}
		tenth(0)
		var at [10]footprint // after the first tenth, the second, …
		at[0] = measure()
		for i := 1; i < 10; i++ {
			g.Finished += tenth(i)
			at[i] = measure()
		}
		g.Cycles = n / 10 * 9
		g.Goroutines = at[9].goroutines - at[0].goroutines
		g.Heap = (float64(at[9].live) - float64(at[0].live)) / float64(g.Cycles)
		g.Cost = float64(at[9].allocated-at[8].allocated) / float64(at[1].allocated-at[0].allocated)
		close(over)
		app.Cancel(nil)
		_ = app.Close(context.Background())
	})
	return g
}

// footprint is what the process holds, and has ever allocated, in bytes.
type footprint struct {
	goroutines      int
	live, allocated uint64
}

func measure() footprint {
	synctest.Wait() // what is about to end has ended
	runtime.GC()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return footprint{goroutines: runtime.NumGoroutine(), live: sample[0].Value.Uint64(), allocated: sample[1].Value.Uint64()}
}

// sleepPlainly is Run.Sleep without a run.
func sleepPlainly(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return context.Cause(ctx)
}
