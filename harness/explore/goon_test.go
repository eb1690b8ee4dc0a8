package explore_test

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/tape"
)

func TestGoingOnCountsEveryFailureAndShrinksOneOfEach(t *testing.T) {
	g := NewWithT(t)
	var found []*explore.Finding
	set := explore.Settings{Seed: 1, Runs: 2000, Found: func(f *explore.Finding) { found = append(found, f) }}
	r := explore.Explore(subject(canary), set)

	g.Expect(r.Verdict).To(Equal(explore.Broken))
	g.Expect(r.Runs).To(Equal(2000), "the exploration went on")
	g.Expect(found).To(HaveLen(1))
	g.Expect(found[0].Signature).To(Equal("P-CANARY worker#2"))
	g.Expect(found[0].Report.Verdict).To(Equal(explore.Broken))
	g.Expect(found[0].Report.Counterexample.Tape.Choices).To(HaveLen(2))
	g.Expect(found[0].Report.Counterexample.Unshrunk).To(BeEmpty())
	g.Expect(r.Failures["P-CANARY worker#2"]).To(BeNumerically(">", 1))

	first := explore.Explore(subject(canary), explore.Settings{Seed: 1, Runs: 2000}).Counterexample
	g.Expect(found[0].Report.Counterexample.Tape).To(Equal(first.Tape), "the same one as when it stops there")
}

func TestAFamiliarFailureIsCountedAndChangesNothingElse(t *testing.T) {
	g := NewWithT(t)
	told := 0
	set := explore.Settings{Seed: 1, Runs: 1000, Found: func(*explore.Finding) { told++ }}
	fresh := explore.Explore(subject(canary), set)
	g.Expect(told).To(Equal(1))
	set.Familiar = func(signature string) bool { return signature == "P-CANARY worker#2" }
	known := explore.Explore(subject(canary), set)
	g.Expect(told).To(Equal(1))
	g.Expect(known.Failures).To(Equal(fresh.Failures))
	g.Expect(known.Hash).To(Equal(fresh.Hash))
	g.Expect(known.Coverage).To(Equal(fresh.Coverage))
	g.Expect(known.Handovers).To(Equal(fresh.Handovers))
}

func TestGoingOnTellsOfNondeterminismOnce(t *testing.T) {
	g := NewWithT(t)
	var found []*explore.Finding
	s := subject(func(ctx context.Context, e *engine.Engine) {
		for k := range map[int]bool{0: true, 1: true, 2: true, 3: true} {
			if k == 0 {
				workPoint.At(ctx)
			}
			break
		}
		workPoint.At(ctx)
	})
	r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 1000, Found: func(f *explore.Finding) { found = append(found, f) }})
	g.Expect(r.Runs).To(Equal(1000))
	g.Expect(found).To(HaveLen(1))
	g.Expect(found[0].Signature).To(Equal("flaky"))
	g.Expect(found[0].Report.First.Hash).NotTo(Equal(found[0].Report.Second.Hash))
	g.Expect(r.Verdict).To(Equal(explore.Broken))
}

func TestARecordedRunIsWhatItsTapeSays(t *testing.T) {
	g := NewWithT(t)
	recorded := map[int][]tape.Choice{}
	begun := 0
	set := explore.Settings{Seed: 3, Runs: 2000, Begun: func(int) { begun++ },
		Record: func(run int, c tape.Choice) { recorded[run] = append(recorded[run], c) }}
	r := explore.Explore(subject(canary), set)
	g.Expect(r.Verdict).To(Equal(explore.Broken))
	g.Expect(begun).To(Equal(r.Counterexample.FoundAt))
	found := r.Counterexample.Found
	g.Expect(recorded[found.Run]).To(Equal(found.Choices))
}

func TestSkippedRunsAreLeftOut(t *testing.T) {
	g := NewWithT(t)
	var begun []int
	set := explore.Settings{Seed: 1, Runs: 5, Skip: []int{0, 3}, Begun: func(run int) { begun = append(begun, run) }}
	explore.Explore(subject(func(ctx context.Context, _ *engine.Engine) { workPoint.At(ctx) }), set)
	g.Expect(begun).To(Equal([]int{1, 2, 4}))
}

func TestAPropertyWithNothingToJudgeIsVacuous(t *testing.T) {
	g := NewWithT(t)
	s := subject(func(ctx context.Context, _ *engine.Engine) { workPoint.At(ctx) })
	s.Properties = []judge.Property{judge.Linear}
	r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 50})
	g.Expect(r.Verdict).To(Equal(explore.Vacuous))
	g.Expect(r.Unseen).To(Equal([]string{"anything for P-LINEAR to judge"}))
}
