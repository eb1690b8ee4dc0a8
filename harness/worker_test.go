package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/result"
)

// asked is what a worker with these scenarios answers to the batches, in the
// order in which it does.
func asked(t *testing.T, box *blackBox, scenarios []Scenario, batches ...batch.Batch) (answers []batch.Answer) {
	t.Helper()
	g := NewWithT(t)
	var in, out bytes.Buffer
	for _, b := range batches {
		g.Expect(json.NewEncoder(&in).Encode(b)).To(Succeed())
	}
	g.Expect(serve(scenarios, &in, &out, box)).To(Succeed())
	for lines := json.NewDecoder(&out); lines.More(); {
		var a batch.Answer
		g.Expect(lines.Decode(&a)).To(Succeed())
		answers = append(answers, a)
	}
	return answers
}

func failing(r *Run) {
	n := r.Int("size", 1, 20)
	r.Sometimes("a big one", n > 15)
	if n == 13 {
		r.Broken("", "%s", strings.Repeat("too much ", 1000))
	}
}

var sold = []Scenario{
	{ID: "S1", Title: "fails", Body: failing, Facts: []string{"a big one"}},
	{ID: "S2", Title: "is watched", Body: func(r *Run) { r.Sometimes("overlap", true) }, Facts: []string{"overlap"}, Controls: []Control{
		{Name: "breaks", Breaks: "P-EXPECT", Body: failing},
		{Name: "sequential", Breaks: "P-SOMETIMES", Task: "overlap", Body: func(r *Run) { r.Sometimes("overlap", false) }, Runs: 20},
		{Name: "harmless", Breaks: "P-EXPECT", Body: func(*Run) {}, Runs: 20},
	}},
}

func TestWorker(t *testing.T) {
	g := NewWithT(t)
	answers := asked(t, nil, sold,
		batch.Batch{Index: 1, Scenario: "S1", Seed: 3, Runs: 200},
		batch.Batch{Index: 2, Scenario: "S1", Seed: 3, Runs: 200, Familiar: []string{"P-EXPECT main"}},
		batch.Batch{Index: 3, Scenario: "S2", Seed: 3, Runs: 50},
		batch.Batch{Index: 4, Scenario: "S2", Control: "breaks", Seed: 3},
		batch.Batch{Index: 5, Scenario: "S2", Control: "sequential", Seed: 3},
		batch.Batch{Index: 6, Scenario: "S2", Control: "harmless", Seed: 3},
	)
	g.Expect(answers).To(HaveLen(8))
	var ids []string
	for _, s := range answers[0].Ready.Scenarios {
		ids = append(ids, s.ID)
		g.Expect(s.Canary).To(Equal(s.ID == CanaryID))
	}
	g.Expect(ids).To(Equal([]string{"S1", "S2", CanaryID}))

	f := answers[1].Finding
	g.Expect(f.Verdict).To(Equal(result.Broken))
	g.Expect(f.Signature).To(Equal("P-EXPECT main"))
	g.Expect(f.Storm).To(Equal([]string{"1. parameter size of main is 12 above its smallest value"}))
	g.Expect(len(f.Message)).To(BeNumerically("<", 3000))
	first, second := answers[2].Outcome, answers[3].Outcome
	g.Expect(first.Runs).To(BeEquivalentTo(200))
	g.Expect(first.Failed).To(HaveLen(1))
	g.Expect(first.Failed[0].Count).To(BeNumerically(">", 1))
	g.Expect(first.Facts).To(Equal([]string{"a big one"}))
	g.Expect([]any{second.Hash, second.Failed, second.Runs}).To(Equal([]any{first.Hash, first.Failed, first.Runs}), "what is familiar is counted all the same")

	var caught []bool
	for _, a := range answers[4:] {
		caught = append(caught, a.Outcome.Caught)
	}
	g.Expect(caught).To(Equal([]bool{false, true, true, false}))

	again := asked(t, nil, sold, batch.Batch{Index: 9, Scenario: "S1", Tape: f.Tape})
	g.Expect(again[1].Finding.Signature).To(Equal(f.Signature))
	g.Expect(again[2].Outcome.Index).To(BeEquivalentTo(9))
}

