package explore_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/tape"
)

// On the real clock a failure is believed when it comes again: not only at once,
// but not by waiting for ever either.
func TestWallFailureIsBelievedWhenItRecurs(t *testing.T) {
	for _, c := range []struct {
		name    string
		breaks  func(run int) bool // run counts from 1, repetitions included
		verdict explore.Verdict
		runs    int
	}{
		{"never", func(int) bool { return false }, explore.Held, 10},
		{"always", func(int) bool { return true }, explore.Broken, 2},
		{"every third time", func(run int) bool { return run%3 == 0 }, explore.Broken, 6},
		{"once", func(run int) bool { return run == 4 }, explore.Flaky, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			runs := 0
			s := subject(func(ctx context.Context, e *engine.Engine) {
				runs++
				if c.breaks(runs) {
					e.Record(ctx, history.Expected, "P-CANARY", context.Canceled)
				}
			})
			s.Mode, s.Faults = engine.Wall, nil
			r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 10})
			g.Expect(r.Verdict).To(Equal(c.verdict))
			g.Expect(runs).To(Equal(c.runs))
			if r.Counterexample != nil {
				g.Expect(r.Counterexample.Unshrunk).NotTo(BeEmpty(), "nobody calls its storm the smallest")
			}
			g.Expect(len(r.Luck) > 0).To(Equal(c.verdict == explore.Flaky), "it tells what had broken")
		})
	}
}

// TestAnInjectedDelayIsNoWedge: the watchdog waits on the real clock, and so does
// the delay.
func TestAnInjectedDelayIsNoWedge(t *testing.T) {
	const watchdog = 300 * time.Millisecond
	plan, err := faults.ParsePlan("canary/work #1 in main: delay 700ms")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, c := range []struct {
		name    string
		body    func(ctx context.Context)
		verdict explore.Verdict
	}{
		{"a delay longer than the watchdog waits", func(ctx context.Context) { workPoint.At(ctx) }, explore.Held},
		{"control: a wait of its own", func(ctx context.Context) { <-ctx.Done() }, explore.Wedged},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := subject(func(ctx context.Context, _ *engine.Engine) { c.body(ctx) })
			s.Mode, s.Budget = engine.Wall, time.Second // after which the control comes back
			g.Expect(explore.Explore(s, explore.Settings{Seed: 1, Runs: 1, Watchdog: watchdog, Plan: plan}).Verdict).To(Equal(c.verdict))
		})
	}
}

func TestDelaysOnTheRealClockAreShortBesideTheWatchdog(t *testing.T) {
	longest := func(mode engine.Mode) (d time.Duration) {
		s := subject(func(ctx context.Context, _ *engine.Engine) { workPoint.At(ctx) })
		s.Mode, s.Faults = mode, []explore.Allow{{Sites: "canary/work", Kinds: faults.Delay}}
		s.Durations = []time.Duration{2 * time.Second}
		explore.Explore(s, explore.Settings{Seed: 1, Runs: 20, Watchdog: time.Second,
			Record: func(_ int, c tape.Choice) { d = max(d, c.Fault.Delay) }})
		return d
	}
	g := NewWithT(t)
	g.Expect(longest(engine.Wall)).To(Equal(100*time.Millisecond), "a tenth")
	g.Expect(longest(engine.Controlled)).To(BeNumerically(">=", 2*time.Second-1), "control: virtual time costs nothing")
}
