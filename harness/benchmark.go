package harness

import (
	"testing"
	"time"

	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/internal/handoff"
)

// Benchmark measures whole runs of a scenario, judged, self-check included: runs
// and steps per second, and what a run costs in bare hand-offs (one goroutine of
// a bubble let run until it blocks), measured in the same benchmark: that figure
// means the same on every machine. It fails if the scenario does not hold.
func Benchmark(b *testing.B, s Scenario) {
	subject := s.subject()
	b.ReportAllocs()
	var floor, took time.Duration
	steps, rounds := 0, 0
	for seed := uint64(1); b.Loop(); seed++ {
		floor += handoff.Bare(benchTasks, benchHandOffs)
		from := time.Now()
		r := explore.Explore(subject, explore.Settings{Seed: seed, Runs: benchRuns})
		took += time.Since(from)
		if r.Verdict != explore.Held && r.Verdict != explore.Vacuous { // few runs need not show every fact
			b.Fatal(explain(subject, r, ""))
		}
		steps += r.Steps
		rounds++
	}
	perRun := took.Seconds() / float64(rounds*benchRuns)
	perHandOff := floor.Seconds() / float64(rounds*benchHandOffs)
	b.ReportMetric(1/perRun, "runs/s")
	b.ReportMetric(float64(steps)/took.Seconds(), "steps/s")
	b.ReportMetric(perHandOff*1e9, "ns/handoff")
	b.ReportMetric(perRun/perHandOff, "handoffs/run")
}

const (
	benchRuns     = 500
	benchTasks    = 4
	benchHandOffs = 10_000
)
