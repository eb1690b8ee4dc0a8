package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/choose"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/internal/handoff"
)

// controlled is the same number of steps under the engine, with a fault
// decision at every step and the history recorded.
func controlled(tasks, steps int, scratch *engine.Scratch) time.Duration {
	kinds := make([]faults.Kind, len(faults.Sites()))
	kinds[stepPoint.ID()] = faults.Error | faults.Delay
	chooser := neverStrikes{choose.Draw(1, 0, &choose.Walk{}, choose.Settings{Kinds: faults.Error, Steps: steps})}
	config := engine.Config{Chooser: chooser, Allow: kinds, MaxSteps: 1 << 40, Scratch: scratch}
	from := time.Now()
	engine.Run(config, family(tasks, steps/tasks))
	return time.Since(from)
}

// neverStrikes decides like Drawn, and then lets nothing strike: what is
// measured is the decision.
type neverStrikes struct{ *choose.Drawn }

func (n neverStrikes) Strike(t *engine.Task, s *faults.Site, hit int, allowed faults.Kind) faults.Fault {
	n.Drawn.Strike(t, s, hit, allowed)
	return faults.Fault{}
}

// BenchmarkStep reports what a controlled step costs as a multiple of the bare
// hand-off measured right beside it.
func BenchmarkStep(b *testing.B) {
	const steps = 20_000
	scratch := new(engine.Scratch)
	controlled(4, steps, scratch) // what runs reuse is grown once
	for b.Loop() {
		floor := handoff.Bare(4, steps)
		step := controlled(4, steps, scratch)
		b.ReportMetric(float64(step)/float64(floor), "ratio")
		b.ReportMetric(float64(floor)/steps, "ns/handoff")
		b.ReportMetric(float64(step)/steps, "ns/step")
	}
}

// BenchmarkRun is a small run as a whole: bubble, four children, six points each.
func BenchmarkRun(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		engine.Run(engine.Config{Chooser: engine.Calm{}}, family(4, 6))
	}
}

// BenchmarkOutside is a failpoint that is reached outside any run.
func BenchmarkOutside(b *testing.B) {
	ctx := context.Background()
	for b.Loop() {
		quiet.At(ctx)
	}
}
