package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/tape"
)

func TestRunHeld(t *testing.T) {
	shop(t)
	g := NewWithT(t)
	code, stdout, stderr := squall("run", "--json=r.json", "--junit=r.xml")
	g.Expect(code).To(Equal(0), stdout+stderr)
	g.Expect(trimmed(stdout)).To(Equal(`scenario  title      verdict  runs  steps  faults struck  properties   controls
--------- ---------- -------- ----- ------ -------------- ------------ --------------
S1        pay        held        3      0              2  1 of 1 held  1 of 1 caught
S10       pay twice  held        3      0              2  1 of 1 held  1 of 1 caught
squall stub: 2 held; seed 11
`))
	g.Expect(strings.Split(stderr, "\n")).To(ConsistOf("S1", "S1: 3 of 3 runs", "S10", "S10: 3 of 3 runs", ""))

	r, err := result.Read("r.json")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Scenarios).To(HaveLen(2))
	g.Expect(r.Scenarios[1].Package).To(Equal("example.com/shop/checkout"))
	g.Expect(os.ReadFile("r.xml")).To(ContainSubstring(`S10 pay twice holds`))
}

// trimmed is text without the blanks at the ends of its lines.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestRunExitCodes(t *testing.T) {
	shop(t)
	tests := []struct {
		name, variable, value string
		code                  int
		want                  string // of the standard output
	}{
		{"broken", "STUB_S1", "broken", 1, "squall stub: 1 broken, 1 held; seed 11"},
		{"flaky", "STUB_S1", "flaky", 3, "1 flaky, 1 held"},
		{"control not caught", "STUB_CONTROL", "missed", 3, "0 of 1 caught"},
		{"control not caught: why", "STUB_CONTROL", "missed", 3, "the control \"leaks\" was not caught\n\n"},
		{"plain spec fails", "STUB", "plain", 1, "example.com/shop/checkout: BROKEN: a spec outside every scenario failed (exit status 1)"},
		{"dies", "STUB", "die", 1, "example.com/shop/checkout: BROKEN: the suite died without a result (exit status 7); its last lines:\nfatal: all is lost"},
		{"dies in a scenario", "STUB_S10", "die", 1, "BROKEN: S10: the suite died without a result (exit status 7); its last lines:"},
		{"panics in a scenario", "STUB_S10", "panic", 1, "example.com/shop/checkout: BROKEN: S10: the suite died (exit status 2): panic: assignment to entry in nil map\n\ngoroutine "},
		{"watchdog", "STUB", "wedge", 4, "example.com/shop/checkout: WEDGED: the watchdog ended the suite; its last lines:\ngoroutine 1 [stuck]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(test.variable, test.value)
			g := NewWithT(t)
			code, stdout, stderr := squall("run", "--json=r.json")
			g.Expect(code).To(Equal(test.code), stdout+stderr)
			g.Expect(stdout).To(ContainSubstring(test.want))
			r, err := result.Read("r.json")
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(r.Verdict().ExitCode()).To(Equal(test.code))
		})
	}
}

func TestRunTellsTheSuite(t *testing.T) {
	shop(t)
	t.Setenv("STUB_S1", "broken")
	g := NewWithT(t)
	g.Expect(os.WriteFile("p.plan", []byte("till/charge #1 in root: error \"boom\"\n"), 0o644)).To(Succeed())
	dir, err := os.Getwd()
	g.Expect(err).NotTo(HaveOccurred())
	_, stdout, _ := squall("run", "--runs=5", "--seed=9", "--plan=p.plan", "--focus=S1")
	g.Expect(stdout).To(ContainSubstring(`S1 runs="5" for="" seed="9" plan="` + filepath.Join(dir, "p.plan") + `" replay=""`))
	t.Setenv(result.EnvRuns, "7")
	_, stdout, _ = squall("run", "--for=3s")
	g.Expect(stdout).To(ContainSubstring(`S1 runs="" for="3s" seed="" plan="" replay=""`))
}

func TestReplay(t *testing.T) {
	shop(t)
	t.Setenv("STUB_S10", "broken")
	g := NewWithT(t)
	g.Expect(os.WriteFile("s.tape", []byte("squall tape 1\nscenario S10 version 1\nend\n"), 0o644)).To(Succeed())
	dir, err := os.Getwd()
	g.Expect(err).NotTo(HaveOccurred())
	code, stdout, _ := squall("replay", "s.tape")
	g.Expect(code).To(Equal(1))
	g.Expect(stdout).To(ContainSubstring(`replay="` + filepath.Join(dir, "s.tape") + `"`))
	g.Expect(stdout).To(ContainSubstring("squall stub: 1 broken; seed"), "only the tape's scenario is run")
}

