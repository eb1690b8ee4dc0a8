package soak

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

// soaked is what a soak came to, with what it told and the findings on disk.
type soaked struct {
	state    *State
	findings []*batch.Finding // as they are on disk
	told     []string
	err      error
}

func runSoak(t *testing.T, ctx context.Context, c Config) soaked {
	t.Helper()
	var s soaked
	also := c.Tell
	c.Tell = func(line string) {
		s.told = append(s.told, line)
		if also != nil {
			also(line)
		}
	}
	s.state, _, s.err = Run(ctx, c)
	if s.state != nil {
		found, torn, err := ReadFindings(c.Dir)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		NewWithT(t).Expect(torn).To(BeEmpty())
		s.findings = found
	}
	return s
}

func (s soaked) incidents() (texts []string) {
	for _, i := range s.state.Incidents.Last {
		texts = append(texts, i.Text)
	}
	return texts
}

func TestWhatWorkersDieOf(t *testing.T) {
	tests := []struct {
		behaviour string
		limits    Limits
		verdict   result.Verdict // of its finding, "" if there is none
		message   string
		kind      string // of the failures that are counted
		incident  string
		storm     []string
	}{
		{behaviour: "holds"},
		{behaviour: "leaves", incident: "a worker died before it began a run of batch"},
		{behaviour: "panics", verdict: result.Broken, message: "the process died: panic: all is lost", kind: "crash panic: all is lost",
			storm: []string{`fault till/charge #1 in main: panic "boom"`}},
		{behaviour: "verbose", verdict: result.Broken, message: "the process died: fatal error: much to say", kind: "crash fatal error: much to say",
			storm: []string{`fault`}},
		{behaviour: "exits", verdict: result.Broken, message: "the process died: exit status 7", kind: "crash exit status N", storm: []string{"fault"}},
		{behaviour: "exits unheard", verdict: result.Broken, message: "the process died: exit status 7", kind: "crash exit status N"},
		{behaviour: "killed", verdict: result.Broken, message: "the process died: signal: killed", kind: "crash signal: killed", storm: []string{"fault"}},
		{behaviour: "killed once", incident: "a worker died in run 50 of batch"},
		{behaviour: "half", verdict: result.Flaky, message: "the process died: exit status 1, and not again when the run was repeated", kind: "crash exit status N"},
		{behaviour: "wedges", verdict: result.Wedged, message: "it is stuck", kind: wedged},
		{behaviour: "stops", limits: Limits{Stuck: 50 * time.Millisecond, Look: 10 * time.Millisecond}, verdict: result.Wedged,
			message: "the process died: a run did not come back", kind: "crash a run did not come back", storm: []string{"param", "fault", "switch"}},
		{behaviour: "eats", limits: Limits{Memory: 200 << 20, Look: 10 * time.Millisecond}, verdict: result.Broken,
			message: "the process died: out of memory", kind: "crash out of memory", storm: []string{"fault"}},
		{behaviour: "babbles", verdict: result.Broken, message: `the process died: it said "blah": invalid character 'b' looking for beginning of value`,
			kind: `crash it said "blah": invalid character 'b' looking for beginning of value`},
		{behaviour: "mistakes", verdict: result.Broken, message: "the process died: it said what does not answer the batch", kind: "crash it said what does not answer the batch"},
		{behaviour: "leaves a child", limits: Limits{Look: 10 * time.Millisecond}, verdict: result.Broken, message: "the process died: exit status 7", kind: "crash exit status N"},
	}
	for _, test := range tests {
		t.Run(test.behaviour, func(t *testing.T) {
			g := NewWithT(t)
			c := fakeConfig(t, 800, test.behaviour)
			c.Limits, c.Workers = test.limits, 1
			t.Cleanup(func() { endChildren(t, c) })
			s := runSoak(t, t.Context(), c)
			g.Expect(s.err).NotTo(HaveOccurred())
			g.Expect(s.state.Finished).To(BeTrue())
			g.Expect(s.state.Tallies["canary"].Runs).To(BeEquivalentTo(400))
			tally := s.state.Tallies[test.behaviour]
			g.Expect(tally.Runs).To(BeEquivalentTo(400), "none is lost")
			if test.kind == "" {
				g.Expect(tally.Failed).To(BeEmpty())
			} else {
				g.Expect(tally.Failed).To(HaveLen(1))
				g.Expect(tally.Failed[test.kind]).To(BeNumerically(">", 0), "%v", tally.Failed)
			}
			if test.verdict == "" {
				g.Expect(s.findings).To(BeEmpty())
			} else {
				g.Expect(s.findings).To(HaveLen(1))
				f := s.findings[0]
				g.Expect(f.Verdict).To(Equal(test.verdict))
				g.Expect(f.Message).To(Equal(test.message))
				g.Expect(f.Text).NotTo(BeEmpty())
				if test.storm != nil && f.Verdict == result.Wedged {
					g.Expect(f.Text).To(And(HavePrefix(test.behaviour+": WEDGED  "), ContainSubstring("\n  storm (not shrunk: each try would take as long as the watchdog waits; 3 choices of 3):\n    1. ")))
				} else if test.storm != nil {
					g.Expect(f.Text).To(And(HavePrefix(test.behaviour+": BROKEN  "), ContainSubstring("\n  smallest storm (1 choices of 3):\n    1. ")))
				}
				g.Expect(f.Title).To(Equal("it " + test.behaviour))
				g.Expect(f.Storm).To(HaveLen(len(test.storm)), "%q", f.Storm)
				g.Expect(s.told).To(ContainElement(HavePrefix("FOUND  " + test.behaviour + ": " + test.message)))
			}
			if test.incident == "" {
				g.Expect(s.incidents()).To(BeEmpty())
			} else {
				g.Expect(s.incidents()).To(ContainElement(ContainSubstring(test.incident)))
			}
			expectTidy(t, c)
		})
	}
}

