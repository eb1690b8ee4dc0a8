package harness

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
)

func TestControlOfAFactIsCaughtByVacuity(t *testing.T) {
	g := NewWithT(t)
	s := Scenario{ID: "X1", Body: func(*Run) {}, Facts: []string{"overlap", "timeout"}, Properties: []string{"P-LEAK"}}
	c := Control{Name: "sequential", Breaks: "P-SOMETIMES", Task: "overlap", Body: func(r *Run) {
		r.Sometimes("overlap", false)
		r.Broken("", "another property has no say here")
	}}
	g.Expect(func() { c.check(&s) }).NotTo(Panic())

	report := explore.Explore(s.control(c), explore.Settings{Seed: 1, Runs: 20})
	g.Expect(report.Verdict).To(Equal(explore.Vacuous))
	g.Expect(report.Unseen).To(Equal([]string{"overlap"}), "and not what the scenario's own body shows")
	g.Expect(c.caught(report)).To(BeTrue())

	c.Body = func(r *Run) { r.Sometimes("overlap", true) }
	g.Expect(c.caught(explore.Explore(s.control(c), explore.Settings{Seed: 1, Runs: 20}))).To(BeFalse(), "it overlaps")
	c.Body = func(r *Run) { r.Sometimes("overlap", true); r.Sometimes("another", false) }
	g.Expect(c.caught(explore.Explore(s.control(c), explore.Settings{Seed: 1, Runs: 20}))).To(BeFalse(), "vacuous for another reason")

	c.Task = "overlaps"
	g.Expect(func() { c.check(&s) }).To(PanicWith(`harness: control "sequential" of scenario "X1" breaks P-SOMETIMES, and "overlaps" is none of the scenario's Facts`))
	c.Breaks = "P-NONE"
	g.Expect(func() { c.check(&s) }).To(Panic())
}

func TestTheWriterOfAControlIsToldWhyItWasNotCaught(t *testing.T) {
	g := NewWithT(t)
	s := Scenario{ID: "X1", Properties: []string{"P-LEAK"}}
	why := func(c Control) string {
		set := explore.Settings{Seed: 1, Runs: 20}
		report := explore.Explore(s.control(c), set)
		g.Expect(c.caught(report)).To(BeFalse())
		return missed(s, c, report, set)
	}
	breaks := func(r *Run) {
		r.Step(r.Context())
		r.Broken("", "3 letters were lost")
	}

	g.Expect(why(Control{Name: "loses", Story: "it drops some", Breaks: "P-LEAK", Body: breaks})).To(Equal(
		`X1: the control "loses" (it drops some) was not caught by P-LEAK in 20 runs (held): the scenario proves nothing` + "\n" +
			"  it was broken otherwise: P-EXPECT in main: 3 letters were lost\n"))
	g.Expect(why(Control{Breaks: "P-EXPECT", Task: "postman", Body: breaks})).To(And(
		ContainSubstring(`was not caught by P-EXPECT about "postman" in`), ContainSubstring("otherwise: P-EXPECT in main: 3 letters were lost\n")))
	g.Expect(why(Control{Breaks: "P-LEAK", Body: func(r *Run) { r.Sometimes("a storm", false); breaks(r) }})).To(
		ContainSubstring("otherwise: P-EXPECT in main: 3 letters were lost\n"), "vacuous, and broken otherwise")
	g.Expect(why(Control{Breaks: "P-LEAK", Body: func(r *Run) { r.Sometimes("a storm", false) }})).To(MatchRegexp("never seen: +a storm"))
	g.Expect(why(Control{Breaks: "P-STARVE", Body: breaks})).To(ContainSubstring("otherwise: P-EXPECT in main"), "what only the control names is judged too")
	g.Expect(why(Control{Breaks: "P-LEAK", Body: func(r *Run) { r.Step(r.Context()) }})).To(HaveSuffix("\n  nothing else was broken either; 0 faults struck\n"))
	g.Expect(why(Control{Breaks: "P-LEAK", Body: func(*Run) {}})).To(ContainSubstring("no run came to a failpoint or had a choice to make"))
}

func TestAControlIsCaughtByWhatItBreaksAndNothingElse(t *testing.T) {
	by := func(property string) *explore.Report {
		return &explore.Report{Verdict: explore.Broken, Counterexample: &explore.Counterexample{Findings: []judge.Finding{{Property: property}}}}
	}
	for _, test := range []struct {
		breaks, broken string
		caught         bool
	}{
		{"P-LEAK", "P-LEAK", true},
		{"P-LEAK", "P-STARVE", false},
		{"P-LEAK", "P-RACE", false},
		{"P-EXPECT", "P-EXPECT", true},
		{"P-EXPECT", "P-CANCEL", true}, // an expectation may name a property
		{"P-EXPECT", "P-RACE", false},
		{"P-SOMETIMES", "P-RACE", false},
	} {
		c := Control{Breaks: test.breaks}
		NewWithT(t).Expect(c.caught(by(test.broken))).To(Equal(test.caught), "%s breaks %s", test.broken, test.breaks)
	}
}
