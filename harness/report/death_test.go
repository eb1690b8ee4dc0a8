package report_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/report"
)

// panicked is what a process of Go says when it dies, with another goroutine below.
const panicked = `panic: close of closed channel [recovered]
	panic: close of closed channel

goroutine 191 [running, synctest bubble 35]:
example.com/shop/till.(*Till).Close(...)
	/src/till/till.go:21
example.com/shop/till.Open.func1()
	/src/till/till.go:31 +0x30
created by example.com/shop/till.Open in goroutine 189
	/src/till/till.go:29 +0x2f

goroutine 1 [chan receive]:
example.com/shop/elsewhere.Wait()
	/src/elsewhere/elsewhere.go:3 +0x1
`

// dead is a run of which the process died with these words.
func dead(words string) report.Counterexample {
	return report.Counterexample{
		ScenarioID: "C7", Title: "closing time", Property: judge.Property{ID: "P-CRASH", Guarantee: "no storm ends the process"},
		Findings: []judge.Finding{finding("P-CRASH", "", "the process died: exit status 2")},
		Tape:     siblingsBroken().Tape, Found: siblingsBroken().Tape, RunsUntilFound: 33, LastWords: words, Replay: "squall replay c7.tape",
	}
}

// A process may say anything before it dies: no line is too wide, none drives a
// terminal, and what it said last is what is shown.
func TestLastWordsFit(t *testing.T) {
	g := NewWithT(t)
	text := report.Failure(dead(strings.Repeat("so far so good\n", 1000) + strings.Repeat("wide\x1b[2J ", 100) + "\nthe end\n"))
	for line := range strings.SplitSeq(text, "\n") {
		g.Expect(len([]rune(line))).To(BeNumerically("<=", report.Width))
		g.Expect(line).NotTo(ContainSubstring("\x1b"))
	}
	g.Expect(strings.Count(text, "so far so good")).To(BeNumerically("<", 12))
	g.Expect(text).To(ContainSubstring("    the end\n"))
	g.Expect(report.Failure(dead(""))).NotTo(ContainSubstring("last words"))
}
