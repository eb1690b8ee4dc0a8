package explore_test

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
)

var (
	shyPoint = faults.Site{Name: "shy", Allows: faults.Drop}
	farPoint = faults.Site{Name: "far", Allows: faults.Error}
)

func init() {
	faults.Register("m", "m/quiet", "silence_test.go", 1, "shy", &shyPoint)
	faults.Register("m", "m/quiet", "silence_test.go", 2, "far", &farPoint)
	faults.Register("m", "m/quiet/bare", "silence_test.go", 3, "marker", nil)
}

// TestWhyNothingStruck: each cause has a sentence of its own, and the way out.
func TestWhyNothingStruck(t *testing.T) {
	idle := func(context.Context, *engine.Engine) {}
	far := func(ctx context.Context, e *engine.Engine) { farPoint.At(ctx) }
	for _, c := range []struct {
		name, sites string
		kinds       faults.Kind
		body        func(context.Context, *engine.Engine)
		says        string
	}{
		{"no failpoint matches", "quiet/fra", faults.Error, far,
			`quiet/fra: matches no failpoint (did you mean "quiet/far"?); squall sites lists them all`},
		{"nor a prefix of one", "queit/...", faults.Error, far,
			`queit/...: matches no failpoint (did you mean "quiet/..."?); squall sites lists them all`},
		{"none allows it", "quiet/shy", faults.Error | faults.Delay, far,
			`quiet/shy: error|delay: no failpoint that matches allows it: quiet/shy allows drop`},
		{"a bare marker", "quiet/bare/...", faults.Error, far,
			`quiet/bare/...: matches bare pingcap markers alone (quiet/bare/marker), which strike by their own terms; give each of them a faults.Site`},
		{"never reached", "quiet/...", faults.Error, idle,
			`quiet/...: error: no run reached quiet/far; call the code there from the body`},
		{"reached without a task", "quiet/far", faults.Error, func(context.Context, *engine.Engine) { farPoint.At(context.Background()) },
			`quiet/far: error: quiet/far was reached only in a context without a task; hand r.Context() down to it, or what is derived from it, in place of context.Background()`},
		{"reached when nothing strikes", "quiet/far", faults.Error, func(ctx context.Context, e *engine.Engine) { e.Heal(ctx); farPoint.At(ctx) },
			`quiet/far: error: reached, and struck in none of 50 runs (after Run.Heal nothing strikes); give --runs more`},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := subject(c.body)
			s.Faults = []explore.Allow{{Sites: c.sites, Kinds: c.kinds}}
			r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 50})
			g.Expect(r.Verdict).To(Equal(explore.Vacuous))
			g.Expect(r.Dead).To(Equal([]string{c.says}))
		})
	}
	t.Run("control: it struck", func(t *testing.T) {
		g := NewWithT(t)
		s := subject(far)
		s.Faults = []explore.Allow{{Sites: "quiet/...", Kinds: faults.Error}}
		r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 50})
		g.Expect(r.Verdict).To(Equal(explore.Held))
		g.Expect(r.Dead).To(BeEmpty())
	})
}

func TestWhyAPlannedFaultDidNotStrike(t *testing.T) {
	body := func(ctx context.Context, e *engine.Engine) {
		farPoint.At(faults.WithTask(ctx, "order"))
		workPoint.At(context.Background())
		e.Heal(ctx)
		farPoint.At(ctx)
	}
	for strike, says := range map[string]string{
		`quiet/far #1 in oder: error "boom"`:    `: no task oder came there (did you mean "order"?); these did: main, order`,
		`quiet/far #2 in order: error "boom"`:   `: its last visit there is #1`,
		`quiet/far #1 in main: error "boom"`:    `: it came there after Run.Heal, when nothing strikes`,
		`quiet/shy #1 in order: drop`:           `: no run reached quiet/shy; call the code there from the body`,
		`canary/work #1 in order: error "boom"`: `: canary/work was reached only in a context without a task; hand r.Context() down to it, or what is derived from it, in place of context.Background()`,
	} {
		t.Run(strike, func(t *testing.T) {
			g := NewWithT(t)
			plan, err := faults.ParsePlan(strike)
			g.Expect(err).NotTo(HaveOccurred())
			r := explore.Explore(subject(body), explore.Settings{Seed: 1, Runs: 5, Plan: plan})
			g.Expect(r.Verdict).To(Equal(explore.Vacuous))
			g.Expect(r.Dead).To(Equal([]string{strike + says}))
		})
	}
}

// TestRunsWithNothingToDecideAreVacuous: each of them is the first one again.
func TestRunsWithNothingToDecideAreVacuous(t *testing.T) {
	for _, c := range []struct {
		name    string
		body    func(context.Context, *engine.Engine)
		mode    engine.Mode
		verdict explore.Verdict
	}{
		{"nothing", func(context.Context, *engine.Engine) {}, engine.Controlled, explore.Vacuous},
		{"nothing, in free mode", func(context.Context, *engine.Engine) {}, engine.Free, explore.Vacuous},
		{"a failpoint without a task", func(context.Context, *engine.Engine) { farPoint.At(context.Background()) }, engine.Controlled, explore.Vacuous},
		{"control: a failpoint", func(ctx context.Context, _ *engine.Engine) { farPoint.At(ctx) }, engine.Controlled, explore.Held},
		{"control: a parameter", func(ctx context.Context, e *engine.Engine) { e.Param(ctx, "n", 3) }, engine.Controlled, explore.Held},
		{"control: the real clock", func(context.Context, *engine.Engine) {}, engine.Wall, explore.Held},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := subject(c.body)
			s.Faults, s.Mode = nil, c.mode
			r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 20})
			g.Expect(r.Verdict).To(Equal(c.verdict))
			g.Expect(r.Unvisited).To(Equal(c.verdict == explore.Vacuous))
		})
	}
}