// A tape of a crash: what the process said when it died comes first, of which
// tape, and not the signs that Ginkgo prints for the specs before.
func TestReplayOfACrash(t *testing.T) {
	shop(t)
	t.Setenv("STUB_S10", "panic")
	g := NewWithT(t)
	writeTape(t, "s.tape", "S10", 42)
	code, stdout, stderr := squall("replay", "s.tape")
	g.Expect(code).To(Equal(1), stdout+stderr)
	g.Expect(stdout).To(HavePrefix("example.com/shop/checkout: BROKEN: S10, replayed from s.tape: the suite died (exit status 2): panic: assignment to entry in nil map\n\ngoroutine "))
	g.Expect(stdout).To(ContainSubstring("harness.go:"), "its stack")
	g.Expect(stdout).NotTo(ContainSubstring("SSS"))
}

func TestReplayMindsItsMemory(t *testing.T) {
	if _, err := os.Stat("/proc/self/statm"); err != nil {
		t.Skip("memory is read in /proc")
	}
	shop(t)
	g := NewWithT(t)
	writeTape(t, "s.tape", "S10", 42)
	code, stdout, stderr := squall("replay", "s.tape", "--memory=150")
	g.Expect(code).To(Equal(0), stdout+stderr)
	t.Setenv("STUB_S10", "grow")
	const grew = `the process died: its memory grew to \d+ MB, and 150 are allowed \(--memory\)\n`
	code, stdout, stderr = squall("replay", "s.tape", "--memory=150", "--json=r.json")
	g.Expect(code).To(Equal(1), stdout+stderr)
	g.Expect(stdout).To(MatchRegexp(`^example.com/shop/checkout: BROKEN: S10, replayed from s.tape: ` + grew))
	r, err := result.Read("r.json")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Verdict()).To(Equal(result.Broken))
	code, stdout, stderr = squall("run", "--focus=S10", "--memory=150")
	g.Expect(code).To(Equal(1), stdout+stderr)
	g.Expect(stdout).To(MatchRegexp(`BROKEN: (S10: )?` + grew))
}

func TestMemoryLimitsByDefault(t *testing.T) {
	g := NewWithT(t)
	_, replay, _ := squall("replay", "--help")
	g.Expect(replay).To(MatchRegexp(`--memory int .* \(default 2048\)`))
	_, run, _ := squall("run", "--help")
	g.Expect(run).To(MatchRegexp(`--memory int .*\(default: no limit\)`))
}

// The seed is the tape's, in the summary and in the files.
func TestReplayTellsTheSeedOfTheTape(t *testing.T) {
	shop(t)
	t.Setenv("STUB_S10", "broken")
	g := NewWithT(t)
	writeTape(t, "s.tape", "S10", 42)
	_, stdout, _ := squall("replay", "s.tape", "--json=r.json")
	g.Expect(stdout).To(ContainSubstring("squall stub: 1 broken; seed 42\n"))
	g.Expect(stdout).To(ContainSubstring(`seed="42"`), "the suite has it too")
	r, err := result.Read("r.json")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Seed).To(BeEquivalentTo(42))
}

func writeTape(t *testing.T, path, scenario string, seed uint64) {
	t.Helper()
	tape := tape.Tape{Scenario: scenario, Version: 1, Seed: seed}
	NewWithT(t).Expect(os.WriteFile(path, []byte(tape.String()), 0o644)).To(Succeed())
}

func TestFocusOfAnIdIsThatScenario(t *testing.T) {
	shop(t)
	g := NewWithT(t)
	for focus, want := range map[string]string{"S1": "1 held", "pay": "2 held", "s10": "1 held"} {
		code, stdout, stderr := squall("run", "--focus", focus)
		g.Expect(code).To(Equal(0), stdout+stderr)
		g.Expect(stdout).To(ContainSubstring("squall stub: "+want+";"), focus)
	}
}

