package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

const raceModule = "ledger/ledger_test.go"

// What the detector says is where the reader is: in the failure, the files and the
// reports, with a command that shows it again. One test, because the suite is built
// twice.
func TestARaceIsToldWithItsStacks(t *testing.T) {
	realModule(t, raceModule)
	t.Setenv("GORACE", "history_size=2")
	g := NewWithT(t)
	code, stdout, stderr := squall("run", "--runs=300", "--seed=7")
	g.Expect(code).To(Equal(0), "without the detector nothing is wrong: %s", stdout+stderr)

	code, stdout, stderr = squall("run", "--race", "--runs=300", "--seed=7", "--json=r.json", "--junit=r.xml")
	g.Expect(code).To(Equal(1), stdout+stderr)
	raced := regexp.MustCompile(`(deposit|withdraw) \(ledger_test\.go:\d+\)`).FindStringSubmatch(stdout)
	g.Expect(raced).NotTo(BeNil(), stdout)
	g.Expect(stdout).To(MatchRegexp(`freedom from data races: .*\n(.*\n)*  (read|write) in ledger\.\(\*account\)\.%[1]s \(ledger_test\.go:\d+\) and write in\n? *ledger\.\(\*account\)\.%[1]s`, raced[1]))
	g.Expect(stdout).To(MatchRegexp(`  the race detector's report:\n    (Read|Write) by goroutine A\n      ledger\.\(\*account\)\.%s ledger_test\.go:\d+\n`, raced[1]))
	g.Expect(stdout).NotTo(ContainSubstring("WARNING: DATA RACE"), "that is for --verbose")
	r, err := result.Read("r.json")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Scenarios[0].Failure).To(ContainSubstring("the race detector's report:"))
	g.Expect(r.Scenarios[0].Properties).To(ContainElement(result.Property{ID: "P-RACE", Verdict: result.Broken}))
	g.Expect(os.ReadFile("r.xml")).To(ContainSubstring("ledger.(*account)." + raced[1]))
	replay := regexp.MustCompile(`(?m)^  replay:  squall replay --race (ledger/testdata/squall/\S+/[0-9a-f]{6}\.tape)$`).FindStringSubmatch(stdout)
	g.Expect(replay).To(HaveLen(2), stdout)

	for _, args := range [][]string{{"replay", "--race", replay[1]}, {"replay", replay[1], "--verbose"}} {
		code, stdout, stderr = squall(args...)
		g.Expect(code).To(Equal(1), stdout+stderr)
		g.Expect(stdout).To(ContainSubstring("ledger.(*account)." + raced[1]))
		verbose := slices.Contains(args, "--verbose")
		g.Expect(strings.Contains(stdout+stderr, "WARNING: DATA RACE")).To(Equal(verbose), "as the process would have shown it")
		g.Expect(strings.Contains(stderr, "squall: "+replay[1]+" is of a data race: it is replayed with --race\n")).To(Equal(verbose))
	}
	code, stdout, stderr = squall("replay", "--race=false", replay[1])
	g.Expect(code).To(Equal(2), stdout+stderr)
	g.Expect(stderr).To(MatchRegexp(`^squall: tape \S+\.tape: recorded for a data race, which this suite has no race detector to see; build it with --race\n$`))

	t.Run("built", func(t *testing.T) {
		g := NewWithT(t)
		code, stdout, stderr := squall("build", "-o", "built", "--race")
		g.Expect(code).To(Equal(0), stdout+stderr)
		code, stdout, stderr = squall("replay", "--race", "--binaries=built", replay[1])
		g.Expect(code).To(Equal(1), stdout+stderr)
		g.Expect(stdout).To(ContainSubstring("the race detector's report:"))
	})
	t.Run("soak", soakRaces)
}

// soakRaces soaks the suite of the current directory.
func soakRaces(t *testing.T) {
	g := NewWithT(t)
	code, stdout, stderr := squall("soak", "--race", "--runs=8000", "--seed=7", "--workers=2", "--out=night")
	g.Expect(code).To(Equal(1), stdout+stderr)
	found := soakResultOf(t, "night").Findings
	g.Expect(found).To(HaveLen(2), "each race once, whoever found it: %s", stdout+stderr)
	var signatures []string
	for _, f := range found {
		signatures = append(signatures, f.Signature)
		g.Expect(f.Property).To(Equal("P-RACE"))
		g.Expect(f.Text).To(ContainSubstring("the race detector's report:"))
	}
	g.Expect(signatures).To(ConsistOf(
		"P-RACE example.com/shop/ledger.(*account).deposit and example.com/shop/ledger.(*account).deposit",
		"P-RACE example.com/shop/ledger.(*account).withdraw and example.com/shop/ledger.(*account).withdraw"))
	g.Expect(stderr).To(MatchRegexp(`(?m)^FOUND  tellers work at once: .*\.deposit \(.*\n       replay: squall replay --race night/findings/\S+\.tape$`))
	g.Expect(files("night/findings/*.json")).To(Equal(2))
	saved, err := filepath.Glob("night/findings/*.json")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.ReadFile(saved[0])).To(ContainSubstring(`"dump": "WARNING: DATA RACE\n`))

	code, stdout, stderr = squall("report", "night", "--html=n.html", "--markdown=n.md", "--junit=n.xml", "--ginkgo-json=n.json")
	g.Expect(code).To(Equal(1), stdout+stderr)
	g.Expect(stdout).To(ContainSubstring(" replay --race night/findings/"))
	for _, file := range []string{"n.html", "n.md", "n.xml", "n.json"} {
		content, err := os.ReadFile(file)
		g.Expect(err).NotTo(HaveOccurred())
		for _, want := range []string{"ledger.(*account).deposit", "ledger.(*account).withdraw", "goroutine A", " replay --race night/findings/"} {
			g.Expect(string(content)).To(ContainSubstring(want), file)
		}
	}
}
