package harness

import (
	"testing"

	"github.com/squall-go/squall/harness/explore"
)

// Benchmark measures whole runs of a scenario, judged, self-check included, as
// runs per second and steps per second. It fails if the scenario does not hold.
func Benchmark(b *testing.B, s Scenario) {
	subject := s.subject()
	b.ReportAllocs()
	steps := 0
	for seed := uint64(1); b.Loop(); seed++ {
		r := explore.Explore(subject, explore.Settings{Seed: seed, Runs: benchRuns})
		if r.Verdict != explore.Held && r.Verdict != explore.Vacuous { // few runs need not show every fact
			b.Fatal(explain(subject, r, ""))
		}
		steps += r.Steps
	}
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(b.N*benchRuns)/seconds, "runs/s")
	b.ReportMetric(float64(steps)/seconds, "steps/s")
}

const benchRuns = 500
