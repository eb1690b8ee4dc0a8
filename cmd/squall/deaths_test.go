package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

const mailModule = "mail/mail_test.go"

// verdicts of the scenarios in a result file.
func verdicts(t *testing.T, path string) map[string]result.Verdict {
	t.Helper()
	r, err := result.Read(path)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	all := map[string]result.Verdict{}
	for _, s := range r.Scenarios {
		all[s.ID] = s.Judged()
	}
	return all
}

// A panic in production code ends the process, and is a failure like any other: its
// storm, its place, its tape; and what else there is to run is run.
func TestARunThatEndsTheProcess(t *testing.T) {
	realModule(t, mailModule)
	g := NewWithT(t)
	t.Setenv("MAIL", "mended")
	code, stdout, stderr := squall("run")
	g.Expect(code).To(Equal(0), stdout+stderr)

	t.Setenv("MAIL", "")
	code, stdout, stderr = squall("run", "--json=r.json", "--junit=r.xml", "--ginkgo-json=g.json")
	g.Expect(code).To(Equal(1), stdout+stderr)
	g.Expect(stdout).To(MatchRegexp(`^letters fail: BROKEN  P-CRASH: no storm ends the process
  the process died: panic: close of closed channel
  smallest storm \(2 choices of \d+; broke in run \d+ with \d+ choices\):
    1\. harness/run #1 in letter\d: error "boom"
    2\. harness/run #1 in letter\d: error "boom"
  last words:
    panic: close of closed channel
      mail\.\(\*outbox\)\.fail mail_test\.go:\d+
      mail\.send\.func2 mail_test\.go:\d+
      created by mail\.send mail_test\.go:\d+
  replay:  squall replay mail/testdata/squall/letters\+fail/[0-9a-f]{6}\.tape\n\n`))
	died := regexp.MustCompile(`(?m)^squall: example.com/shop/mail: run (\d+) of letters fail ended the process: panic: close of closed channel; it is examined now, then the rest is run$`).FindStringSubmatch(stderr)
	g.Expect(died).NotTo(BeNil(), stderr)
	g.Expect(verdicts(t, "r.json")).To(Equal(map[string]result.Verdict{
		"a first one holds": result.Held, "letters fail": result.Broken, "not a first one": result.Held, "the last one": result.Held}))
	r, err := result.Read("r.json")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Findings).To(BeEmpty(), "nothing is outside of the scenarios")
	g.Expect(r.Scenarios[1].Properties).To(ContainElement(result.Property{ID: "P-CRASH", Verdict: result.Broken}))
	g.Expect(stdout).To(ContainSubstring(r.Scenarios[1].Failure))
	junit, err := os.ReadFile("r.xml")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(strings.Count(string(junit), "<failure")).To(Equal(1), string(junit))
	g.Expect(string(junit)).To(ContainSubstring("close of closed channel"))
	g.Expect(failedSpecs(t, "g.json")).To(Equal([]string{"letters fail holds"}))

	tape := regexp.MustCompile(`(?m)^  replay:  squall replay (\S+)$`).FindStringSubmatch(stdout)[1]
	saved, err := os.ReadFile(tape)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(saved)).To(ContainSubstring("run "+died[1]), "the run that died")

	t.Run("replayed", func(t *testing.T) {
		g := NewWithT(t)
		code, stdout, stderr := squall("replay", tape, "--json=r.json", "--junit=r.xml")
		g.Expect(code).To(Equal(1), stdout+stderr)
		g.Expect(stdout).To(MatchRegexp(`^letters fail: BROKEN  P-CRASH: no storm ends the process
  the process died: panic: close of closed channel
  .*storm \(2 choices.*\):
    1\. harness/run (.*\n)+  last words:
    panic: close of closed channel
      mail\.\(\*outbox\)\.fail .*\n(.*\n)+  replay:  squall replay \\?\s*\S+\.tape\n\n`))
		g.Expect(stdout).To(ContainSubstring("squall 0.1.0: 1 broken; seed 1\n"))
		g.Expect(verdicts(t, "r.json")).To(Equal(map[string]result.Verdict{"letters fail": result.Broken}))
		g.Expect(os.ReadFile("r.xml")).To(ContainSubstring("close of closed channel"))
	})
	t.Run("known", func(t *testing.T) {
		g := NewWithT(t)
		code, stdout, stderr := squall("run", "--json=r.json")
		g.Expect(code).To(Equal(1), stdout+stderr)
		g.Expect(stdout).To(ContainSubstring("  replay:  squall replay " + tape + "\n"))
		g.Expect(stderr).To(ContainSubstring("squall: example.com/shop/mail: the tape testdata/squall/" + strings.TrimPrefix(tape, "mail/testdata/squall/") +
			" of letters fail ended the process: panic: close of closed channel; the rest is run now\n"))
		g.Expect(verdicts(t, "r.json")).To(HaveKeyWithValue("the last one", result.Held))
		g.Expect(os.ReadFile(tape)).To(Equal(saved))
		g.Expect(filepath.Glob("mail/testdata/squall/*/*")).To(HaveLen(1))
	})
	t.Run("mended", func(t *testing.T) {
		g := NewWithT(t)
		t.Setenv("MAIL", "mended")
		code, stdout, stderr := squall("run")
		g.Expect(code).To(Equal(0), stdout+stderr)
		code, stdout, stderr = squall("replay", tape)
		g.Expect(code).To(Equal(0), stdout+stderr)
	})

	g.Expect(os.RemoveAll("mail/testdata")).To(Succeed())
	code, stdout, stderr = squall("build", "-o", "built")
	g.Expect(code).To(Equal(0), stdout+stderr)
	for _, test := range deadly {
		t.Run(test.how, test.run)
	}
}

