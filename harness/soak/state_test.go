package soak

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

func TestStateIsReadAsItWasWritten(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	s := newState(3, Shard{2, 3}, 500)
	s.add(&batch.Outcome{Index: 1, Scenario: "S1", Runs: 200, Steps: 900, Hash: "abc", Struck: []batch.Struck{{Cell: batch.Cell{Site: "a/b", Fault: "error"}, Count: 3}},
		Failed: []batch.Failed{{Kind: "P-X a", Count: 2}}, Handovers: []string{"a > b"}, Facts: []string{"seen"}, Unseen: []string{"unseen"}})
	s.add(&batch.Outcome{Index: 4, Scenario: "S1", Control: "c", Caught: true, Runs: 7})
	s.Incidents.add(time.Unix(5, 0).UTC(), "something")
	s.point(1)
	s.Done.Above = nil
	g.Expect(s.write(dir)).To(Succeed())
	g.Expect(ReadState(dir)).To(Equal(s))
	g.Expect(s.Tallies["S1"].Hash).To(Equal(uint64(9476356368982180505)), "what two soaks of one seed are compared by")
	g.Expect(s.Tallies["S1"].Facts).To(Equal(map[string]bool{"seen": true, "unseen": false}))
	runs, steps := s.Totals()
	g.Expect([]int64{runs, steps, int64(s.Cells())}).To(Equal([]int64{200, 900, 1}), "a control's runs are its own")
}

func TestStatesThatAreNone(t *testing.T) {
	g := NewWithT(t)
	const one = `{"format": 1, "shard": {"number": 1, "of": 1}, `
	for content, want := range map[string]string{
		"":                                     "soak.json: not the state of a soak, or cut short: unexpected end of JSON input; restore it, or do without its directory",
		"{\"format\": 1":                       "soak.json: not the state of a soak, or cut short: unexpected end of JSON input; restore it, or do without its directory",
		"{\"format\": 99, \"version\": \"9\"}": "soak.json: its format is 99, and this version reads 1; merge it with the version that wrote it (9)",
		"{\"format\": 1}":                      "soak.json: there is no shard 0/0",
		"{\"format\": 1, \"shard\": {\"number\": 3, \"of\": 2}}":                  "there is no shard 3/2",
		one + `"tallies": {"S1": {"runs": -3}}}`:                                  "soak.json: S1: no soak comes to -3 runs: it was changed; restore it, or do without its directory",
		one + `"tallies": {"S1": {"runs": 9223372036854775807}}}`:                 "S1: no soak comes to 9223372036854775807 runs",
		one + `"tallies": {"S1": {"runs": 9007199254740992}, "S2": {"runs": 1}}}`: "S2: no soak comes to so many runs in all",
		one + `"tallies": {"S1": {"batches": -1}}}`:                               "S1: no soak comes to -1 batches",
		one + `"tallies": {"S1": {"steps": -1}}}`:                                 "S1: no soak comes to -1 steps",
		one + `"tallies": {"S1": {"failed": {"P-X a": -1}}}}`:                     "S1 P-X a: no soak comes to -1 runs that failed",
		one + `"tallies": {"S1": {"struck": {"a/b": {"error": -1}}}}}`:            "S1 a/b error: no soak comes to -1 strikes",
		one + `"controls": {"S1/c": {"runs": -1}}}`:                               "control S1/c: no soak comes to -1 runs of controls",
		one + `"given_up": -1}`:                                                   "no soak comes to -1 batches that were given up",
		one + `"incidents": {"count": -1}}`:                                       "no soak comes to -1 incidents",
		one + `"series": [{"runs": -1}]}`:                                         "a point of the series: no soak comes to -1 runs",
		one + `"runs_wanted": -1}`:                                                "no soak is given -1 runs",
	} {
		dir := t.TempDir()
		g.Expect(os.WriteFile(filepath.Join(dir, stateFile), []byte(content), 0o644)).To(Succeed())
		_, err := ReadState(dir)
		g.Expect(err).To(MatchError(ContainSubstring(want)))
	}
	_, err := ReadState(t.TempDir())
	g.Expect(err).To(MatchError(os.ErrNotExist))
}