func TestBadUse(t *testing.T) {
	shop(t)
	g := NewWithT(t)
	for name, content := range map[string]string{
		"bad.tape":     "no tape\n",
		"other.tape":   "squall tape 1\nscenario S99 version 1\nend\n",
		"unknown.plan": "till/chrage #1 in root: error \"boom\"\n",
		"good.plan":    "till/charge #1 in root: error \"boom\"\n",
		"forbids.plan": "till/charge #1 in root: panic \"boom\"\n",
	} {
		g.Expect(os.WriteFile(name, []byte(content), 0o644)).To(Succeed())
	}
	tests := []struct {
		name, args string
		want       string
	}{
		{"two lengths", "run --runs=3 --for=3s", "squall: --runs=3 and --for=3s contradict each other; give one of them\n"},
		{"no runs", "run --runs=0", "squall: --runs=0: nothing would run; give at least 1\n"},
		{"negative time", "run --for=-1s", "squall: --for=-1s: nothing would run; give a positive duration, as in 30s\n"},
		{"too little memory", "replay --memory=1 other.tape", "squall: --memory=1: a suite needs more to start; give at least 64\n"},
		{"no memory", "run --memory=0", "squall: --memory=0: a suite needs more to start; give at least 64\n"},
		{"no directory", "run --json=no/r.json", "squall: --json=no/r.json: cannot write there: no such file or directory; name a file in a directory that exists and may be written\n"},
		{"directory", "run --junit=till", "squall: --junit=till: cannot write there: it is a directory; name a file in a directory that exists and may be written\n"},
		{"one file twice", "run --junit=x --json=x", "squall: --json=x and --junit=x are one file; name two\n"},
		{"one file by two names", "run --junit=./x --json=x", "squall: --json=x and --junit=./x are one file; name two\n"},
		{"no file", "run --json=", "squall: --json= names no file; name one, or leave the flag out\n"},
		{"result over the plan", "run --plan=good.plan --json=./good.plan", "squall: --json=./good.plan would overwrite good.plan, which is read; name another file\n"},
		{"result over the tape", "replay other.tape --junit=other.tape", "squall: --junit=other.tape would overwrite other.tape, which is read; name another file\n"},
		{"overlay without a directory", "overlay -o no/o.json", "squall: --output=no/o.json: cannot write there: no such file or directory;"},
		{"two unknown packages", "run nosuch neither", "squall: go list nosuch neither: "},
		{"unknown focus", "run --focus=S3", "squall: --focus=S3: no such scenario; known are S1, S10\n"},
		{"bad focus", "run --focus=S(", "squall: --focus=S(: error parsing regexp: missing closing ): `S(`; give an id or a regular expression\n"},
		{"malformed tape", "replay bad.tape", "squall: tape: bad.tape: "},
		{"no tape", "replay missing.tape", "squall: tape: "},
		{"tape of another suite", "replay other.tape", "squall: tape other.tape: unknown scenario \"S99\"; known are S1, S10; or name its package after the file\n"},
		{"plan of an unknown failpoint", "run --plan=unknown.plan", "squall: --plan=unknown.plan: unknown failpoint \"till/chrage\" (did you mean \"till/charge\"?); squall sites lists them all\n"},
		{"plan of a forbidden fault", "run --plan=forbids.plan", "squall: --plan=forbids.plan: failpoint \"till/charge\" does not allow panic; it allows [error delay]\n"},
		{"package without suite", "run ./till", "squall: no suites in ./till; name packages whose tests call harness.RunSpecs\n"},
		{"unknown flag", "run --frobnicate", "squall: unknown flag --frobnicate; squall run --help lists them all\n"},
		{"unknown command", "frobnicate", "squall: unknown command \"frobnicate\"; squall --help lists them all\n"},
		{"package without markers", "overlay ./missing", "squall: overlay: go list ./missing: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			code, stdout, stderr := squall(strings.Fields(test.args)...)
			g.Expect(code).To(Equal(2))
			g.Expect(stdout).To(BeEmpty())
			g.Expect(stderr).To(HavePrefix(test.want))
			g.Expect(unhelpful(stderr, "")).To(BeEmpty(), stderr)
		})
	}
}

func TestSuiteThatRefusesItsSettings(t *testing.T) {
	shop(t)
	t.Setenv("STUB", "refuse")
	g := NewWithT(t)
	code, _, stderr := squall("run")
	g.Expect(code).To(Equal(2))
	g.Expect(stderr).To(Equal("squall: -squall.seed=x: not a number\n"))
}

func TestSuiteThatRefusesItsEnvironment(t *testing.T) {
	shop(t)
	t.Setenv("STUB", "refuse-list")
	g := NewWithT(t)
	code, _, stderr := squall("list")
	g.Expect(code).To(Equal(2))
	g.Expect(stderr).To(Equal("squall: SQUALL_SEED=x: not a number\n"))
}