// expectTidy: no process and no file is left behind.
func expectTidy(t *testing.T, c Config) {
	t.Helper()
	g := NewWithT(t)
	g.Expect(childProcesses()).To(BeEmpty())
	entries, err := os.ReadDir(c.Dir)
	g.Expect(err).NotTo(HaveOccurred())
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	g.Expect(names).To(HaveEach(BeElementOf("findings", "soak.json", "heartbeat.json", "soak.lock")))
}

func TestTheRunThatBreaksIsKept(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 2000, "breaks", "differs")
	s := runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(s.findings).To(HaveLen(3))
	g.Expect(Verdict(s.state, s.findings)).To(Equal(result.Broken))
	for _, f := range s.findings {
		g.Expect(os.ReadFile(TapePath(c.Dir, f))).To(BeEquivalentTo(f.Tape))
		g.Expect(s.told).To(ContainElement("FOUND  " + f.Scenario + ": " + f.Message + "\n       replay: squall replay " + TapePath(c.Dir, f)))
	}
	g.Expect(s.state.Tallies["canary"].Failed).NotTo(BeEmpty())
}

func TestOneSeedIsOneResult(t *testing.T) {
	scenarios := []string{"breaks", "panics", "wedges", "holds", "controlled"}
	whole := runSoak(t, t.Context(), fakeConfig(t, 5000, scenarios...))
	g := NewWithT(t)
	g.Expect(whole.err).NotTo(HaveOccurred())
	want := cameTo(whole.state, whole.findings)
	g.Expect(want.Findings).To(HaveLen(4))
	g.Expect(want.Controls).To(HaveLen(3))

	t.Run("with one worker", func(t *testing.T) {
		c := fakeConfig(t, 5000, scenarios...)
		c.Workers = 1
		s := runSoak(t, t.Context(), c)
		NewWithT(t).Expect(cameTo(s.state, s.findings)).To(Equal(want))
	})
	t.Run("in three shards", func(t *testing.T) {
		g := NewWithT(t)
		var dirs []string
		for n := range 3 {
			c := fakeConfig(t, 5000, scenarios...)
			c.Shard = Shard{n + 1, 3}
			g.Expect(runSoak(t, t.Context(), c).err).NotTo(HaveOccurred())
			dirs = append(dirs, c.Dir)
		}
		m, err := Merge(dirs)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(m.Problems).To(BeEmpty())
		g.Expect(cameTo(m.State, m.Findings)).To(Equal(want))
	})
	t.Run("stopped and resumed again and again", func(t *testing.T) {
		g := NewWithT(t)
		c := fakeConfig(t, 5000, scenarios...)
		for stops := 0; ; stops++ {
			ctx, stop := context.WithCancel(t.Context())
			ticks := 0
			c.View = func(*View) {
				if ticks++; ticks > 20 {
					stop()
				}
			}
			s := runSoak(t, ctx, c)
			stop()
			g.Expect(s.err).NotTo(HaveOccurred())
			c.Resume = true
			if s.state.Finished {
				g.Expect(cameTo(s.state, s.findings)).To(Equal(want))
				return
			}
			g.Expect(stops).To(BeNumerically("<", 500))
		}
	})
}

func TestControls(t *testing.T) {
	g := NewWithT(t)
	s := runSoak(t, t.Context(), fakeConfig(t, 400, "controlled"))
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(s.findings).To(BeEmpty(), "a control has to fail")
	g.Expect(s.state.Controls).To(Equal(map[string]*Caught{
		"controlled/caught": {Caught: true, Runs: 5}, "controlled/missed": {Runs: 5}, "controlled/panics": {Caught: true, Runs: 6},
	}))
	g.Expect(s.incidents()).To(ConsistOf("run 0 of controlled/panics ended its worker: panic: a control did this; left out"))
	g.Expect(s.state.Blind()).To(Equal([]string{"control controlled/missed was not caught in 5 runs"}))
	g.Expect(Verdict(s.state, s.findings).ExitCode()).To(Equal(3))
}