// failedSpecs are those of a Ginkgo report.
func failedSpecs(t *testing.T, path string) (failed []string) {
	t.Helper()
	g := NewWithT(t)
	content, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	var reports []types.Report
	g.Expect(json.Unmarshal(content, &reports)).To(Succeed())
	for _, r := range reports {
		g.Expect(r.SpecialSuiteFailureReasons).To(BeEmpty())
		for _, spec := range r.SpecReports {
			if spec.Failed() {
				failed = append(failed, spec.FullText())
			}
		}
	}
	return failed
}

// deadly is what else ends a process, in the suite that is built.
var deadly = []deadlyTest{
	{how: "luck", code: 3, want: "letters fail: FLAKY  P-CRASH: no storm ends the process\n  the process died: panic: close of closed channel, and not again when the run was repeated\n  last words:\n    panic: close",
		verdicts: map[string]result.Verdict{"letters fail": result.Flaky, "the last one": result.Held}},
	{how: "killed", code: 3, want: "the process died: signal: killed, and not again when the run was repeated\n",
		verdicts: map[string]result.Verdict{"letters fail": result.Flaky, "the last one": result.Held}},
	{how: "exits", code: 1, want: "the process died: exit status 7\n  smallest storm (1 choice of ",
		verdicts: map[string]result.Verdict{"letters fail": result.Broken, "the last one": result.Held}},
	{how: "fatal", code: 1, want: "the process died: fatal error: sync: unlock of unlocked mutex\n  smallest storm (1 choice of ",
		verdicts: map[string]result.Verdict{"letters fail": result.Broken, "the last one": result.Held}},
	{how: "grows", args: []string{"--memory=200"}, code: 1, want: "the process died: out of memory\n  smallest storm (1 choice of ",
		verdicts: map[string]result.Verdict{"letters fail": result.Broken, "the last one": result.Held}},
	{how: "by a plan", args: []string{"--plan=p.plan"}, code: 1, want: "broke in run 1 with 2 choices",
		verdicts: map[string]result.Verdict{"letters fail": result.Broken, "the last one": result.Held}},
	{how: "all die", code: 1, want: "squall 0.1.0: 3 broken, 1 held; seed 1\n",
		verdicts: map[string]result.Verdict{"a first one holds": result.Held, "letters fail": result.Broken, "not a first one": result.Broken, "the last one": result.Broken}},
	{how: "control", code: 1, want: "1 of 1 caught", tells: "of the control letters fail/dies is left out\n"},
	{how: "deadly control", code: 1, want: "0 of 1 caught", failed: `the control "dies" (it ends the process) was not caught: 3 of its runs ended the process, and it was given up`},
	{how: "hopeless", code: 1, want: ": INCONCLUSIVE: not run: 6 processes of the suite died; mend what ended them first\n"},
	{how: "end", code: 1, want: "example.com/shop/mail: BROKEN: letters fail: BROKEN  no storm ends the process\n"},
}

type deadlyTest struct {
	how      string
	args     []string
	code     int
	want     string // of the standard output
	tells    string // on the standard error
	failed   string // of a control
	verdicts map[string]result.Verdict
}

func (test deadlyTest) run(t *testing.T) {
	if _, err := os.Stat("/proc/self/statm"); err != nil && test.how == "grows" {
		t.Skip("memory is read in /proc")
	}
	g := NewWithT(t)
	g.Expect(os.RemoveAll("built/1-mail/testdata")).To(Succeed())
	g.Expect(os.RemoveAll("built/1-mail/once")).To(Succeed())
	g.Expect(os.WriteFile("p.plan", []byte("harness/run #1 in letter0: error \"boom\"\nharness/run #1 in letter1: error \"boom\"\n"), 0o644)).To(Succeed())
	t.Setenv("MAIL", test.how)
	code, stdout, stderr := squall(append([]string{"run", "--binaries=built", "--json=r.json"}, test.args...)...)
	g.Expect(code).To(Equal(test.code), stdout+stderr)
	g.Expect(stdout).To(ContainSubstring(test.want))
	g.Expect(stderr).To(ContainSubstring(test.tells))
	got := verdicts(t, "r.json")
	for id, verdict := range test.verdicts {
		g.Expect(got).To(HaveKeyWithValue(id, verdict), stdout)
	}
	if test.failed != "" {
		r, err := result.Read("r.json")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(r.Scenarios[1].Controls[0].Failure).To(ContainSubstring(test.failed))
	}
}
