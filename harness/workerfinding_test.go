package harness

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/linear"
	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/harness/tape"
)

// Whoever shows the message shows the scenario and the verdict beside it.
func TestTheMessageOfAFindingIsWhatNobodyElseSays(t *testing.T) {
	long := strings.Repeat("a long title ", 8)
	step := history.Step{Site: "scope/lock", Hit: 2, Task: &history.Task{Path: "pool/A"}}
	for _, test := range []struct {
		title, message string
		report         explore.Report
	}{
		{"pay", "no step for 2s of real time; the last one: scope/lock #2 in pool/A", explore.Report{Verdict: explore.Wedged, WedgedAfter: 2 * time.Second, WedgeLast: &step}},
		{long, "no step for 2s of real time", explore.Report{Verdict: explore.Wedged, WedgedAfter: 2 * time.Second}},
		{"pay", "one tape gave two runs: something is decided outside it", explore.Report{Verdict: explore.Flaky}},
		{long, "one tape gave two runs: something is decided outside it", explore.Report{Verdict: explore.Flaky}},
		{"pay", "interrupted after 3 runs, which held", explore.Report{Verdict: explore.Inconclusive, Stopped: true, Runs: 3}},
	} {
		f := finding(explore.Subject{ID: "X1", Title: test.title}, batch.Batch{}, &explore.Finding{Report: &test.report})
		NewWithT(t).Expect(f.Message).To(Equal(test.message))
	}
}

func TestAFindingSaysWhyItsStormIsNotTheSmallest(t *testing.T) {
	g := NewWithT(t)
	c := notLinear()
	unshrunk := func(r explore.Report) string {
		return finding(explore.Subject{ID: "X1"}, batch.Batch{}, &explore.Finding{Report: &r}).Unshrunk
	}
	g.Expect(unshrunk(explore.Report{Verdict: explore.Broken, Counterexample: c})).To(BeEmpty())
	c.Unshrunk = "it did not fail again"
	g.Expect(unshrunk(explore.Report{Verdict: explore.Broken, Counterexample: c})).To(Equal("it did not fail again"))
	g.Expect(unshrunk(explore.Report{Verdict: explore.Wedged, WedgeTape: &tape.Tape{}})).To(Equal("each try would take as long as the watchdog waits"))
	g.Expect(unshrunk(explore.Report{Verdict: explore.Flaky, FlakyTape: &tape.Tape{}})).To(Equal("it does not come to the same each time"))
}

// The text has the frames that tell something, the dump has them all.
func TestAFindingHasWhatTheRaceDetectorSaid(t *testing.T) {
	g := NewWithT(t)
	c := notLinear()
	c.Findings = []judge.Finding{{Property: "P-RACE", Message: "read in a.F and write in a.G"}}
	c.Tape.Failure = "P-RACE a.F and a.G"
	c.Run.Dump = "what was alive\n"
	c.Races = racelog.Parse("WARNING: DATA RACE\nRead at 0x1 by goroutine 7:\n  runtime.mapaccess1()\n      /go/map.go:9 +0x1\n  a.F()\n      /a/f.go:1 +0x1\n\n" +
		"Previous write at 0x1 by goroutine 8:\n  a.G()\n      /a/g.go:2 +0x1\n==================\n")
	f := finding(explore.Subject{ID: "X1"}, batch.Batch{}, &explore.Finding{Signature: "P-RACE a.F and a.G", Report: &explore.Report{Verdict: explore.Broken, Counterexample: c}})
	g.Expect(f.Dump).To(Equal("WARNING: DATA RACE\nRead by goroutine A:\n  runtime.mapaccess1()\n      /go/map.go:9\n  a.F()\n      /a/f.go:1\n\n" +
		"Previous write by goroutine B:\n  a.G()\n      /a/g.go:2\n\nwhat was alive\n"))
	g.Expect(f.Text).To(ContainSubstring("Read by goroutine A\n      a.F f.go:1\n    Previous write by goroutine B\n      a.G g.go:2\n"))
	g.Expect(f.Message).To(Equal("read in a.F and write in a.G"))
	g.Expect(f.Kind()).To(Equal("X1  P-RACE a.F and a.G"))
}

// TestAFindingHasPorcupinesPicture if it is about linearizability, and only then.
func TestAFindingHasPorcupinesPicture(t *testing.T) {
	g := NewWithT(t)
	c := notLinear()
	told := func() *batch.Finding {
		return finding(explore.Subject{ID: "X1"}, batch.Batch{}, &explore.Finding{Report: &explore.Report{Verdict: explore.Broken, Counterexample: c}})
	}
	f := told()
	g.Expect(f.Property).To(Equal("P-LINEAR"))
	g.Expect(f.Linear).To(Equal(&linear.Picture{Ops: []linear.PictureOp{{From: 0, To: 1, Text: "read() → 7 of main"}}, Orders: [][]linear.PictureStep{}}))
	c.Findings[0].Property = "P-LEAK"
	g.Expect(told().Linear).To(BeNil())
}
