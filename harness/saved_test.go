package harness

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/corpus"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/tape"
)

// story is a scenario at version 2 with the control "c".
var story = Scenario{ID: "X1", Version: 2, Body: func(*Run) {}, Controls: []Control{{Name: "c"}}}

const (
	fitting   = "squall tape 1\nscenario X1 version 2\nfault harness/run #1 in main/a: error \"boom\"\nend\n"
	older     = "squall tape 1\nscenario X1 version 1\nseed 7\nend\n"
	ofControl = "squall tape 1\nscenario X1 version 2\ncontrol c\nend\n"
	ofAnother = "squall tape 1\nscenario X1 version 2\ncontrol d\nend\n"
	unknown   = "squall tape 1\nscenario X1 version 2\nfault harness/nowhere #1 in main: drop\nend\n"
	forbidden = "squall tape 1\nscenario X1 version 2\nfault harness/run #1 in main/a: drop\nend\n"
	ofRace    = "squall tape 1\nscenario X1 version 2\nfailure \"P-RACE a.F and a.G\"\nend\n"
	foreign   = "squall tape 1\nscenario X2 version 2\nend\n"
	cutShort  = "squall tape 1\nscenario X1 version 2\n"
)

// usually resets the settings after a test.
func usually(t *testing.T) {
	t.Helper()
	t.Cleanup(func() { current = config{seed: 1} })
}

func TestTapeToReplayIsChecked(t *testing.T) {
	usually(t)
	with(t, flagReplay, "x.tape")
	blind := "tape x.tape: recorded for a data race, which this suite has no race detector to see; build it with --race"
	if engine.Detecting() {
		blind = ""
	}
	for text, says := range map[string]string{
		fitting: "", ofControl: "", ofRace: blind,
		older:     "tape x.tape: recorded by version 1 of scenario X1, which is at version 2 now; delete it, or record it again with go run ./cmd/squall run --focus X1 --seed 7",
		ofAnother: `tape x.tape: scenario X1 has no control "d"; squall list shows them`,
		unknown:   `tape x.tape: unknown failpoint "harness/nowhere"`,
		forbidden: `tape x.tape: failpoint "harness/run" does not allow drop`,
		foreign:   `tape x.tape: unknown scenario "X2" in this suite; squall list shows all`,
	} {
		g := NewWithT(t)
		parsed, err := tape.Parse([]byte(text))
		g.Expect(err).NotTo(HaveOccurred())
		current.replay = parsed
		if err = checkTape([]Scenario{story}); says == "" {
			g.Expect(err).NotTo(HaveOccurred(), text)
		} else {
			g.Expect(err).To(MatchError(HavePrefix(says)))
		}
	}
}

func TestOnlyTheRunThatFoundItSaysWhenItBroke(t *testing.T) {
	for known, want := range map[bool]int{false: 7, true: 0} {
		c := &explore.Counterexample{Findings: []judge.Finding{{Property: "P-LEAK"}}, Tape: &tape.Tape{}, FoundAt: 7, Known: known}
		NewWithT(t).Expect(counterexample(explore.Subject{}, c, "").RunsUntilFound).To(Equal(want))
	}
}

// Saved tapes have the name of their choices, and soaks' the name of a failure.
func TestWhatHasChangedSinceATapeWasSaved(t *testing.T) {
	g := NewWithT(t)
	parsed, err := tape.Parse([]byte("squall tape 1\nscenario X1 version 2\nseed 7\nhash 0000000000000001\nparam size in main = 9\nend\n"))
	g.Expect(err).NotTo(HaveOccurred())
	const code = "the code has changed since it was recorded, the tape has not: if the bug was mended, delete it, else record it again with go run ./cmd/squall run --focus X1 --seed 7"
	const edited = "the tape was edited since it was saved (its name is of other choices): correct it, or record it again with go run ./cmd/squall run --focus X1 --seed 7"
	const either = "the tape was edited since it was recorded, or the code has changed: if the bug was mended, delete it, else correct it, or record it again with go run ./cmd/squall run --focus X1 --seed 7"
	for path, want := range map[string]string{
		"corpus/X1/" + parsed.ID() + ".tape":    code,
		parsed.ID() + "-2.tape":                 code,
		"corpus/X1/000000.tape":                 edited,
		"findings/X1-49dd1d2eef4033f8.tape":     either,
		"x.tape":                                either,
		"corpus/" + parsed.ID() + "/other.tape": either,
	} {
		g.Expect(whyMisfit(path, parsed)).To(Equal(want), path)
	}
	parsed.Hash = 0
	g.Expect(whyMisfit(parsed.ID()+".tape", parsed)).To(HavePrefix("the tape has no hash, it was not recorded: correct it, or record"))
	parsed.Failure = "crash panic: all is lost" // of a run that did not live to have a hash
	g.Expect(whyMisfit("x.tape", parsed)).To(Equal(either))
}