func TestASoakThatIsBlind(t *testing.T) {
	g := NewWithT(t)
	tests := []struct {
		runs   int64
		failed map[string]int64
		blind  bool
	}{
		{1, nil, false},
		{999, nil, false},
		{1000, nil, true},
		{1000, map[string]int64{"P-EXPECT main": 1}, false},
	}
	for _, test := range tests {
		s := newState(1, Shard{1, 1}, 0)
		s.Scenarios = []batch.Scenario{{ID: "canary", Canary: true}}
		s.tally("canary").Runs, s.tally("canary").Failed = test.runs, test.failed
		code := 0
		if test.blind {
			code = 3
			g.Expect(s.Blind()).To(Equal([]string{"the canary was not found in 1000 runs"}))
		}
		g.Expect(Verdict(s, nil).ExitCode()).To(Equal(code), "%+v", test)
	}
}

func TestASoakThatDidNotRunEverythingIsBlind(t *testing.T) {
	whole := func() *State {
		s := newState(1, Shard{1, 1}, 0)
		s.Scenarios = []batch.Scenario{{ID: "S1", Controls: []string{"a", "b"}}, {ID: "S2"}, {ID: "S3"}, {ID: "S4"}, {ID: "S5"}, {ID: "canary", Canary: true}}
		for _, scenario := range s.Scenarios {
			s.tally(scenario.ID).Runs = 5
		}
		s.Controls["S1/a"], s.Controls["S1/b"] = &Caught{Caught: true}, &Caught{Caught: true}
		return s
	}
	tests := []struct {
		name  string
		strip func(s *State)
		want  []string
	}{
		{"all of it", func(*State) {}, nil},
		{"one scenario", func(s *State) { delete(s.Tallies, "S2") }, []string{"1 of 5 scenarios was not run (S2): give --for or --runs more"}},
		{"a scenario that was begun", func(s *State) { s.Tallies["S2"].Runs = 0 }, []string{"1 of 5 scenarios was not run (S2): give --for or --runs more"}},
		{"most scenarios", func(s *State) { clear(s.Tallies); s.tally("S5").Runs, s.tally("canary").Runs = 1, 1 },
			[]string{"4 of 5 scenarios were not run (S1, S2, S3, …): give --for or --runs more"}},
		{"a control", func(s *State) { delete(s.Controls, "S1/b") }, []string{"1 of 2 controls was not run (S1/b): give --for or --runs more"}},
		{"the canary", func(s *State) { delete(s.Tallies, "canary") }, []string{"the canary was not run: give --for or --runs more"}},
		{"each kind", func(s *State) { delete(s.Tallies, "S2"); clear(s.Controls); delete(s.Tallies, "canary") }, []string{
			"1 of 5 scenarios was not run (S2): give --for or --runs more",
			"2 of 2 controls were not run (S1/a, S1/b): give --for or --runs more",
			"the canary was not run: give --for or --runs more",
		}},
		{"nothing", func(s *State) { clear(s.Tallies) }, []string{"no scenario was run: give --for or --runs more"}},
		{"a part, as one shard of two", func(s *State) {
			s.Shard = Shard{1, 2}
			delete(s.Tallies, "S2")
			clear(s.Controls)
			delete(s.Tallies, "canary")
		}, nil},
		{"nothing, as one shard of two", func(s *State) { s.Shard = Shard{1, 2}; clear(s.Tallies) }, []string{"no scenario was run: give --for or --runs more"}},
		{"nothing, as a shard that has no part", func(s *State) { s.Runs, s.Shard = 400, Shard{8, 8}; clear(s.Tallies); clear(s.Controls) }, nil},
		{"a scenario that was given up at the end", func(s *State) { delete(s.Tallies, "S2"); s.unend("S2") },
			[]string{"1 of 5 scenarios had no batch that came to its end (S2): " + givenUp}},
		{"a scenario of which too many workers died", func(s *State) { s.Tallies["S2"] = &Tally{Batches: 1} },
			[]string{"1 of 5 scenarios had no batch that came to its end (S2): " + givenUp}},
		{"a control that was given up at the end", func(s *State) { delete(s.Controls, "S1/b"); s.unend("S1/b") },
			[]string{"1 of 2 controls had no batch that came to its end (S1/b): " + givenUp}},
		{"the canary that was given up at the end", func(s *State) { delete(s.Tallies, "canary"); s.unend("canary") },
			[]string{"no batch of the canary came to its end: " + givenUp}},
		{"nothing that was not given up", func(s *State) { clear(s.Tallies); s.unend("S2") },
			[]string{"no scenario was run, for no batch came to its end: " + givenUp}},
		{"a batch was given up, another was not", func(s *State) { s.unend("S2") }, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			s := whole()
			test.strip(s)
			g.Expect(s.Blind()).To(Equal(test.want))
			want := result.Held
			if test.want != nil {
				want = result.Vacuous
			}
			g.Expect(Verdict(s, nil)).To(Equal(want))
			g.Expect(Verdict(s, []*batch.Finding{{Verdict: result.Broken}})).To(Equal(result.Broken), "what broke is told all the same")
		})
	}
}

