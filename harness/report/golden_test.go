package report_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/report"
	"github.com/squall-go/squall/harness/tape"
)

var update = flag.Bool("update", os.Getenv("SQUALL_UPDATE") != "", "write the golden files anew")

// golden compares text with testdata/NAME.golden.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		NewWithT(t).Expect(os.WriteFile(file, []byte(text), 0o644)).To(Succeed())
	}
	want, err := os.ReadFile(file)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(text).To(Equal(string(want)), "%s differs; if the new text is better: go test ./harness/report -update", file)
}

func finding(property, subject, message string) judge.Finding {
	return judge.Finding{Property: property, Subject: subject, Message: message}
}

func TestTextsAreExact(t *testing.T) {
	siblingsTree := []judge.Finding{finding("P-BLAST", "fanout/A", "")}
	deadlock := report.Counterexample{
		ScenarioID: "D9", Title: "crossed locks",
		Property: judge.Property{ID: "P-STARVE", Title: "starvation freedom", Guarantee: "nothing waits for ever while capacity exists"},
		Findings: []judge.Finding{
			finding("P-STARVE", "transfer/there", "transfer/there waits for account 2 since t=3s, held by transfer/back since t=0s"),
			finding("P-LEAK", "transfer/back", "lock account 2 is still held by transfer/back"),
		},
		Tape: &tape.Tape{}, Run: crossed(), Replay: "squall replay a.tape",
	}
	second := siblings()
	second.Steps[4], second.Steps[5] = second.Steps[5], second.Steps[4]

	for name, text := range map[string]string{
		"failure":          report.Failure(siblingsBroken()),
		"failure-deadlock": report.Failure(deadlock),
		"failure-crash": report.Failure(report.Counterexample{ScenarioID: "D5", Title: "bulkhead", Run: bulkhead(),
			Property: judge.Property{ID: "P-ERROR", Title: "error accounting"},
			Findings: []judge.Finding{finding("P-ERROR", "legacy", "Expected\n    <int>: 1\nto equal\n    <int>: 2")}}),
		"failure-promise": report.Failure(report.Counterexample{ScenarioID: "C3", Title: "thumbnails", Property: judge.Starve,
			Findings: []judge.Finding{finding("P-STARVE", "main", "nothing can run since 0s: main is sync.WaitGroup.Wait")}}),
		"failure-race":    report.Failure(racing()),
		"failure-death":   report.Failure(dead(panicked)),
		"failure-exit":    report.Failure(dead("open the till\nthe till is jammed\n")),
		"failure-empty":   report.Failure(report.Counterexample{}),
		"timeline-left":   report.Timeline(left(), 100, finding("P-LEAK", "page/notify", "")),
		"timeline-crowd":  report.Timeline(crowd(1000), 100, finding("P-CANCEL", "batch/job-007", "")),
		"timeline-cycles": report.Timeline(cycles(500), 100),
		"timeline-long":   report.Timeline(long(), 80),
		"timeline-narrow": report.Timeline(siblings(), 40, siblingsTree...),
		"tree":            report.Tree(siblings(), siblingsTree...),
		"tree-crowd":      report.Tree(crowd(1000)),
		"stuck":           report.Stuck(crossed()),
		"stuck-left":      report.Stuck(left()),
		"stuck-endless":   report.Stuck(cycles(500)),
		"flaky":           report.Flaky(report.Nondeterminism{ScenarioID: "S3", Title: "supervisor fan-out", First: siblings(), Second: second, Replay: "squall replay x.tape"}),
		"flaky-same":      report.Flaky(report.Nondeterminism{First: siblings(), Second: &history.Run{}}),
		"vacuous": report.Vacuous(report.Emptiness{ScenarioID: "S3", Title: "supervisor fan-out", Runs: 2000, Unbuilt: true,
			Unknown: []string{"scope/rum"}, NeverStruck: []string{"scope/run hang", "fakes/services/call"},
			NeverSeen: []string{"recommendations missing"}, Uncaught: []string{"cancels-siblings"}, Replay: "squall run --focus S3"}),
		"wedged": report.Wedged(report.Standstill{ScenarioID: "D8", Title: "lock held across a wait", After: 30 * time.Second,
			At: 5 * time.Millisecond, Steps: 1234, Last: "scope/lock #2 in pool/A", Tape: siblingsBroken().Tape,
			Dump:   parkedStack + "\n" + parkedStack + "\ngoroutine 50 [sync.Mutex.Lock, synctest bubble 7]:\nsync.(*Mutex).Lock(...)\n\t/go/src/sync/mutex.go:45\nexample.com/shop/till.Charge(0x1)\n\t/src/till/till.go:40 +0x1\n",
			Replay: "squall replay d8.tape"}),
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, text) })
	}
}

