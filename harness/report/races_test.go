package report_test

import (
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/harness/report"
	"github.com/squall-go/squall/harness/tape"
)

// detected is what a race detector said.
const detected = `WARNING: DATA RACE
Write at 0x00c0000a20f0 by goroutine 10:
  runtime.mapassign_faststr()
      /go/src/internal/runtime/maps/runtime_faststr.go:263 +0x0
  example.com/shop/till.(*Ledger[go.shape.struct { Cents int }]).Book()
      /src/till/ledger.go:31 +0x6b
  example.com/shop/till.Close.func1()
      /src/till/till.go:52 +0x12

Previous read at 0x00c0000a20f0 by main goroutine:
  [failed to restore the stack]

Goroutine 10 (running) created at:
  sync.(*WaitGroup).Go()
      /go/src/sync/waitgroup.go:238 +0x72
  example.com/shop/till.Close()
      /src/till/till.go:51 +0x72
==================
`

// racing is a run that raced five times, in one way.
func racing() report.Counterexample {
	races := racelog.Parse(detected)
	return report.Counterexample{
		ScenarioID: "C7", Title: "closing time",
		Property: judge.Property{ID: "P-RACE", Title: "freedom from data races"},
		Findings: []judge.Finding{finding("P-RACE", "", races[0].Gist())},
		Races:    slices.Repeat(races, 5), Tape: &tape.Tape{}, Unshrunk: "the race detector tells of a race once a process",
		Replay: "squall replay --race c7.tape",
	}
}

// A log may say anything: no line is too wide, and none drives a terminal.
func TestWhatTheRaceDetectorSaidFits(t *testing.T) {
	c := racing()
	c.Races = racelog.Parse(strings.ReplaceAll(detected, "Close", strings.Repeat("Close\x1b[2J", 40)))
	NewWithT(t).Expect(c.Races).NotTo(BeEmpty())
	for line := range strings.SplitSeq(report.Failure(c), "\n") {
		NewWithT(t).Expect([]rune(line)).To(HaveLen(min(report.Width, len([]rune(line)))))
		NewWithT(t).Expect(line).NotTo(ContainSubstring("\x1b"))
	}
}