// A soak of a month, looked at every five seconds.
func TestSizesAreBounded(t *testing.T) {
	g := NewWithT(t)
	s := newState(1, Shard{1, 1}, 0)
	month := 30 * 24 * time.Hour
	for s.Elapsed < month {
		s.Elapsed += 5 * time.Second
		s.point(0)
	}
	g.Expect(len(s.Series)).To(And(BeNumerically("<=", maxPoints), BeNumerically(">", maxPoints/4)))
	g.Expect(s.Series[len(s.Series)-1].At).To(Equal(month))
	for i := 1; i < len(s.Series); i++ {
		g.Expect(s.Series[i].At-s.Series[i-1].At).To(BeNumerically("<", month/50), "no part of the month is missing")
	}
	for range 1000 {
		s.Incidents.add(time.Now(), strings.Repeat("long ", 1<<10))
	}
	g.Expect(s.Incidents.Count).To(BeEquivalentTo(1000))
	g.Expect(s.Incidents.Last).To(HaveLen(100))
	g.Expect(len(s.Incidents.Last[0].Text)).To(Equal(2000))
	for n := range maxFindings + 50 {
		s.tally("S1").fact(strings.Repeat("x", n+1), false)
	}
	g.Expect(s.tally("S1").Facts).To(HaveLen(maxFindings))
}

func TestTheTailKeepsTheLastWords(t *testing.T) {
	g := NewWithT(t)
	log := newTail(1000)
	write := func(text string) {
		for _, line := range strings.SplitAfter(text, "\n") {
			_, _ = log.Write([]byte(line))
		}
	}
	write("panic: an old one\n" + strings.Repeat("noise\n", 1000) + "panic: the last one\n\n" + strings.Repeat("goroutine\n", 10_000) + "exit\n")
	got := log.String()
	g.Expect(got).To(HavePrefix("panic: the last one\n\ngoroutine\n"))
	g.Expect(got).To(HaveSuffix("goroutine\nexit\n"))
	g.Expect(len(got)).To(BeNumerically("<=", 2100))
	g.Expect(headline(&died{log: got})).To(Equal("panic: the last one"))
	g.Expect(headline(&died{log: "x\npanic: at 0xc0001 [recovered, repanicked]\nfoo", how: "exit status 2"})).To(Equal("panic: at 0x…"))
	g.Expect(headline(&died{log: "quiet", how: "exit status 3"})).To(Equal("exit status 3"))
}

func TestTrim(t *testing.T) {
	g := NewWithT(t)
	f := &batch.Finding{Scenario: "S1", Verdict: result.Broken, Signature: strings.Repeat("é", 1<<20), Message: "two\nlines", Text: strings.Repeat("\x00", 1<<21),
		Dump: strings.Repeat("é", 1<<20), Tape: strings.Repeat("x", 1<<21), Storm: make([]string, 5000)}
	f.Trim()
	g.Expect(f.Message).To(Equal("two lines"))
	g.Expect(f.Storm).To(HaveLen(1001))
	g.Expect(f.Tape).To(BeEmpty())
	g.Expect(len(f.Kind())).To(BeNumerically("<", 500))
	store, _, err := openStore(t.TempDir())
	g.Expect(err).NotTo(HaveOccurred())
	_, _, err = store.add(f)
	g.Expect(err).NotTo(HaveOccurred())
	info, err := os.Stat(filepath.Join(store.dir, findingsDir, nameOf(f)+".json"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(info.Size()).To(BeNumerically("<", maxFinding))
	again, torn, err := ReadFindings(store.dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(torn).To(BeEmpty())
	g.Expect(again).To(HaveLen(1))
	g.Expect(again[0].Kind()).To(Equal(f.Kind()))
}

// The largest counts there can be are counts like others.
func TestAsManyAsCanBeCounted(t *testing.T) {
	g := NewWithT(t)
	s := newState(1, Shard{1, 1}, math.MaxInt64)
	s.tally("S1").Runs, s.tally("S1").Steps = maxCount, maxCount
	dir := t.TempDir()
	g.Expect(s.write(dir)).To(Succeed())
	g.Expect(ReadState(dir)).To(HaveField("Tallies", HaveKeyWithValue("S1", HaveField("Runs", BeEquivalentTo(maxCount)))))
}

// What is merged is quadratic in the points of a series.
func TestASeriesFromAFileIsThinned(t *testing.T) {
	g := NewWithT(t)
	s := newState(1, Shard{1, 1}, 0)
	for n := range 40_000 {
		s.Series = append(s.Series, Point{At: time.Duration(n), Runs: int64(n)})
	}
	dir := t.TempDir()
	g.Expect(s.write(dir)).To(Succeed())
	read, err := ReadState(dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(read.Series)).To(And(BeNumerically("<=", maxPoints), BeNumerically(">", maxPoints/4)))
	g.Expect(read.Series[0].Runs).To(BeZero())
	g.Expect(read.Series[len(read.Series)-1].Runs).To(BeEquivalentTo(39_999))
}
