//go:build race

package explore_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/harness/tape"
)

// envRaces makes this test binary explore a subject that races: a process in which
// the race detector spoke up fails, and tells of each race once.
const envRaces = "SQUALL_TEST_RACES"

// raced is what an exploration in a process of its own came to.
type raced struct {
	Verdict, Failure, Unshrunk string
	Properties, Messages       []string
	Races                      []string
	Raced                      bool
	Runs, FoundAt, Run         int
	Failures                   map[string]int
	Signatures                 []string
	Hash                       uint64
	TapeHash, RunHash          uint64
	Tasks                      int
}

func (r *raced) add(report *explore.Report) {
	r.Verdict = string(report.Verdict)
	if c := report.Counterexample; c != nil {
		for _, f := range c.Findings {
			r.Properties, r.Messages = append(r.Properties, f.Property), append(r.Messages, f.Message)
		}
		for _, race := range c.Races {
			r.Races = append(r.Races, race.String())
		}
		r.Failure, r.Unshrunk, r.FoundAt, r.Run = c.Tape.Failure, c.Unshrunk, c.FoundAt, c.Tape.Run
		r.TapeHash, r.RunHash, r.Tasks = c.Tape.Hash, c.Run.Hash, len(c.Run.Tasks)
	}
}

// count and countToo are what races: their names are what a race is known by.
//
//go:noinline
func count(n *int) { *n++ }

//go:noinline
func countToo(n *int) { *n++ }

// inTurn calls f in two goroutines, one after the other, and the race detector sees
// nothing of that: the report of a race is then the same each time.
func inTurn(f func()) {
	var both sync.WaitGroup
	first := new(bool)
	both.Go(func() { f(); tell(first) })
	both.Go(func() { await(first); f() })
	both.Wait()
}

//go:norace
func tell(over *bool) { *over = true }

//go:norace
func await(over *bool) {
	for !*over {
		runtime.Gosched()
	}
}

// racing races in the run from, the first is 1, and in all that follow.
func racing(from int) func(context.Context, *engine.Engine) {
	unguarded, runs := 0, 0
	return func(ctx context.Context, _ *engine.Engine) {
		runs++
		if runs < from {
			workPoint.At(ctx)
			return
		}
		inTurn(func() { count(&unguarded) })
		workPoint.At(ctx)
	}
}

// racingTwice has two races: one in the run from and all that follow, the other in
// the next one and all that follow.
func racingTwice(from int) func(context.Context, *engine.Engine) {
	mine, runs := 0, 0
	other := racing(from)
	return func(ctx context.Context, e *engine.Engine) {
		if runs++; runs > from {
			inTurn(func() { countToo(&mine) })
		}
		other(ctx, e)
	}
}

// cases explore in a process of their own.
var cases = map[string]func() raced{
	"stops": func() (out raced) {
		r := explore.Explore(subject(racing(7)), explore.Settings{Seed: 1, Runs: 100})
		out.add(r)
		out.Runs, out.Raced = r.Runs, r.Raced
		return out
	},
	"stops, two in a run": func() (out raced) {
		out.add(explore.Explore(subject(racingTwice(0)), explore.Settings{Seed: 1, Runs: 100}))
		return out
	},
	"goes on, two in a run": func() raced { return goOn(racingTwice(0), nil) },
	"goes on, two":          func() raced { return goOn(racingTwice(7), nil) },
	"goes on, two, one familiar": func() raced {
		return goOn(racingTwice(7), func(signature string) bool { return signature == racesIn("count") })
	},
	"goes on":           func() raced { return goOn(racing(7), nil) },
	"goes on, no race":  func() raced { return goOn(racing(never), nil) },
	"goes on, familiar": func() raced { return goOn(racing(7), func(signature string) bool { return signature == "P-RACE" }) },
	"goes on, and is broken too": func() raced {
		race := racing(1)
		return goOn(func(ctx context.Context, e *engine.Engine) {
			e.Record(ctx, history.Expected, "P-CANARY", nil)
			race(ctx, e)
		}, nil)
	},
	"replays": func() (out raced) {
		s := subject(racing(1))
		r, err := explore.Replay(s, &tape.Tape{Scenario: s.ID, Version: s.Version, Seed: 3, Run: 9}, 0)
		if err != nil {
			panic(err)
		}
		out.add(r)
		out.Raced = r.Raced
		return out
	},
	"replays, with luck":          func() raced { return luckily(7, "P-RACE a and b") },
	"replays, mended":             func() raced { return luckily(never, "P-RACE a and b") },
	"replays, of another failure": func() raced { return luckily(7, "P-CANARY main") },
	"knows": func() (out raced) {
		r := explore.Explore(subject(racing(1)), explore.Settings{Seed: 1, Runs: 5, Known: []*tape.Tape{{Seed: 3, Run: 9}}})
		out.add(r)
		out.Raced = r.Raced
		return out
	},
}