// Each of four shards has one of four scenarios: what none of them ran is known
// when they are put together.
func TestShardsThatRunAPartEach(t *testing.T) {
	g := NewWithT(t)
	var dirs []string
	for n := range 4 {
		c := fakeConfig(t, 800, "holds", "blind", "leaves")
		c.Shard = Shard{n + 1, 4}
		s := runSoak(t, t.Context(), c)
		g.Expect(s.err).NotTo(HaveOccurred())
		g.Expect(s.state.Tallies).To(HaveLen(1))
		g.Expect(Verdict(s.state, s.findings)).To(Equal(result.Held))
		dirs = append(dirs, c.Dir)
	}
	m, err := Merge(dirs)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(m.Blind()).To(BeEmpty())
	g.Expect(Verdict(m.State, m.Findings)).To(Equal(result.Held))

	m, err = Merge(dirs[:2])
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(m.Blind()).To(ContainElement(ContainSubstring(" of 3 scenarios were not run (")))
	g.Expect(Verdict(m.State, m.Findings)).To(Equal(result.Vacuous))
}

func TestASoakTooShortForItsScenarios(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 200, "holds", "blind", "leaves")
	s := runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(s.state.Finished).To(BeTrue())
	g.Expect(s.state.Blind()).To(HaveLen(2))
	g.Expect(s.state.Blind()[0]).To(MatchRegexp(`^2 of 3 scenarios were not run \(.*\): give --for or --runs more$`))
	g.Expect(s.state.Blind()[1]).To(Equal("the canary was not run: give --for or --runs more"))
	g.Expect(Verdict(s.state, s.findings)).To(Equal(result.Vacuous))

	c = fakeConfig(t, 200, "holds", "blind", "leaves")
	c.Focus = func(id string) bool { return id == "holds" }
	c.Runs = 400
	s = runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(s.state.Blind()).To(BeEmpty(), "what is out of focus is not missed")
}

func TestASoakIsToldWhenThereIsNothingToGoOnWith(t *testing.T) {
	g := NewWithT(t)
	resumed := func(told []string) []string {
		return slices.DeleteFunc(slices.Clone(told), func(line string) bool { return !strings.HasPrefix(line, "resume: ") })
	}
	c := fakeConfig(t, 400, "holds")
	c.Resume = true
	s := runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(resumed(s.told)).To(Equal([]string{"resume: " + c.Dir + " has no soak to go on with; this one begins"}))
	again := runSoak(t, t.Context(), c)
	g.Expect(again.err).NotTo(HaveOccurred())
	g.Expect(resumed(again.told)).To(Equal([]string{
		"resume: " + c.Dir + " is finished: the 400 runs of seed 1 are done; for more soak with more --runs, or another --seed, in another directory",
	}))
	g.Expect(cameTo(again.state, again.findings)).To(Equal(cameTo(s.state, s.findings)))
	g.Expect(again.state.Finished).To(BeTrue())

	c = fakeConfig(t, 0, "holds")
	c.For = time.Millisecond
	s = runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(resumed(s.told)).To(BeEmpty(), "it is no resumption")
	c.Resume = true
	s = runSoak(t, t.Context(), c)
	g.Expect(resumed(s.told)).To(ConsistOf(MatchRegexp(`is finished: it has soaked for .*, and --for is 1ms; give a longer --for to go on$`)))

	runs, _ := s.state.Totals()
	c.For, c.Runs = time.Hour, 0
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	c.View = func(v *View) {
		if v.Runs > runs {
			stop()
		}
	}
	s = runSoak(t, ctx, c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(resumed(s.told)).To(BeEmpty(), "there is something to go on with")
}

func TestVerdicts(t *testing.T) {
	g := NewWithT(t)
	state := newState(1, Shard{1, 1}, 0)
	g.Expect(Verdict(state, nil).ExitCode()).To(Equal(3), "nothing was run")
	state.tally("S1").Runs = 5
	for verdict, code := range map[result.Verdict]int{
		result.Held: 0, result.Broken: 1, result.Flaky: 3, result.Inconclusive: 3, result.Vacuous: 3, result.Wedged: 4,
	} {
		g.Expect(Verdict(state, []*batch.Finding{{Verdict: verdict}}).ExitCode()).To(Equal(code), string(verdict))
	}
	g.Expect(Verdict(state, []*batch.Finding{{Verdict: result.Wedged}, {Verdict: result.Broken}}).ExitCode()).To(Equal(1))
}

func TestAScenarioThatAlwaysCrashesDoesNotEndTheSoak(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 1200, "always panics", "breaks")
	s := runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(s.state.Finished).To(BeTrue())
	g.Expect(s.state.Tallies["breaks"].Runs).To(BeEquivalentTo(400))
	g.Expect(s.state.Tallies["always panics"].Failed).To(Equal(map[string]int64{"crash panic: every time": 2 * deaths}))
	g.Expect(s.findings).To(HaveLen(3))
	g.Expect(s.incidents()).To(ContainElement(ContainSubstring("of always panics was given up: 25 workers died of it")))
}

