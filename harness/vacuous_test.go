package harness

import (
	"context"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
)

// inWords is the text without its line breaks.
func inWords(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestAPropertyWithNothingToJudgeNamesTheCallThatIsMissing(t *testing.T) {
	calls := map[string]string{"P-CONTEXT": "Run.Carries", "P-CONSERVE": "Run.Ledger", "P-LINEAR": "Run.Object", "P-HEAL": "Run.Heal"}
	for _, p := range judge.All() {
		t.Run(p.ID, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(p.IsParticular()).To(Equal(calls[p.ID] != ""), "each particular property is in the table")
			s := Scenario{ID: "X1", Title: "pay", Properties: []string{p.ID}, Body: func(r *Run) { r.Step(r.Context()) }}
			report := explore.Explore(s.subject(), explore.Settings{Seed: 1, Runs: 5})
			text := inWords(explain(s.subject(), report, ""))
			if !p.IsParticular() {
				g.Expect(report.Verdict).To(Equal(explore.Held))
				return
			}
			g.Expect(report.Unseen).To(Equal([]string{"anything for " + p.ID + " to judge"}), "its name in results stays")
			g.Expect(text).To(ContainSubstring("anything for " + p.ID + " to judge: " + p.Needs()))
			g.Expect(p.Needs()).To(ContainSubstring(calls[p.ID]))
		})
	}
}

func TestAScenarioWithNothingToDecideSaysTheWayOut(t *testing.T) {
	g := NewWithT(t)
	text := func(body func(*Run), strikes ...Allow) string {
		s := Scenario{ID: "X1", Title: "pay", Faults: strikes, Body: body}
		return inWords(explain(s.subject(), explore.Explore(s.subject(), explore.Settings{Seed: 1, Runs: 5}), ""))
	}
	g.Expect(text(func(*Run) {})).To(And(HavePrefix("X1 pay: VACUOUS 5 runs, and nothing is proved no run came to a failpoint"),
		ContainSubstring("hand it r.Context(), or draw what varies with Run.Int")))
	g.Expect(text(func(r *Run) { r.Step(context.Background()) })).To(ContainSubstring("harness/step was reached in a context without a task: hand r.Context() down to it"))
	g.Expect(text(func(*Run) {}, Strike("harness/run", faults.Error))).To(And(
		ContainSubstring("never struck: harness/run: error: no run reached harness/run"), Not(ContainSubstring("had a choice"))), "one reason is enough")
	g.Expect(text(func(r *Run) { r.Step(r.Context()) })).To(HavePrefix("X1 pay: held"))
}

func TestASharedTaskNamesTheFailpoints(t *testing.T) {
	g := NewWithT(t)
	s := Scenario{ID: "X1", Title: "pay", Body: func(r *Run) {
		for range 2 {
			go r.Step(r.Context())
		}
		_ = r.Sleep(context.Background(), 1)
	}}
	report := explore.Explore(s.subject(), explore.Settings{Seed: 1, Runs: 5})
	g.Expect(report.Verdict).To(Equal(explore.Flaky))
	g.Expect(explain(s.subject(), report, "")).To(ContainSubstring(`the task "main" was used by two goroutines at once (both at harness/step), so`))
	g.Expect(standingAt([2]string{"harness/run", "harness/step"})).To(Equal("at harness/run and at harness/step"))

	var point faults.Site
	faults.Register("m", "m/till", "till.go", 12, "charge", &point)
	faults.Register("m", "m/till", "till.go", 40, "charge", &point)
	g.Expect(located("till/charge")).To(Equal("till/charge in till.go:12 or till.go:40"))
}
