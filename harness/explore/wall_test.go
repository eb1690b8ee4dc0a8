package explore_test

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
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