const never = 1 << 30

// luckily replays a tape of the failure, of a subject that races in the run from.
func luckily(from int, failure string) (out raced) {
	s := subject(racing(from))
	s.Mode = engine.Free
	r, err := explore.Replay(s, &tape.Tape{Scenario: s.ID, Version: s.Version, Failure: failure}, 0)
	if err != nil {
		panic(err)
	}
	out.add(r)
	return out
}

func goOn(body func(context.Context, *engine.Engine), familiar func(string) bool) (out raced) {
	set := explore.Settings{Seed: 1, Runs: 2000, Familiar: familiar, Found: func(f *explore.Finding) {
		out.Signatures = append(out.Signatures, f.Signature)
		out.add(f.Report)
	}}
	r := explore.Explore(subject(body), set)
	out.Verdict, out.Runs, out.Raced, out.Failures, out.Hash = string(r.Verdict), r.Runs, r.Raced, r.Failures, r.Hash
	return out
}

func TestRacing(t *testing.T) {
	explored, ok := cases[os.Getenv(envRaces)]
	if !ok {
		t.Skip("for the other tests")
	}
	answer, _ := json.Marshal(explored())
	_, _ = os.Stdout.WriteString("\n" + envRaces + string(answer) + "\n")
}

// racesIn is the signature of a function of this file that races with itself.
func racesIn(function string) string {
	name := "github.com/squall-go/squall/harness/explore_test." + function
	return "P-RACE " + name + " and " + name
}

// cameOf is what the case of that name comes to where the detector writes to the
// standard error.
func cameOf(t *testing.T, name string) raced {
	t.Helper()
	return cameOfIn(t, name, os.Environ())
}

// loggedOf is what it comes to where it writes to a file.
func loggedOf(t *testing.T, name string) raced {
	t.Helper()
	return cameOfIn(t, name, racelog.Environ(os.Environ(), filepath.Join(t.TempDir(), "race")))
}

func cameOfIn(t *testing.T, name string, env []string) (out raced) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestRacing$")
	child.Env = append(env, envRaces+"="+name)
	said, _ := child.CombinedOutput() // it fails: that is how the detector ends a process
	_, answer, _ := strings.Cut(string(said), "\n"+envRaces)
	line, _, _ := strings.Cut(answer, "\n")
	NewWithT(t).Expect(json.Unmarshal([]byte(line), &out)).To(Succeed(), "%s", said)
	return out
}

func TestARaceEndsAnExploration(t *testing.T) {
	g := NewWithT(t)
	r := cameOf(t, "stops")
	g.Expect(r.Verdict).To(BeEquivalentTo(explore.Broken))
	g.Expect(r.Properties).To(Equal([]string{explore.RaceID}))
	g.Expect([]int{r.Runs, r.FoundAt, r.Run}).To(Equal([]int{7, 7, 6}))
	g.Expect(r.Failure).To(Equal("P-RACE"))
	g.Expect(r.Unshrunk).To(Equal("the race detector tells of a race once a process"))
	g.Expect(r.Raced).To(BeTrue())
	g.Expect(r.Tasks).To(Equal(1), "the history is whole")
	g.Expect(r.TapeHash).To(Equal(r.RunHash))
}

func TestAFindingHasWhatTheDetectorSaid(t *testing.T) {
	for _, name := range []string{"stops", "replays", "knows"} {
		g := NewWithT(t)
		r, again := loggedOf(t, name), loggedOf(t, name)
		g.Expect(r.Failure).To(Equal(racesIn("count")), name)
		g.Expect(r.Properties).To(Equal([]string{explore.RaceID}), name)
		g.Expect(r.Messages[0]).To(MatchRegexp(`^(read|write) in explore_test\.count \(race_test\.go:\d+\) and write in explore_test\.count \(race_test\.go:\d+\): nothing orders the two$`), name)
		g.Expect(r.Races).NotTo(BeEmpty(), name)
		g.Expect(r.Races[0]).To(ContainSubstring("by goroutine A:\n  github.com/squall-go/squall/harness/explore_test.count()\n"), name)
		g.Expect(again).To(Equal(r), "%s: the same storm says the same in another process", name)

		users := filepath.Join(t.TempDir(), "race")
		g.Expect(cameOfIn(t, name, append(os.Environ(), "GORACE=log_path="+users))).To(Equal(r), "%s: nor does it matter who named the file", name)
		g.Expect(filepath.Glob(users+".*")).To(HaveLen(1), "which stays")

		without := cameOf(t, name)
		g.Expect(without.Failure).To(Equal("P-RACE"), name)
		g.Expect(without.Races).To(BeEmpty(), name)
		g.Expect(without.Messages[0]).To(ContainSubstring("its report is in the output of the process"), name)
		r.Failure, r.Messages, r.Races = without.Failure, without.Messages, without.Races
		g.Expect(r).To(Equal(without), "%s: where the detector writes changes nothing else", name)
	}
}