func TestStormSentences(t *testing.T) {
	at := tape.Place{Site: "scope/await", Hit: 1, Task: "fanout"}
	after := at
	after.After = true
	NewWithT(t).Expect(report.Storm([]tape.Choice{
		{Kind: tape.Param, Name: "children", Value: 1204},
		{Kind: tape.Param, Name: "cards", Value: 2, Place: tape.Place{Task: "fanout/A"}},
		{Kind: tape.Strike, Place: tape.Place{Site: "scope/run", Hit: 1, Task: "fanout/B"}, Fault: boom},
		{Kind: tape.Switch, Place: at, To: "fanout/B"},
		{Kind: tape.Switch, Place: after, To: "fanout/B"},
		{Kind: tape.Switch, Place: tape.Place{Hit: 3}, To: "fanout/B"},
		{Kind: tape.Clock, Place: at, Advance: 1500 * time.Microsecond},
		{Kind: tape.Select + 1, Place: at},
		{},
		{Kind: tape.Strike, Place: tape.Place{Site: "a/b", Hit: 2, Task: "x\ny"}, Fault: boom},
	})).To(Equal([]string{
		" 1. parameter children is 1,204 above its smallest value",
		" 2. parameter cards of fanout/A is 2 above its smallest value",
		` 3. scope/run #1 in fanout/B: error "boom"`,
		" 4. at scope/await #1 in fanout: fanout/B goes first",
		" 5. once fanout has gone on from scope/await #1 and blocked or ended: fanout/B goes first",
		" 6. at wake-up 3: fanout/B goes first",
		" 7. at scope/await #1 in fanout: the clock moves by 1.5ms although tasks can run",
		" 8. a choice of the unknown kind 5 at scope/await #1 in fanout",
		" 9. parameter is 0 above its smallest value",
		`10. a/b #2 in "x\ny": error "boom"`,
	}))
}

func TestACaseIsToldAsInTheSource(t *testing.T) {
	faults.RegisterSelect("example.com/catalog", "example.com/catalog/internal/pool", &faults.SelectPoint{
		Function: "(*Pool).Submit", Ordinal: 1, File: "pool.go", Line: 75, Cases: []string{"p.queue <- job", "<-p.quit"},
	})
	chosen := func(site string, hit, index int) string {
		return report.Storm([]tape.Choice{{Kind: tape.Select, Place: tape.Place{Site: site, Hit: hit, Task: "submitter-2"}, Value: index}})[0]
	}
	g := NewWithT(t)
	const submit = "internal/pool/(*Pool).Submit/select-1"
	g.Expect(chosen(submit, 1, 1)).To(Equal("1. submitter-2 takes case 2 (<-p.quit) of the select in (*Pool).Submit, pool.go:75"))
	g.Expect(chosen(submit, 3, 1)).To(Equal("1. submitter-2 takes case 2 (<-p.quit) of the select in (*Pool).Submit, pool.go:75, at visit 3"))
	g.Expect(chosen(submit, 1, 2)).To(Equal("1. submitter-2 takes case 3 of "+submit), "the source has changed since")
	g.Expect(chosen("pool/Close/select-1", 2, 1)).To(Equal("1. submitter-2 takes case 2 of pool/Close/select-1, at visit 2"), "another process")
}

func TestStormWithoutChoices(t *testing.T) {
	NewWithT(t).Expect(report.Storm(nil)).To(Equal([]string{"nothing: it fails without any fault or preemption"}))
}

// TestReplayIsOneShellCommand: the lines joined as a shell joins them are the
// command.
func TestReplayIsOneShellCommand(t *testing.T) {
	words := ""
	for i := range 99 {
		words += " --flag=" + strings.Repeat("v", i%9)
	}
	text := report.Failure(report.Counterexample{Replay: "squall replay" + words})
	g := NewWithT(t)
	g.Expect(text).To(ContainSubstring(" \\\n"))
	for line := range strings.SplitSeq(text, "\n") {
		g.Expect(len(line)).To(BeNumerically("<=", report.Width))
	}
	g.Expect(joinShell(text)).To(HaveSuffix("replay: squall replay" + words))
}

func TestPaintKeepsTheText(t *testing.T) {
	g := NewWithT(t)
	text := report.Failure(siblingsBroken())
	g.Expect(report.Paint(text)).NotTo(Equal(text))
	g.Expect(stripped(report.Paint(text))).To(Equal(text))
}

func TestErrorsThatPanicAreDrawn(t *testing.T) {
	var s story
	root := s.task(nil, "root")
	s.event(root, history.Done, "", hostile{})
	s.event(root, history.Ended, "", errors.Join(hostile{}, hostile{}))
	NewWithT(t).Expect(report.Timeline(&s.run, 100)).To(ContainSubstring("an error that panics when asked"))
}