// A tape whose places are gone, as after a mend, must not be taken for luck.
func TestATapeThatDoesNotFitIsVacuous(t *testing.T) {
	g := NewWithT(t)
	usually(t)
	parsed, err := tape.Parse([]byte("squall tape 1\nscenario X1 version 2\nseed 7\nfailure P-LEAK main\nhash 0000000000000001\nparam size in main = 9\nend\n"))
	g.Expect(err).NotTo(HaveOccurred())
	s := Scenario{ID: "X1", Title: "pay", Version: 2, Properties: []string{"P-LEAK"}, Body: func(*Run) {}}
	report, err := explore.Replay(s.subject(), parsed, 0)
	g.Expect(err).To(HaveOccurred())
	g.Expect(report.Verdict).To(Equal(explore.Vacuous))
	g.Expect(report.Misfits).To(HaveLen(1))
	report.Misfits[0].Path = parsed.ID() + ".tape"
	const tells = "the run went another way: 1 of 1 choices found no place, the first is param size in main = 9; " +
		"the code has changed since it was recorded, the tape has not: if the bug was mended, delete it, else record it again with go run ./cmd/squall run --focus X1 --seed 7"
	words := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	text := words(explain(s.subject(), report, "x.tape"))
	g.Expect(text).To(HavePrefix("X1 pay: VACUOUS 1 run held, and 1 tape does not fit any more the tape " + parsed.ID() + ".tape proves nothing any more: " + tells + " replay: "))
	g.Expect(text).To(HaveSuffix(" replay x.tape"))
	g.Expect(verdictOf("P-LEAK", report)).To(Equal(explore.Held), "the runs beside it held")

	g.Expect(besides(report.Misfits[0], report)).To(Equal("the tape "+parsed.ID()+".tape proves nothing any more: "+tells), "a saved one, and something else broke")
	current.replay = parsed
	g.Expect(verdictOf("P-LEAK", report)).To(Equal(explore.Vacuous), "there are none")
	report.Counterexample = &explore.Counterexample{Tape: &tape.Tape{Failure: "P-LEAK main"}}
	g.Expect(besides(report.Misfits[0], report)).To(HaveSuffix("the first is param size in main = 9; this is what is left of it"))
	report.Counterexample.Tape.Failure = "P-EXPECT main"
	g.Expect(besides(report.Misfits[0], report)).To(HaveSuffix("this is what is left of it, and it was recorded for another failure, P-LEAK main"))
}

func TestCorpusIsCheckedBeforeAnythingIsRun(t *testing.T) {
	usually(t)
	for text, says := range map[string]string{
		fitting:   "",
		older:     "recorded by version 1 of scenario X1",
		ofControl: `of the control "c", which has to break: no counterexample of scenario X1; take it out of the corpus`,
		unknown:   `unknown failpoint "harness/nowhere"`,
		forbidden: `failpoint "harness/run" does not allow drop`,
		foreign:   `is a tape of scenario "X2", not "X1"`,
		cutShort:  `the text stops without the line "end"`,
	} {
		g := NewWithT(t)
		current.corpus = t.TempDir()
		path := filepath.Join(current.corpus, "X1", "a.tape")
		g.Expect(os.Mkdir(filepath.Dir(path), 0o755)).To(Succeed())
		g.Expect(os.WriteFile(path, []byte(text), 0o644)).To(Succeed())
		if err := checkCorpus([]Scenario{story}); says == "" {
			g.Expect(err).NotTo(HaveOccurred(), text)
		} else {
			g.Expect(err).To(MatchError(And(ContainSubstring(path), ContainSubstring(says), Not(ContainSubstring("\n")))))
		}
		current.replay = new(tape.Tape)
		g.Expect(checkCorpus([]Scenario{story})).To(Succeed(), "a replay does not look at the corpus")
		current.replay = nil
	}
}

func TestFaultsOfATapeThatDidNotStrike(t *testing.T) {
	g := NewWithT(t)
	parsed, err := tape.Parse([]byte(fitting))
	g.Expect(err).NotTo(HaveOccurred())
	strike := parsed.Plan()[0]
	hit := history.Event{Kind: history.Struck, Task: &history.Task{Path: strike.Task}, Site: strike.Site, Hit: strike.Hit, Fault: strike.Fault}
	g.Expect(unstruck(parsed, &history.Run{Events: []history.Event{hit}})).To(BeEmpty())
	hit.Fault.Kind = faults.Delay
	g.Expect(unstruck(parsed, &history.Run{Events: []history.Event{hit}})).To(Equal([]string{`harness/run #1 in main/a: error "boom"`}))
}

func TestATapeOfTheCorpusStaysAsItIs(t *testing.T) {
	usually(t)
	g := NewWithT(t)
	dir := t.TempDir()
	_, err := corpus.Save(dir, &tape.Tape{Scenario: "X1", Version: 2, Failure: "P-LEAK main/a"})
	g.Expect(err).NotTo(HaveOccurred())
	known, err := corpus.Load(dir, "X1")
	g.Expect(err).NotTo(HaveOccurred())
	read := func() string {
		text, err := os.ReadFile(known[0].Path)
		g.Expect(err).NotTo(HaveOccurred())
		return string(text)
	}
	before := read()
	now := &tape.Tape{Scenario: "X1", Version: 2, Failure: "P-LEAK main/b", Hash: 7} // as the changed code fails
	c := &explore.Counterexample{Findings: []judge.Finding{{Property: "P-LEAK"}}, Tape: now, Found: known[0].Tape, Known: true}
	g.Expect(inRoot(keep(known, c))).To(Equal(known[0].Path))
	g.Expect(read()).To(Equal(before))
	saveAll(dir, c) // what a new one goes through would have written over it
	g.Expect(read()).NotTo(Equal(before))
}