func TestTwoRacesAreTwoFailures(t *testing.T) {
	g := NewWithT(t)
	one, other := racesIn("count"), racesIn("countToo")
	r := loggedOf(t, "goes on, two")
	g.Expect(r.Signatures).To(Equal([]string{one, other}), "in the order in which they were found")
	g.Expect(r.Failures).To(Equal(map[string]int{one: 1, other: 1}), "a run has what was told during it, and not before")
	g.Expect(r.Messages).To(HaveExactElements(ContainSubstring(".count ("), ContainSubstring(".countToo (")))
	g.Expect(r.Run).To(Equal(7), "each has the tape of the run that it was found in")

	g.Expect(loggedOf(t, "goes on, two, one familiar").Signatures).To(Equal([]string{other}))
	g.Expect(loggedOf(t, "goes on, two in a run").Signatures).To(ConsistOf(one, other), "though it was one run")
	g.Expect(cameOf(t, "goes on, two").Signatures).To(Equal([]string{"P-RACE"}), "nobody can tell them apart without a log")

	stopped := loggedOf(t, "stops, two in a run")
	g.Expect(stopped.Properties).To(Equal([]string{explore.RaceID, explore.RaceID}))
	g.Expect(stopped.Messages).To(ConsistOf(ContainSubstring(".count ("), ContainSubstring(".countToo (")))
	g.Expect(stopped.Failure).To(BeElementOf(one, other))
}

func TestGoingOnTellsOfARaceAndGoesOn(t *testing.T) {
	g := NewWithT(t)
	r, calm := cameOf(t, "goes on"), cameOf(t, "goes on, no race")
	g.Expect(r.Runs).To(Equal(2000))
	g.Expect(r.Signatures).To(Equal([]string{"P-RACE"}))
	g.Expect(r.Properties).To(Equal([]string{explore.RaceID}))
	g.Expect(r.Failures["P-RACE"]).To(And(BeNumerically(">=", 1), BeNumerically("<", 10)), "each is told once")
	g.Expect(r.Failures).To(HaveLen(1))
	g.Expect(r.Run).To(Equal(6))
	g.Expect(r.Verdict).To(BeEquivalentTo(explore.Broken))
	g.Expect(r.Raced).To(BeTrue())

	g.Expect(calm.Verdict).To(BeEquivalentTo(explore.Held))
	g.Expect(calm.Failures).To(BeEmpty())
	g.Expect(calm.Raced).To(BeFalse())
	g.Expect(r.Hash).To(Equal(calm.Hash), "the detector changes no history")
}

func TestAFamiliarRaceIsCounted(t *testing.T) {
	g := NewWithT(t)
	r := cameOf(t, "goes on, familiar")
	g.Expect(r.Signatures).To(BeEmpty())
	g.Expect(r.Failures).To(HaveKey("P-RACE"))
	g.Expect(r.Raced).To(BeTrue(), "the process has told of it all the same")
}

// Nor does a race hide what else a run broke.
func TestARaceHidesNothing(t *testing.T) {
	g := NewWithT(t)
	r := cameOf(t, "goes on, and is broken too")
	g.Expect(r.Signatures).To(Equal([]string{"P-CANARY main", "P-RACE"}))
	g.Expect(r.Properties).To(Equal([]string{"P-CANARY", explore.RaceID}))
	g.Expect(r.Failures["P-CANARY main"]).To(Equal(r.Runs), "the run that raced is among them")
}

func TestATapeOfARaceIsReplayedUntilItRaces(t *testing.T) {
	for name, want := range map[string]explore.Verdict{
		"replays, with luck": explore.Broken, "replays, mended": explore.Held, "replays, of another failure": explore.Held,
	} {
		NewWithT(t).Expect(cameOf(t, name).Verdict).To(BeEquivalentTo(want), name)
	}
}

func TestARaceInAReplayIsTold(t *testing.T) {
	for _, name := range []string{"replays", "knows"} {
		g := NewWithT(t)
		r := cameOf(t, name)
		g.Expect(r.Verdict).To(BeEquivalentTo(explore.Broken), name)
		g.Expect(r.Properties).To(Equal([]string{explore.RaceID}), name)
		g.Expect(r.Run).To(Equal(9), name)
		g.Expect(r.Raced).To(BeTrue(), name)
	}
}