func TestWorkersThatDoNotStart(t *testing.T) {
	for behaviour, want := range map[string]string{
		"mute":      "soak: worker of fake did not get ready: it said nothing for 50ms: ",
		"stillborn": "soak: worker of fake did not get ready: exit status 3: cannot find the till",
		"stammers":  `soak: worker of fake did not get ready: it said "uh": invalid character 'u' looking for beginning of value: `,
	} {
		t.Run(behaviour, func(t *testing.T) {
			g := NewWithT(t)
			c := fakeConfig(t, 400, behaviour)
			if behaviour == "mute" {
				c.Limits.Ready = 50 * time.Millisecond
			}
			g.Expect(runSoak(t, t.Context(), c).err).To(MatchError(want))
			g.Expect(childProcesses()).To(BeEmpty())
			g.Expect(Check(c)).To(Succeed(), "the directory is free again")
		})
	}
	t.Run("no such file", func(t *testing.T) {
		c := fakeConfig(t, 400, "holds")
		c.Binaries[0].Path = filepath.Join(t.TempDir(), "none")
		NewWithT(t).Expect(runSoak(t, t.Context(), c).err).To(MatchError(os.ErrNotExist))
	})
	t.Run("stopped meanwhile", func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		stop()
		NewWithT(t).Expect(runSoak(t, ctx, fakeConfig(t, 400, "mute")).err).To(MatchError(errStopped))
	})
	t.Run("nothing to soak", func(t *testing.T) {
		NewWithT(t).Expect(runSoak(t, t.Context(), fakeConfig(t, 400, "free")).err).To(MatchError(HavePrefix("soak: there is no scenario to soak")))
	})
}

// A binary that is gone for a while costs time and no batch.
func TestBatchesThatCannotBeBegunAreTriedAgain(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 2000, "breaks", "leaves")
	own, err := os.Executable()
	g.Expect(err).NotTo(HaveOccurred())
	link := filepath.Join(t.TempDir(), "worker")
	g.Expect(os.Symlink(own, link)).To(Succeed())
	c.Binaries[0].Path, c.patience = link, time.Hour
	missing, failed, back := false, false, false
	c.Tell = func(line string) { failed = failed || strings.Contains(line, "a batch could not be begun") }
	c.View = func(*View) {
		switch {
		case !missing:
			missing = true
			g.Expect(os.Remove(link)).To(Succeed())
		case !back && failed:
			back = true
			g.Expect(os.Symlink(own, link)).To(Succeed())
		}
	}
	s := runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(s.state.Tallies["leaves"].Runs).To(BeEquivalentTo(600))
	g.Expect(s.state.Tallies["breaks"].Runs).To(BeEquivalentTo(800))
	g.Expect(s.incidents()).To(ContainElement(ContainSubstring("a batch could not be begun; it is tried again")))
}

func TestASoakThatCanBeginNothingGivesUp(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 0, "leaves")
	own, err := os.Executable()
	g.Expect(err).NotTo(HaveOccurred())
	link := filepath.Join(t.TempDir(), "worker")
	g.Expect(os.Symlink(own, link)).To(Succeed())
	c.Binaries[0].Path = link
	c.View = func(*View) { _ = os.Remove(link) }
	s := runSoak(t, t.Context(), c)
	g.Expect(s.err).To(MatchError(os.ErrNotExist))
	g.Expect(s.state.Finished).To(BeFalse())
	g.Expect(s.state.Done.has(s.state.Done.Below)).To(BeFalse())
	runs, _ := s.state.Totals()
	done := s.state.Done.Below
	for _, span := range s.state.Done.Above {
		done += span.to - span.from + 1
	}
	g.Expect(runs).To(BeEquivalentTo(200*done), "what was not run is not done")
}