func TestSuiteWithoutScenarios(t *testing.T) {
	shop(t)
	t.Setenv("STUB", "empty")
	g := NewWithT(t)
	code, stdout, stderr := squall("run")
	g.Expect(code).To(Equal(2), stdout)
	g.Expect(stderr).To(Equal("squall: no scenarios in example.com/shop/checkout; add some with harness.Describe or harness.Explore\n"))
}

func TestPlanOfTheHarnessOwnFailpoints(t *testing.T) {
	shop(t)
	g := NewWithT(t)
	g.Expect(os.WriteFile("p.plan", []byte("harness/run #1 in main/child: error \"boom\"\n"), 0o644)).To(Succeed())
	code, _, stderr := squall("run", "--plan=p.plan")
	g.Expect(code).To(Equal(0), stderr)
}

func TestInterruptBeforeAnythingWasRun(t *testing.T) {
	shop(t)
	g := NewWithT(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var stdout, stderr bytes.Buffer
	g.Expect(execute(ctx, []string{"run"}, &stdout, &stderr)).To(Equal(3))
	g.Expect(stderr.String()).To(Equal("squall: interrupted before anything was run\n"))
}

func TestSuiteThatListsNothing(t *testing.T) {
	shop(t)
	t.Setenv("STUB", "mute")
	g := NewWithT(t)
	code, _, stderr := squall("list")
	g.Expect(code).To(Equal(2))
	g.Expect(stderr).To(HavePrefix("squall: example.com/shop/checkout lists no scenarios (exit status 0); call harness.RunSpecs in its Test function:"))
}

func TestSecondOverlay(t *testing.T) {
	shop(t)
	g := NewWithT(t)
	g.Expect(os.WriteFile("o.json", []byte("{}"), 0o644)).To(Succeed())
	t.Setenv("GOFLAGS", "-mod=mod -overlay=o.json")
	code, _, stderr := squall("run")
	g.Expect(code).To(Equal(2))
	g.Expect(stderr).To(ContainSubstring("GOFLAGS has -overlay=o.json already"))
}

func TestList(t *testing.T) {
	shop(t)
	g := NewWithT(t)
	code, stdout, stderr := squall("list", "--json")
	g.Expect(code).To(Equal(0), stderr)
	var list result.List
	g.Expect(json.Unmarshal([]byte(stdout), &list)).To(Succeed())
	g.Expect(list).To(Equal(result.List{
		{ID: "S1", Title: "pay", Source: "stub", Packages: []string{"example.com/shop/checkout"}, Properties: []string{"P-LEAK"}, Controls: []string{"leaks"}},
		{ID: "S10", Title: "pay twice", Source: "stub", Packages: []string{"example.com/shop/checkout"}, Properties: []string{"P-LEAK"}, Controls: []string{"leaks"}},
	}))
}

func TestSites(t *testing.T) {
	shop(t)
	g := NewWithT(t)
	code, stdout, _ := squall("sites", "--json")
	g.Expect(code).To(Equal(0))
	g.Expect(stdout).To(MatchJSON(`[
		{"name":"till/charge","package":"example.com/shop/till","marker":"charge","file":"till/till.go","line":15,"doc":"before the card is charged","faults":["error","delay"]},
		{"name":"harness/run","package":"github.com/squall-go/squall/harness","marker":"run","file":"harness/harness.go","line":19,"doc":"the stub's own","faults":["error"]}]`))
	_, stdout, _ = squall("sites")
	g.Expect(stdout).To(MatchRegexp(`till/charge +till/till.go:15 +error delay +before the card is charged`))
}

func TestOverlayPrintsItsPathOnly(t *testing.T) {
	shop(t)
	g := NewWithT(t)
	code, stdout, stderr := squall("overlay")
	g.Expect(code).To(Equal(0))
	g.Expect(stderr).To(BeEmpty())
	g.Expect(strings.TrimSpace(stdout)).To(BeARegularFile())
	_, stdout, _ = squall("overlay", "-o", "o.json")
	g.Expect(strings.TrimSpace(stdout)).To(HaveSuffix("/o.json"))
	g.Expect("o.json").To(BeARegularFile())
}

func TestVersion(t *testing.T) {
	_, stdout, _ := squall("version")
	NewWithT(t).Expect(stdout).To(Equal("squall " + result.Version + "\n"))
}
