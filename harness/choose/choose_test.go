package choose_test

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/choose"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/tape"
)

var point = faults.Site{Name: "point", Allows: faults.All &^ faults.Carried &^ faults.Wedge &^ faults.Hang}

func init() { faults.Register("m", "m/choose", "choose_test.go", 1, "point", &point) }

func allow() []faults.Kind {
	table := make([]faults.Kind, len(faults.Sites()))
	table[point.ID()] = faults.All
	return table
}

// race has two tasks of k points each; it is hit if b's last point comes before
// a's first.
func race(k int, hit *bool) func(context.Context, *engine.Engine) {
	return func(ctx context.Context, e *engine.Engine) {
		var wg sync.WaitGroup
		begun := false
		for _, name := range []string{"a", "b"} {
			child := faults.WithTask(ctx, name)
			wg.Add(1)
			go func() {
				defer wg.Done()
				for i := range k {
					point.At(child)
					begun = begun || name == "a"
					if name == "b" && i == k-1 && !begun {
						*hit = true
					}
				}
			}()
		}
		wg.Wait()
	}
}

// hits counts how many of n runs under s hit the race.
func hits(s choose.Strategy, k, n int) int {
	count := 0
	for run := range n {
		hit := false
		d := choose.Draw(1, run, s, choose.Settings{Steps: 2 * k})
		engine.Run(engine.Config{Chooser: d}, race(k, &hit))
		if hit {
			count++
		}
	}
	return count
}

func TestPCTKeepsItsBound(t *testing.T) {
	g := NewWithT(t)
	const n, k, d = 3, 10, 1 // main, a, b; b has to outrank a from the start
	bound := 1 / (n * math.Pow(2*k, d-1))
	g.Expect(float64(hits(&choose.PCT{Depth: 1}, k, 600)) / 600).To(BeNumerically(">=", bound*0.9))
}

func TestWalkHardlyEverKeepsOneTaskAway(t *testing.T) {
	g := NewWithT(t)
	const runs = 600
	g.Expect(hits(&choose.Walk{}, 10, runs)).To(BeNumerically("<", runs/20), "ten coin tosses in a row: this is what PCT is for")
	g.Expect(hits(&choose.Walk{}, 1, runs)).To(BeNumerically("~", runs/2, runs/8))
	g.Expect(hits(choose.Calm{}, 1, runs)).To(BeZero())
}

// storm runs points in two tasks and lists the strikes.
func storm(c engine.Chooser) *history.Run {
	return engine.Run(engine.Config{Chooser: c, Allow: allow()}, func(ctx context.Context, e *engine.Engine) {
		e.Param(ctx, "size", 1000)
		var wg sync.WaitGroup
		for _, name := range []string{"a", "b"} {
			child := faults.WithTask(ctx, name)
			wg.Add(1)
			go func() {
				defer wg.Done()
				defer func() { _ = recover() }()
				for range 20 {
					point.At(child)
				}
			}()
		}
		wg.Wait()
	}).History()
}

func TestFaultsDoNotDependOnTheSchedule(t *testing.T) {
	g := NewWithT(t)
	struck := 0
	for run := range 50 {
		// Failures end a task early, and clock moves are the schedule's own.
		settings := choose.Settings{Kinds: faults.Error | faults.Delay}
		sets := map[string]bool{}
		for _, s := range []choose.Strategy{choose.Calm{}, &choose.Walk{}, &choose.PCT{Depth: 3}} {
			strikes := storm(choose.Draw(7, run, s, settings)).Struck()
			struck += len(strikes)
			set := map[string]int{}
			for _, strike := range strikes {
				set[strike.String()]++
			}
			sets[fmt.Sprint(set)] = true
		}
		g.Expect(sets).To(HaveLen(1), "run %d", run)
	}
	g.Expect(struck).To(BeNumerically(">", 50))
}