func TestARefusedBatchIsLeftOut(t *testing.T) {
	g := NewWithT(t)
	s := runSoak(t, t.Context(), fakeConfig(t, 400, "refuses"))
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(s.incidents()).To(ContainElement(HavePrefix("soak: a worker refused a batch: 1 of refuses: I would rather not")))
}

func TestStop(t *testing.T) {
	for _, behaviour := range []string{"stays", "holds"} {
		t.Run(behaviour, func(t *testing.T) {
			g := NewWithT(t)
			c := fakeConfig(t, 0, behaviour)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			c.View = func(*View) { stop() }
			s := runSoak(t, ctx, c)
			g.Expect(s.err).NotTo(HaveOccurred())
			g.Expect(s.state.Finished).To(BeFalse())
			expectTidy(t, c)
		})
	}
}

// A worker that is not ready when the time is over has nothing to lose: nobody waits
// for it.
func TestTimeIsOverBeforeAWorkerIsReady(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 0, "holds, the first alone")
	c.Workers, c.For = 2, 50*time.Millisecond
	c.Limits.Ready = time.Hour
	s := runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(s.state.Finished).To(BeTrue())
	runs, _ := s.state.Totals()
	g.Expect(runs).To(BeNumerically(">", 0), "the other one did what it could")
	g.Expect(s.state.Elapsed).To(BeNumerically("<", overtime), "that is for those who have begun")
	expectTidy(t, c)
}

// A batch that was begun and is given up when the soak is over is not one that the
// soak never came to; whoever waits for it is told.
func TestABatchThatIsGivenUpAtTheEnd(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 0, "breaks and stays")
	s, err := open(t.Context(), c)
	g.Expect(err).NotTo(HaveOccurred())
	var before, after *View
	s.config.Tell = func(line string) {
		if before == nil && strings.HasPrefix(line, "FOUND") {
			before = s.view()
			s.end(0)
			after = s.view()
		}
	}
	s.loop(t.Context())
	s.finish(t.Context())
	s.close()
	g.Expect([]bool{before.Ending, after.Ending}).To(Equal([]bool{false, true}))
	g.Expect(after.Workers).To(BeNumerically(">", 0))
	again, err := ReadState(c.Dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(again.Unended).To(ContainElement("breaks and stays"))
	g.Expect(again.Blind()).To(ContainElement(ContainSubstring("no batch")))
	expectTidy(t, c)
}

func TestTime(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 0, "holds")
	c.For = 50 * time.Millisecond
	s := runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(s.state.Finished).To(BeTrue())
	g.Expect(s.state.Elapsed).To(BeNumerically(">=", c.For))
	before, _ := s.state.Totals()
	c.Resume = true
	s = runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	after, _ := s.state.Totals()
	g.Expect(after-before).To(BeNumerically("<", 10*batchRuns), "its time was over")
}

// The wall clock is asked for dates only: a soak that began in the future, as one
// does whose clock was set back, has soaked as long as it has.
func TestAClockThatJumps(t *testing.T) {
	g := NewWithT(t)
	s := &soak{began: time.Now().Add(-time.Hour), before: 5 * time.Hour}
	want := s.elapsed()
	g.Expect(want).To(BeNumerically(">=", 6*time.Hour))
	c := fakeConfig(t, 400, "holds")
	first := runSoak(t, t.Context(), c)
	first.state.Begun, first.state.Runs = time.Now().Add(1000*time.Hour), 800
	g.Expect(first.state.write(c.Dir)).To(Succeed())
	c.Resume, c.Runs = true, 800
	second := runSoak(t, t.Context(), c)
	g.Expect(second.err).NotTo(HaveOccurred())
	g.Expect(second.state.Elapsed).To(And(BeNumerically(">", first.state.Elapsed), BeNumerically("<", time.Hour)))
}

func TestDirectories(t *testing.T) {
	g := NewWithT(t)
	file := filepath.Join(t.TempDir(), "file")
	g.Expect(os.WriteFile(file, nil, 0o644)).To(Succeed())
	c := fakeConfig(t, 400, "breaks")
	c.Dir = filepath.Join(file, "out")
	want := "soak: " + c.Dir + ": cannot write there: mkdir " + file + ": not a directory; name a directory that may be written"
	g.Expect(Check(c)).To(MatchError(want))
	g.Expect(runSoak(t, t.Context(), c).err).To(MatchError(want))

	c.Dir = t.TempDir()
	g.Expect(Check(c)).To(Succeed())
	g.Expect(runSoak(t, t.Context(), c).err).NotTo(HaveOccurred())
	want = "soak: " + c.Dir + " has the results of a soak; go on with it by --resume, or name another directory"
	g.Expect(Check(c)).To(MatchError(want))
	g.Expect(runSoak(t, t.Context(), c).err).To(MatchError(want))
	c.Resume = true
	g.Expect(Check(c)).To(Succeed())
	c.Seed = 2
	g.Expect(Check(c)).To(MatchError(ContainSubstring("is of seed 1, shard 1/1 and 400 runs, and cannot go on with seed 2, shard 1/1 and 400 runs; give those, or name another directory")))
	c.Seed = 1
	c.Binaries = []Binary{fakeBinary(t, "holds")}
	g.Expect(runSoak(t, t.Context(), c).err).To(MatchError(ContainSubstring("was soaking other scenarios")))
	g.Expect(os.WriteFile(filepath.Join(c.Dir, stateFile), []byte("{"), 0o644)).To(Succeed())
	g.Expect(Check(c)).To(MatchError(ContainSubstring("soak.json: not the state of a soak, or cut short")))
}