func TestAWorkerRefuses(t *testing.T) {
	for want, b := range map[string]batch.Batch{
		`unknown scenario "S9"`:              {Scenario: "S9"},
		`scenario S1 has no control "other"`: {Scenario: "S1", Control: "other"},
		`tape: `:                             {Scenario: "S1", Tape: "no tape"},
		`recorded by version 7`:              {Scenario: "S1", Tape: "squall tape 1\nscenario S1 version 7\nend\n"},
	} {
		NewWithT(t).Expect(asked(t, nil, sold, b)[1].Refused).To(ContainSubstring(want))
	}
}

func TestFailuresOfOneKindAreCountedTogether(t *testing.T) {
	s := []Scenario{{ID: "S1", Body: func(r *Run) { r.Broken(fmt.Sprintf("P-LOT%d", r.Int("lot", 1, 9)), "lost") }}}
	answers := asked(t, nil, s, batch.Batch{Scenario: "S1", Seed: 3, Runs: 40})
	NewWithT(t).Expect(answers[len(answers)-1].Outcome.Failed).To(Equal([]batch.Failed{{Kind: "P-LOTN main", Count: 40}}))
}

// The soak learns from the end of the process that there is no outcome, and from
// the finding what it died of.
func TestAWorkerIsOfNoMoreUseAfterAWedge(t *testing.T) {
	g := NewWithT(t)
	watchdog := current.watchdog
	current.watchdog = 50 * time.Millisecond
	never := make(chan struct{})
	t.Cleanup(func() {
		close(never)
		current.watchdog = watchdog
	})
	s := append(slices.Clone(sold), Scenario{ID: "S3", Body: func(*Run) { <-never }}) // made outside of the bubble, which cannot tell that it is stuck
	var in, out bytes.Buffer
	for _, id := range []string{"S3", "S1"} {
		g.Expect(json.NewEncoder(&in).Encode(batch.Batch{Scenario: id, Runs: 3})).To(Succeed())
	}
	g.Expect(serve(s, &in, &out, nil)).To(MatchError(errWedged))
	lines := json.NewDecoder(&out)
	var ready, told batch.Answer
	g.Expect(lines.Decode(&ready)).To(Succeed())
	g.Expect(lines.Decode(&told)).To(Succeed())
	g.Expect(ready.Ready).NotTo(BeNil())
	g.Expect(told.Finding.Verdict).To(Equal(result.Wedged))
	g.Expect(lines.More()).To(BeFalse(), "no outcome, and no other batch")
}

func TestAWorkerSaysThatARaceHasSpentIt(t *testing.T) {
	g := NewWithT(t)
	g.Expect(outcome(explore.Subject{}, batch.Batch{}, &explore.Report{Raced: true}).Spent).To(BeTrue())
	g.Expect(outcome(explore.Subject{}, batch.Batch{}, &explore.Report{}).Spent).To(BeFalse())
}

func TestAWorkerLeavesOutRunsAndWritesDownOne(t *testing.T) {
	g := NewWithT(t)
	var ran []int
	s := []Scenario{{ID: "S1", Body: func(r *Run) { ran = append(ran, r.Int("size", 1, 1000)) }}}
	var choices bytes.Buffer
	b := batch.Batch{Scenario: "S1", Seed: 3, Runs: 9}
	asked(t, &blackBox{choices: &choices}, s, b)
	all := slices.Clone(ran)
	b.Skip, b.Autopsy, b.AutopsyRun, ran = []int{1, 3}, true, 4, nil
	out := asked(t, &blackBox{choices: &choices}, s, b)[1].Outcome
	g.Expect(out.Runs).To(BeEquivalentTo(3), "0, 2 and 4")
	g.Expect(ran).To(Equal([]int{all[0], all[2], all[4]}))
	g.Expect(choices.String()).To(MatchRegexp(`^param size in main = \d+\n$`))
}

func TestTheCanaryIsFoundWithinTheRunsAfterWhichASoakIsBlind(t *testing.T) {
	g := NewWithT(t)
	for seed := range uint64(10) {
		report := explore.Explore(canary.subject(), explore.Settings{Seed: seed, Runs: 1000})
		g.Expect(report.Verdict).To(Equal(explore.Broken))
	}
}