func TestSwarmVariesAndStaysInside(t *testing.T) {
	g := NewWithT(t)
	seen := map[faults.Kind]int{}
	for run := range 300 {
		for _, s := range storm(choose.Draw(3, run, choose.Calm{}, choose.Settings{Kinds: faults.Error | faults.Panic | faults.Delay})).Struck() {
			seen[s.Fault.Kind]++
		}
	}
	g.Expect(seen).To(HaveLen(3))
	for kind, n := range seen {
		g.Expect(faults.Error|faults.Panic|faults.Delay).To(Equal(faults.Error|faults.Panic|faults.Delay|kind), "%v", kind)
		g.Expect(n).To(BeNumerically(">", 10), "%v", kind)
	}
}

func TestTapeOfADrawnRunReplaysIt(t *testing.T) {
	g := NewWithT(t)
	settings := choose.Settings{Kinds: point.Allows, Steps: 40}
	long := 0
	for run := range 200 {
		strategy := choose.Portfolio()[run%4]
		first := engine.Run(engine.Config{Chooser: choose.Draw(11, run, strategy, settings), Allow: allow()}, family)
		choices, total := first.Choices()
		g.Expect(total).To(BeNumerically(">=", len(choices)))
		chooser := choose.Replay(choices)
		second := engine.Run(engine.Config{Chooser: chooser, Allow: allow()}, family)
		g.Expect(second.History().Hash).To(Equal(first.History().Hash), "run %d", run)
		g.Expect(chooser.Unused()).To(BeEmpty())
		long = max(long, len(choices))
	}
	g.Expect(long).To(BeNumerically(">", 20), "the test is about long tapes too")
}

func family(ctx context.Context, e *engine.Engine) {
	var wg sync.WaitGroup
	for range 2 + e.Param(ctx, "size", 3) {
		child := faults.WithTask(ctx, "child")
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { _ = recover() }()
			for range 5 + e.Param(child, "points", 4) {
				point.At(child)
			}
		}()
	}
	wg.Wait()
}

func TestAParameterThatIsTooLargeIsCutAndNamed(t *testing.T) {
	g := NewWithT(t)
	size := func(value int) tape.Choice {
		return tape.Choice{Kind: tape.Param, Place: tape.Place{Task: "main"}, Name: "size", Value: value}
	}
	for value, cuts := range map[int][]choose.Cut{1: nil, 2: nil, 3: {{Choice: size(3), Largest: 2}}, 99: {{Choice: size(99), Largest: 2}}} {
		chooser := choose.Replay([]tape.Choice{size(value)})
		e := engine.Run(engine.Config{Chooser: chooser, Allow: allow()}, family)
		taken, _ := e.Choices()
		g.Expect(taken).To(Equal([]tape.Choice{size(min(value, 2))}))
		g.Expect(chooser.Cuts()).To(Equal(cuts))
		g.Expect(chooser.Unused()).To(BeEmpty())
	}
}

func TestUnusedNamesWhatFoundNoPlace(t *testing.T) {
	g := NewWithT(t)
	settings := choose.Settings{Kinds: faults.Error | faults.Delay, Steps: 40}
	for run := range 50 {
		e := engine.Run(engine.Config{Chooser: choose.Draw(13, run, &choose.Walk{}, settings), Allow: allow()}, family)
		choices, _ := e.Choices()
		if len(choices) < 3 {
			continue
		}
		chooser := choose.Replay(choices)
		engine.Run(engine.Config{Chooser: chooser, Allow: allow()}, func(context.Context, *engine.Engine) {})
		g.Expect(chooser.Unused()).To(HaveLen(len(choices)))
		return
	}
	t.Fatal("no run had three choices")
}

func TestPlannedFaultsStrikeInEveryRun(t *testing.T) {
	g := NewWithT(t)
	plan, err := faults.ParsePlan("choose/point #3 in b: error \"boom\"")
	g.Expect(err).NotTo(HaveOccurred())
	for run := range 20 {
		d := choose.Draw(1, run, &choose.Walk{}, choose.Settings{Kinds: faults.All, Plan: plan})
		g.Expect(faults.Plan(storm(d).Struck()).String()).To(Equal(plan.String()))
	}
}