func TestTwoSoaksInOneDirectory(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 0, "holds")
	ctx, stop := context.WithCancel(t.Context())
	var refused []error
	c.View = func(*View) {
		again := c
		again.Resume = true
		_, _, err := Run(t.Context(), again)
		refused = append(refused, err, Check(again))
		stop()
	}
	g.Expect(runSoak(t, ctx, c).err).NotTo(HaveOccurred())
	g.Expect(refused).To(HaveEach(MatchError("soak: " + c.Dir + ": another soak is at work there; wait for it, or name another directory")))
	c.Resume = true
	g.Expect(Check(c)).To(Succeed())
}

func TestADirectoryThatGoesAway(t *testing.T) {
	for _, back := range []bool{false, true} {
		g := NewWithT(t)
		c := fakeConfig(t, 0, "breaks", "panics")
		// The first shard begins with batch 0, and is held back until the directory
		// is a file.
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		s, err := open(ctx, c)
		g.Expect(err).NotTo(HaveOccurred())
		away := c.Dir + ".away"
		g.Expect(os.Rename(c.Dir, away)).To(Succeed())
		g.Expect(os.WriteFile(c.Dir, nil, 0o644)).To(Succeed())
		var told []string
		s.config.Tell = func(line string) { told = append(told, line) }
		s.config.View = func(v *View) {
			if v.Findings < 3 {
				return
			}
			if back {
				g.Expect(os.Remove(c.Dir)).To(Succeed())
				g.Expect(os.Rename(away, c.Dir)).To(Succeed())
			}
			s.config.View = nil
			stop()
		}
		s.loop(ctx)
		s.finish(ctx)
		s.close()
		lost := slices.DeleteFunc(slices.Clone(told), func(line string) bool { return !strings.HasPrefix(line, "NOT SAVED") })
		found := slices.DeleteFunc(slices.Clone(told), func(line string) bool { return !strings.HasPrefix(line, "FOUND") })
		g.Expect(told).To(ContainElement(HavePrefix("incident: a finding could not be written; it is kept in memory and tried again: ")))
		if back {
			g.Expect(lost).To(BeEmpty())
			g.Expect(found).To(HaveLen(3))
			onDisk, _, err := ReadFindings(c.Dir)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(onDisk).To(HaveLen(3))
		} else {
			g.Expect(found).To(BeEmpty(), "nothing was on disk")
			g.Expect(lost).To(ConsistOf(
				ContainSubstring("TEXT of a broke\nsquall tape 1\nscenario breaks version 1\nend\n"), ContainSubstring("TEXT of b broke"),
				And(ContainSubstring("panics: BROKEN"), ContainSubstring("all is lost"), ContainSubstring("fault till/charge #1 in main"))))
		}
	}
}

func TestWhatIsLongIsCut(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 2000, "sprawls", "verbose")
	s := runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(s.incidents()).To(BeEmpty())
	g.Expect(s.findings).To(HaveLen(2))
	for _, f := range s.findings {
		g.Expect(len(f.Message)).To(BeNumerically("<", 3000))
		g.Expect(f.Message).NotTo(ContainSubstring("\n"))
		g.Expect(len(f.Dump)).To(BeNumerically("<=", 257<<10))
		g.Expect(len(f.Text)).To(BeNumerically("<=", 257<<10))
	}
	g.Expect(s.findings[1].Dump).To(HavePrefix("fatal error: much to say\ngoroutine 1 [running]"), "the stacks do not push it out")
	for _, line := range s.told {
		g.Expect(len(line)).To(BeNumerically("<", 4000))
	}
}

