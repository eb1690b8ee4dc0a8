package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// drawnRun is what a trace says.
type drawnRun struct {
	TraceEvents []struct {
		Name, Cat, Ph string
		Args          struct{ Name string }
	}
	OtherData map[string]string
}

func readTrace(g *WithT, path string) (threads, faults []string, notes map[string]string) {
	content, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	var run drawnRun
	g.Expect(json.Unmarshal(content, &run)).To(Succeed())
	for _, e := range run.TraceEvents {
		switch {
		case e.Name == "thread_name":
			threads = append(threads, e.Args.Name)
		case e.Cat == "fault":
			faults = append(faults, e.Name)
		}
	}
	return threads, faults, run.OtherData
}

func TestARunIsDrawn(t *testing.T) {
	realModule(t, "letters/letters_test.go")
	g := NewWithT(t)
	code, stdout, stderr := squall("run", "--trace=traces", "--ginkgo-json=g.json")
	g.Expect(code).To(Equal(0), stdout+stderr)
	g.Expect(filepath.Glob("traces/*")).To(Equal([]string{"traces/every+letter+is+accounted+for.trace.json"}))
	threads, _, notes := readTrace(g, "traces/every+letter+is+accounted+for.trace.json")
	g.Expect(threads).To(ContainElements("letter", "letter#2", "letter#3"))
	g.Expect(notes).To(HaveKeyWithValue("verdict", "held"))

	report := readGinkgo(g, "g.json")[0]
	g.Expect(report.SuiteSucceeded).To(BeTrue())
	g.Expect(report.PreRunStats.SpecsThatWillRun).To(Equal(2))
	g.Expect(report.SpecReports).To(HaveLen(3), "the scenario, its control, and what writes the result")

	tapes, err := filepath.Glob(".squall/controls/*/*.tape")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(tapes).To(HaveLen(1))
	t.Run("that broke", func(t *testing.T) {
		g := NewWithT(t)
		code, stdout, stderr := squall("replay", tapes[0], "--trace=broken.json")
		g.Expect(code).To(Equal(1), stdout+stderr)
		_, faults, notes := readTrace(g, "broken.json")
		g.Expect(faults).To(ConsistOf(HavePrefix("↯ harness/run: error")))
		g.Expect(notes).To(And(HaveKeyWithValue("verdict", "broken"), HaveKeyWithValue("property", "P-EXPECT"), HaveKeyWithValue("control", "forgets")))
	})
	t.Run("that held", func(t *testing.T) {
		g := NewWithT(t)
		content, err := os.ReadFile(tapes[0])
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(os.WriteFile("held.tape", []byte(strings.Replace(string(content), "control forgets\n", "", 1)), 0o644)).To(Succeed())
		code, stdout, stderr := squall("replay", "held.tape", "--trace=held.json")
		g.Expect(code).To(Equal(0), stdout+stderr)
		_, faults, notes := readTrace(g, "held.json")
		g.Expect(faults).To(ConsistOf(HavePrefix("↯ harness/run: error")))
		g.Expect(notes).To(HaveKeyWithValue("verdict", "held"))
		g.Expect(notes).NotTo(HaveKey("property"))
	})
	t.Run("without the flag", func(t *testing.T) {
		g := NewWithT(t)
		t.Setenv("SQUALL_TRACE", filepath.Join(t.TempDir(), "not", "asked"))
		code, _, _ := squall("replay", tapes[0])
		g.Expect(code).To(Equal(1))
		g.Expect(os.Getenv("SQUALL_TRACE")).NotTo(BeADirectory())
	})
	t.Run("refused", func(t *testing.T) {
		for _, test := range []struct{ args, want string }{
			{"replay " + tapes[0] + " --trace=letters", "--trace=letters: cannot write there: it is a directory"},
			{"replay " + tapes[0] + " --trace=" + tapes[0], "would overwrite"},
			{"replay " + tapes[0] + " --trace=", "--trace= names no file"},
			{"replay " + tapes[0] + " --trace=x --json=x", "--json=x and --trace=x are one file"},
			{"run --trace=go.mod", "--trace=go.mod: it is a file; name a folder"},
			{"run --trace=", "--trace= names no folder"},
			{"run --ginkgo-json=x --junit=x", "--junit=x and --ginkgo-json=x are one file"},
		} {
			g := NewWithT(t)
			code, _, stderr := squall(strings.Fields(test.args)...)
			g.Expect(code).To(Equal(2), test.args)
			g.Expect(stderr).To(And(ContainSubstring(test.want), HaveSuffix("\n")))
			g.Expect(strings.Count(stderr, "\n")).To(Equal(1), stderr)
		}
	})
}

// TestARunThatNeverComesBackIsNotDrawn: nothing is written, and that is said.
func TestARunThatNeverComesBackIsNotDrawn(t *testing.T) {
	realShop(t)
	t.Setenv("SHOP", "spins")
	t.Setenv("SQUALL_WATCHDOG", "1s")
	g := NewWithT(t)
	code, stdout, stderr := squall("run", "--trace=traces")
	g.Expect(code).To(Equal(4), stdout+stderr)
	g.Expect(filepath.Glob("traces/spins*")).To(BeEmpty())
	g.Expect(filepath.Glob("traces/*.json")).NotTo(BeEmpty(), "those before it are")
	saved, err := filepath.Glob("till/testdata/squall/*/*.tape")
	g.Expect(err).NotTo(HaveOccurred())
	code, stdout, stderr = squall("replay", saved[0], "--trace=t.json")
	g.Expect(code).To(Equal(4), stdout+stderr)
	g.Expect(stderr).To(ContainSubstring("squall: --trace=t.json: not written: no run came back that could be drawn\n"))
	g.Expect("t.json").NotTo(BeAnExistingFile())

	t.Setenv("SHOP", "differs")
	code, stdout, stderr = squall("run", "--trace=traces", "--focus=outlives")
	g.Expect(code).To(Equal(3), stdout+stderr)
	_, faults, notes := readTrace(g, "traces/has+a+state+that+outlives+it.trace.json")
	g.Expect(notes).To(HaveKeyWithValue("verdict", "flaky"))
	g.Expect(faults).To(BeEmpty(), "the first of two histories of a storm without a fault")
}

func TestTracesOfTwoSuites(t *testing.T) {
	g := NewWithT(t)
	t.Chdir(t.TempDir())
	var done []finished
	for _, pkg := range []string{"a", "b"} {
		g.Expect(os.Mkdir(pkg, 0o755)).To(Succeed())
		for _, name := range []string{"S1.trace.json", ".S2.trace.json.tmp"} {
			g.Expect(os.WriteFile(filepath.Join(pkg, name), []byte(pkg), 0o644)).To(Succeed())
		}
		done = append(done, finished{suite: &suite{pkg: pkg}, files: suiteFiles{traces: pkg}})
	}
	var stderr strings.Builder
	s := &session{stderr: &stderr}
	g.Expect(s.gatherTraces(request{trace: "all"}, done)).To(Succeed())
	g.Expect(filepath.Glob("all/*")).To(Equal([]string{"all/S1-2.trace.json", "all/S1.trace.json"}))
	g.Expect(os.ReadFile("all/S1-2.trace.json")).To(BeEquivalentTo("b"))
	g.Expect(stderr.String()).To(BeEmpty())
	g.Expect(s.gatherTraces(request{trace: "one", replay: "x"}, done)).To(Succeed())
	g.Expect(os.ReadFile("one")).To(BeEquivalentTo("a"))
	g.Expect(stderr.String()).To(Equal("squall: --trace=one: 2 suites ran the tape; the trace is of a\n"))
}
