//go:build race

package explore_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/tape"
)

// envRaces makes this test binary explore a subject that races: a process in which
// the race detector spoke up fails, and tells of each race once.
const envRaces = "SQUALL_TEST_RACES"

// raced is what an exploration in a process of its own came to.
type raced struct {
	Verdict, Failure, Unshrunk string
	Properties                 []string
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
		r.Properties = append(r.Properties, c.Findings[0].Property)
		r.Failure, r.Unshrunk, r.FoundAt, r.Run = c.Tape.Failure, c.Unshrunk, c.FoundAt, c.Tape.Run
		r.TapeHash, r.RunHash, r.Tasks = c.Tape.Hash, c.Run.Hash, len(c.Run.Tasks)
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
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { unguarded++ })
		}
		both.Wait()
		workPoint.At(ctx)
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
	"knows": func() (out raced) {
		r := explore.Explore(subject(racing(1)), explore.Settings{Seed: 1, Runs: 5, Known: []*tape.Tape{{Seed: 3, Run: 9}}})
		out.add(r)
		out.Raced = r.Raced
		return out
	},
}

const never = 1 << 30

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

func cameOf(t *testing.T, name string) (out raced) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestRacing$")
	child.Env = append(os.Environ(), envRaces+"="+name)
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