func TestTooManyKinds(t *testing.T) {
	g := NewWithT(t)
	s, _, err := openStore(t.TempDir())
	g.Expect(err).NotTo(HaveOccurred())
	tally := newState(1, Shard{1, 1}, 0).tally("S1")
	for n := range maxFindings {
		kind := strings.Repeat("x", n+1)
		s.known["S1  "+kind] = &batch.Finding{Scenario: "S1", Signature: kind, Batch: 5}
		tally.fail(kind, 1)
	}
	_, _, err = s.add(&batch.Finding{Scenario: "S1", Signature: "y"})
	g.Expect(err).To(MatchError(errTooMany))
	kept, isNew, err := s.add(&batch.Finding{Scenario: "S1", Signature: "xx", Batch: 3})
	g.Expect(kept).NotTo(BeNil(), "it takes the place of another")
	g.Expect([]any{isNew, err}).To(Equal([]any{false, nil}))
	tally.fail("y", 2)
	tally.fail("z", 3)
	tally.fail("xx", 4)
	g.Expect(tally.Failed).To(HaveLen(maxFindings + 1))
	g.Expect(tally.Failed).To(HaveKeyWithValue("xx", int64(5)))
	g.Expect(tally.Failed).To(HaveKeyWithValue(otherKinds, int64(5)))
}

// A worker that is killed from here may have gone on to another run by then, so
// that leaving one out does not help.
func TestADeathOfNoRunInParticular(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 800, "babbles on")
	s := runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(s.findings).To(HaveLen(1))
	g.Expect(s.state.Tallies["canary"].Runs).To(BeEquivalentTo(400))
	g.Expect(s.state.Tallies["babbles on"].Failed).To(HaveLen(1))
}

// A worker that has done its part, or has grown, is replaced when its batch is over,
// and nothing that the soak comes to shows it.
func TestWorkersAreRecycled(t *testing.T) {
	for name, test := range map[string]struct {
		behaviour string
		limits    Limits
		workers   int // that ten batches take, five of them the canary's
	}{
		"by no limit":              {behaviour: "breaks", workers: 1},
		"after a batch":            {behaviour: "breaks", limits: Limits{Batches: 1}, workers: 10},
		"after three batches":      {behaviour: "breaks", limits: Limits{Batches: 3}, workers: 4},
		"of too much memory":       {behaviour: "grows", workers: 5},
		"of as much memory as may": {behaviour: "grows", limits: Limits{Recycle: 1<<30 + 1}, workers: 1},
		"of too many goroutines":   {behaviour: "gathers", workers: 5},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c := fakeConfig(t, 2000, test.behaviour)
			c.Limits, c.Workers = test.limits, 1
			s := runSoak(t, t.Context(), c)
			g.Expect(s.err).NotTo(HaveOccurred())
			g.Expect(len(born(t, c.Binaries[0]))).To(Equal(test.workers))
			plain := runSoak(t, t.Context(), fakeConfig(t, 2000, test.behaviour))
			g.Expect(cameTo(s.state, s.findings)).To(Equal(cameTo(plain.state, plain.findings)))
		})
	}
}

// The race detector tells of each race once a process, and what a batch comes to
// must not depend on which batches its worker ran before.
func TestAWorkerThatRacedIsReplaced(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 4000, "races")
	s := runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	c = fakeConfig(t, 4000, "races")
	c.Limits.Batches = 1
	fresh := runSoak(t, t.Context(), c)
	g.Expect(fresh.state.Tallies["races"].Failed["P-RACE"]).To(BeNumerically(">", c.Workers))
	g.Expect(cameTo(s.state, s.findings)).To(Equal(cameTo(fresh.state, fresh.findings)))
}

// A worker that does not read what it is sent, or says too much, holds nobody up.
func TestAWorkerThatCannotBeTalkedTo(t *testing.T) {
	tests := []struct {
		behaviour string
		limits    Limits
		by        end
		how       string
	}{
		{"stays", Limits{Stuck: time.Millisecond, Look: time.Millisecond}, stuck, "no run began for"},
		{"drones", Limits{}, babbled, "it said a line of more than 33554432 bytes"},
	}
	for _, test := range tests {
		t.Run(test.behaviour, func(t *testing.T) {
			g := NewWithT(t)
			binary := fakeBinary(t, test.behaviour)
			s, err := newSlot(t.TempDir(), test.limits.orDefault(), nil, nil)
			g.Expect(err).NotTo(HaveOccurred())
			defer s.close()
			g.Expect(s.provide(&binary, nil)).To(Succeed())
			s.worker.sending.Go(func() { _, _ = s.worker.in.Write([]byte(`{"scenario": "` + test.behaviour + `", "runs": 1} `)) })
			_, err = s.worker.ask(batch.Batch{Index: 1, Scenario: test.behaviour, Runs: 1, Tape: strings.Repeat("x", 4<<20)}, s.limits, nil, nil)
			var d *died
			g.Expect(errors.As(err, &d)).To(BeTrue())
			g.Expect(d.by).To(Equal(test.by))
			g.Expect(d.how).To(HavePrefix(test.how))
			s.worker = nil
			g.Expect(childProcesses()).To(BeEmpty())
		})
	}
}
