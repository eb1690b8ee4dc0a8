package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/choose"
	"github.com/squall-go/squall/harness/engine"
)

// bare is the floor: a controller that sends to one of n goroutines and waits
// until it is blocked again, n times round robin, without any decision.
func bare(tasks, steps int) time.Duration {
	var took time.Duration
	wall := wallClock()
	synctest.Test(new(testing.T), func(*testing.T) {
		turns := make([]chan struct{}, tasks)
		for i := range turns {
			turn := make(chan struct{})
			turns[i] = turn
			go func() {
				for range turn {
				}
			}()
		}
		synctest.Wait()
		from := wall()
		for i := range steps {
			turns[i%tasks] <- struct{}{}
			synctest.Wait()
		}
		took = wall() - from
		for _, turn := range turns {
			close(turn)
		}
	})
	return took
}

// controlled is the same number of steps under the engine, with a fault
// decision at every step and the history recorded.
func controlled(tasks, steps int, scratch *engine.Scratch) time.Duration {
	kinds := make([]faults.Kind, len(faults.Sites()))
	kinds[stepPoint.ID()] = faults.Error | faults.Delay
	chooser := neverStrikes{choose.Draw(1, 0, &choose.Walk{}, choose.Settings{Kinds: faults.Error, Steps: steps})}
	config := engine.Config{Chooser: chooser, Allow: kinds, MaxSteps: 1 << 40, Scratch: scratch}
	wall := wallClock()
	from := wall()
	engine.Run(config, family(tasks, steps/tasks))
	return wall() - from
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
		floor := bare(4, steps)
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

// BenchmarkMarker is a failpoint that is reached in a run and does not strike,
// apart from the schedule: free mode, no fault allowed there.
func BenchmarkOutside(b *testing.B) {
	ctx := context.Background()
	for b.Loop() {
		quiet.At(ctx)
	}
}
