package explore_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/tape"
)

var workPoint = faults.Site{Name: "work", Allows: faults.Error | faults.Delay | faults.Hang}

func init() {
	faults.Register("m", "m/canary", "explore_test.go", 1, "work", &workPoint)
}

// canary starts three workers; the run is broken if worker#2 fails after
// worker#3 has finished: one fault and one preemption.
func canary(ctx context.Context, e *engine.Engine) {
	var wg sync.WaitGroup
	finished := make([]atomic.Bool, 3)
	for i := range finished {
		child := faults.WithTask(ctx, "worker")
		wg.Add(1)
		go func() {
			defer wg.Done()
			workPoint.At(child)
			if err := workPoint.Err(child); err != nil {
				if i == 1 && finished[2].Load() {
					e.Record(child, history.Expected, "P-CANARY", err)
				}
				return
			}
			finished[i].Store(true)
		}()
	}
	wg.Wait()
}

// expects finds what the body itself recorded.
var expects = judge.Property{
	ID: "P-CANARY", Title: "canary", Guarantee: "the canary lives",
	Check: func(run *history.Run, _ judge.Terms) []judge.Finding {
		for _, ev := range run.Events {
			if ev.Kind == history.Expected {
				return []judge.Finding{{Property: "P-CANARY", Subject: ev.Task.Path, Message: "died"}}
			}
		}
		return nil
	}}

func subject(body func(context.Context, *engine.Engine)) explore.Subject {
	return explore.Subject{
		ID: "C1", Title: "canary", Version: 1, Body: body, Properties: []judge.Property{expects},
		Faults: []explore.Allow{{Sites: "canary/...", Kinds: faults.All}},
	}
}

func TestCanaryIsCaughtAndShrunk(t *testing.T) {
	g := NewWithT(t)
	r := explore.Explore(subject(canary), explore.Settings{Seed: 1, Runs: 2000})
	g.Expect(r.Verdict).To(Equal(explore.Broken))
	var lines []string
	for _, c := range r.Counterexample.Tape.Choices {
		lines = append(lines, fmt.Sprint(c.Kind, " ", c.Place.Task, " ", c.Place.Site, " ", c.Place.Hit, " ", c.Fault, " ", c.To))
	}
	g.Expect(lines).To(HaveLen(2), "one preemption, one fault: %q", lines)
	g.Expect(r.Counterexample.Tape.Plan()).To(Equal(faults.Plan{{Site: "canary/work", Hit: 2, Task: "worker#2",
		Fault: faults.Fault{Kind: faults.Error, Text: "boom"}}}))
}

func TestCounterexampleReplays100Of100(t *testing.T) {
	g := NewWithT(t)
	s := subject(canary)
	found := explore.Explore(s, explore.Settings{Seed: 2, Runs: 2000}).Counterexample
	for range 100 {
		r, err := explore.Replay(s, found.Tape, 0)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(r.Verdict).To(Equal(explore.Broken))
		g.Expect(r.Counterexample.Run.Hash).To(Equal(found.Run.Hash))
	}
}

func TestSameSeedSameHash(t *testing.T) {
	g := NewWithT(t)
	s := subject(canary)
	s.Properties = nil
	hash := func(seed uint64) string {
		return fmt.Sprintf("%016x", explore.Explore(s, explore.Settings{Seed: seed, Runs: 300}).Hash)
	}
	g.Expect(hash(1)).To(Equal(hash(1)))
	g.Expect(hash(1)).NotTo(Equal(hash(2)))
	g.Expect(hash(1)).To(Equal(goldenHash), "the hash is the same on every machine; a change of the engine's choices changes it, and old seeds with it")
}

func TestPlantedNondeterminismIsFlaky(t *testing.T) {
	for name, luck := range map[string]func() bool{
		"map order": func() bool {
			for k := range map[int]bool{0: true, 1: true, 2: true, 3: true} {
				return k == 0
			}
			return false
		},
		"select": func() bool {
			a, b := make(chan int, 1), make(chan int, 1)
			a <- 0
			b <- 0
			select {
			case <-a:
				return true
			case <-b:
				return false
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := subject(func(ctx context.Context, e *engine.Engine) {
				if luck() {
					workPoint.At(ctx)
				}
				workPoint.At(ctx)
			})
			r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 2000})
			g.Expect(r.Verdict).To(Equal(explore.Flaky))
			g.Expect(r.First.Hash).NotTo(Equal(r.Second.Hash))
		})
	}
}

func TestVacuous(t *testing.T) {
	quiet := func(ctx context.Context, e *engine.Engine) { workPoint.At(ctx) }
	dry := func(ctx context.Context, e *engine.Engine) {
		quiet(ctx, e)
		e.Sometimes("it rained", false)
	}
	t.Run("a pattern that matches no failpoint", func(t *testing.T) {
		g := NewWithT(t)
		s := subject(quiet)
		s.Faults = append(s.Faults, explore.Allow{Sites: "canary/wrok", Kinds: faults.Error})
		r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 50})
		g.Expect(r.Verdict).To(Equal(explore.Vacuous))
		g.Expect(r.Dead).To(ConsistOf(HavePrefix("canary/wrok: matches no failpoint")))
	})
	t.Run("a fact that is never seen", func(t *testing.T) {
		g := NewWithT(t)
		s := subject(quiet)
		s.Facts = []string{"it rained"}
		r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 50})
		g.Expect(r.Verdict).To(Equal(explore.Vacuous))
		g.Expect(r.Unseen).To(ConsistOf("it rained"))
	})
	t.Run("a fact that is mentioned and never seen", func(t *testing.T) {
		g := NewWithT(t)
		r := explore.Explore(subject(dry), explore.Settings{Seed: 1, Runs: 50})
		g.Expect(r.Verdict).To(Equal(explore.Vacuous))
		g.Expect(r.Unseen).To(ConsistOf("it rained"))
	})
	t.Run("faults that never strike", func(t *testing.T) {
		g := NewWithT(t)
		r := explore.Explore(subject(func(context.Context, *engine.Engine) {}), explore.Settings{Seed: 1, Runs: 50})
		g.Expect(r.Verdict).To(Equal(explore.Vacuous))
		g.Expect(r.Unstruck).To(BeTrue())
	})
	t.Run("a planned fault that never strikes", func(t *testing.T) {
		g := NewWithT(t)
		plan, err := faults.ParsePlan("canary/work #9 in main: error \"boom\"")
		g.Expect(err).NotTo(HaveOccurred())
		r := explore.Explore(subject(quiet), explore.Settings{Seed: 1, Runs: 50, Plan: plan})
		g.Expect(r.Verdict).To(Equal(explore.Vacuous))
		g.Expect(r.Dead).To(ConsistOf(ContainSubstring("canary/work #9 in main")))
	})
	t.Run("control: the same subject with a strike and its fact holds", func(t *testing.T) {
		g := NewWithT(t)
		r := explore.Explore(subject(quiet), explore.Settings{Seed: 1, Runs: 50})
		g.Expect(r.Verdict).To(Equal(explore.Held))
		g.Expect(r.Struck).To(BeNumerically(">", 0))
	})
}

func TestEndlessRunIsInconclusive(t *testing.T) {
	g := NewWithT(t)
	var over atomic.Bool
	s := subject(func(ctx context.Context, e *engine.Engine) {
		for !over.Load() && ctx.Err() == nil {
			workPoint.At(ctx)
		}
	})
	s.MaxSteps = 500
	r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 5})
	g.Expect(r.Verdict).To(Equal(explore.Inconclusive))
	g.Expect(r.Last.Outcome).To(Equal(history.Endless))
}

func TestBusyLoopIsWedged(t *testing.T) {
	g := NewWithT(t)
	var over atomic.Bool
	defer over.Store(true)
	runs := 0
	s := subject(func(ctx context.Context, e *engine.Engine) {
		runs++
		workPoint.At(ctx)
		time.Sleep(time.Second)
		workPoint.At(ctx)
		for runs == 3 && !over.Load() {
			runtime.Gosched()
		}
	})
	s.Faults = nil
	r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 5, Watchdog: 100 * time.Millisecond})
	g.Expect(r.Verdict).To(Equal(explore.Wedged))
	g.Expect(r.Runs).To(Equal(3))
	g.Expect(r.Steps).To(Equal(6), "of all runs")
	g.Expect(r.WedgeSteps).To(Equal(2), "of the one that is stuck")
	g.Expect(r.WedgeAt).To(Equal(time.Second))
	g.Expect(*r.WedgeLast).To(And(HaveField("Site", workPoint.String()), HaveField("Hit", 2), HaveField("Task.Path", "main")))
	g.Expect(r.Wedge).To(ContainSubstring("TestBusyLoopIsWedged"))
}

func TestReplayRefusesWhatDoesNotFit(t *testing.T) {
	g := NewWithT(t)
	s := subject(canary)
	found := explore.Explore(s, explore.Settings{Seed: 3, Runs: 2000}).Counterexample.Tape
	newer := s
	newer.Version = 2
	_, err := explore.Replay(newer, found, 0)
	g.Expect(err).To(MatchError(ContainSubstring("recorded by version 1 of scenario C1, which is at version 2 now")))
	changed := subject(func(ctx context.Context, e *engine.Engine) { workPoint.At(ctx) })
	r, err := explore.Replay(changed, found, 0)
	g.Expect(r.Verdict).To(Equal(explore.Vacuous), "what it struck is gone, and nothing broke")
	g.Expect(err).To(MatchError(MatchRegexp(`^the run went another way: 1 of 2 choices found no place, the first is fault canary/work #2 in "worker#2": error "boom"$`)))
}

// sized is broken if its parameter is above 1.
func sized(ctx context.Context, e *engine.Engine) {
	if e.Param(ctx, "size", 4) > 1 {
		e.Record(ctx, history.Expected, "P-CANARY", errors.New("too large"))
	}
	workPoint.At(ctx)
}

func TestReplaySaysWhichParametersDoNotFit(t *testing.T) {
	s := subject(sized)
	const head = "squall tape 1\nscenario C1 version 1\n"
	for name, test := range map[string]struct {
		text    string
		misfit  string
		verdict explore.Verdict
	}{
		"it fits":                 {"param size in main = 3\n", "", explore.Broken},
		"it fits and holds":       {"param size in main = 1\n", "", explore.Held},
		"too large":               {"param size in main = 4\n", "the run went another way: param size in main = 4 is too large, the largest is 3 there", explore.Broken},
		"unknown":                 {"param sise in main = 3\n", "the run went another way: 1 of 1 choices found no place, the first is param sise in main = 3", explore.Vacuous},
		"unknown and recorded":    {"hash 0000000000000001\nparam sise in main = 3\n", "the run went another way: 1 of 1 choices found no place, the first is param sise in main = 3", explore.Vacuous},
		"and what is left breaks": {"hash 0000000000000001\nparam sise in main = 3\nparam size in main = 3\n", "the run went another way: 1 of 2 choices found no place, the first is param sise in main = 3", explore.Broken},
		"a fault nowhere":         {"fault canary/work #7 in main: error \"boom\"\n", "the run went another way: 1 of 1 choices found no place, the first is fault canary/work #7 in main: error \"boom\"", explore.Vacuous},
		"a switch that is gone":   {"hash 0000000000000001\nswitch at wake 77 to main\n", "", explore.Held},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			parsed, err := tape.Parse([]byte(head + test.text + "end\n"))
			g.Expect(err).NotTo(HaveOccurred())
			r, err := explore.Replay(s, parsed, 0)
			if test.misfit != "" {
				g.Expect(err).To(BeAssignableToTypeOf(&explore.Misfit{}))
				g.Expect(err).To(MatchError(test.misfit))
			} else {
				g.Expect(err).NotTo(HaveOccurred())
			}
			g.Expect(r.Verdict).To(Equal(test.verdict))
		})
	}
}

func TestAReplayCountsTheChoicesAsTheTapeDoes(t *testing.T) {
	g := NewWithT(t)
	s := subject(canary)
	found := explore.Explore(s, explore.Settings{Seed: 2, Runs: 2000}).Counterexample.Tape
	for _, total := range []int{found.Total, found.Total + 1000} {
		found.Total = total
		r, err := explore.Replay(s, found, 0)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(r.Counterexample.Tape.Total).To(Equal(total))
	}
	found.Total = 0 // by hand
	r, err := explore.Replay(s, found, 0)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Counterexample.Tape.Total).To(BeNumerically(">", len(found.Choices)), "its own")
}

func TestKnownTapeGoesFirst(t *testing.T) {
	g := NewWithT(t)
	s := subject(canary)
	found := explore.Explore(s, explore.Settings{Seed: 4, Runs: 2000}).Counterexample.Tape
	set := explore.Settings{Seed: 99, Runs: 1}
	set.Known = append(set.Known, found)
	r := explore.Explore(s, set)
	g.Expect(r.Verdict).To(Equal(explore.Broken))
	g.Expect(r.Counterexample.Known).To(BeTrue())
	g.Expect(r.Runs).To(Equal(1))
}

// A tape in the corpus that does not fit guards nothing: the runs are made, and if
// they hold somebody has to look at the tape.
func TestKnownTapeThatDoesNotFitIsVacuous(t *testing.T) {
	for name, test := range map[string]struct {
		known   string
		mode    engine.Mode
		breaks  bool
		verdict explore.Verdict
	}{
		"it fits":                            {"param size in main = 1", engine.Controlled, false, explore.Held},
		"it does not":                        {"param sise in main = 1", engine.Controlled, false, explore.Vacuous},
		"nor does a run hold":                {"param sise in main = 1", engine.Controlled, true, explore.Broken},
		"and it is luck where the run comes": {"param sise in main = 1", engine.Wall, false, explore.Held},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			known, err := tape.Parse([]byte("squall tape 1\nscenario C1 version 1\nhash 0000000000000001\n" + test.known + "\nend\n"))
			g.Expect(err).NotTo(HaveOccurred())
			s := subject(func(ctx context.Context, e *engine.Engine) {
				if e.Param(ctx, "size", 4) > 1 && test.breaks {
					e.Record(ctx, history.Expected, "P-CANARY", errors.New("too large"))
				}
				workPoint.At(ctx)
			})
			s.Faults, s.Mode = nil, test.mode
			var told []any
			r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 20, Known: []*tape.Tape{known},
				Replayed: func(t *tape.Tape) { told = append(told, t) }, Begun: func(run int) { told = append(told, run) }})
			g.Expect(r.Verdict).To(Equal(test.verdict))
			g.Expect(told[0]).To(BeIdenticalTo(known), "it goes first")
			if r.Verdict != explore.Broken {
				g.Expect(told[1]).To(Equal(0))
			}
			if test.verdict == explore.Vacuous {
				g.Expect(r.Runs).To(Equal(20), "the others are made all the same")
				g.Expect(r.Misfits).To(HaveLen(1))
				g.Expect(r.Misfits[0].Tape).To(BeIdenticalTo(known))
			}
		})
	}
}

func TestFreeModeRunsInParallel(t *testing.T) {
	g := NewWithT(t)
	s := subject(canary)
	s.Properties, s.Mode, s.Facts = nil, engine.Free, []string{"luck"}
	r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 200})
	g.Expect(r.Verdict).To(Equal(explore.Held))
	g.Expect(r.Struck).To(BeNumerically(">", 0))
}

func TestPanicInTheBodyIsARunNotACrash(t *testing.T) {
	g := NewWithT(t)
	crashed := judge.Property{ID: "P-EXPECT", Check: func(run *history.Run, _ judge.Terms) []judge.Finding {
		if run.Outcome != history.Crashed {
			return nil
		}
		return []judge.Finding{{Property: "P-EXPECT", Message: strings.SplitN(run.Panic, "\n", 2)[0]}}
	}}
	s := subject(func(ctx context.Context, e *engine.Engine) { panic("ouch") })
	s.Properties = []judge.Property{crashed}
	r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 3})
	g.Expect(r.Verdict).To(Equal(explore.Broken))
	g.Expect(r.Counterexample.Findings[0].Message).To(Equal("ouch"))
}

func TestStopEndsAfterTheCurrentRun(t *testing.T) {
	g := NewWithT(t)
	s := subject(canary)
	s.Properties = nil
	stop := make(chan struct{})
	close(stop)
	r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 1 << 30, Stop: stop})
	g.Expect(r.Verdict).To(Equal(explore.Inconclusive))
	g.Expect(r.Stopped).To(BeTrue())
}

func TestTaskSharedByTwoGoroutinesIsFlaky(t *testing.T) {
	g := NewWithT(t)
	s := subject(func(ctx context.Context, e *engine.Engine) {
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { workPoint.At(ctx) })
		}
		wg.Wait()
	})
	r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 5})
	g.Expect(r.Verdict).To(Equal(explore.Flaky))
	g.Expect(r.Shared).To(Equal("main"))
}

func TestAfterAWedgeOthersAreExplored(t *testing.T) {
	g := NewWithT(t)
	var over, back atomic.Bool
	runs := 0
	wedged := subject(func(ctx context.Context, e *engine.Engine) {
		runs++
		workPoint.At(ctx)
		for !over.Load() {
			runtime.Gosched()
		}
		back.Store(true)
	})
	quick := subject(func(ctx context.Context, e *engine.Engine) { workPoint.At(ctx) })
	g.Expect(explore.Explore(wedged, explore.Settings{Seed: 1, Runs: 5, Watchdog: 100 * time.Millisecond}).Verdict).To(Equal(explore.Wedged))
	g.Expect(explore.Explore(quick, explore.Settings{Seed: 1, Runs: 20}).Runs).To(Equal(20))
	over.Store(true)
	g.Eventually(back.Load).Should(BeTrue())
	g.Expect(explore.Explore(quick, explore.Settings{Seed: 1, Runs: 20}).Runs).To(Equal(20))
	g.Expect(runs).To(Equal(1), "the wedged exploration came back, and went on")
}

func TestSlackOfTheScenarioIsAddedToThatOfTheClock(t *testing.T) {
	pushed := 0
	added := expects
	added.Check = func(run *history.Run, terms judge.Terms) []judge.Finding {
		if run.Pushed > 0 {
			pushed++
		}
		if got := terms.Slack(run); got != run.Pushed+time.Second {
			return []judge.Finding{{Property: "P-CANARY", Message: got.String()}}
		}
		return nil
	}
	s := subject(canary)
	s.Properties = []judge.Property{added}
	s.Terms.Slack = func(*history.Run) time.Duration { return time.Second }
	report := explore.Explore(s, explore.Settings{Seed: 1, Runs: 200})
	if report.Verdict != explore.Held || pushed == 0 {
		t.Fatalf("%v: %+v; the clock was moved in %d runs", report.Verdict, report.Counterexample, pushed)
	}
}

// luck breaks in every second run, whatever the tape says; mended, in none.
func luck(mended bool) explore.Subject {
	runs := 0
	return subject(func(ctx context.Context, e *engine.Engine) {
		workPoint.At(ctx)
		if runs++; runs%2 == 0 && !mended {
			e.Record(ctx, history.Expected, "P-CANARY", errors.New("bad luck"))
		}
	})
}

func TestATapeOfLuckIsFlakyWhenItIsReplayed(t *testing.T) {
	recorded := func() *tape.Tape {
		return &tape.Tape{Scenario: "C1", Version: 1, Hash: 1, Failure: "P-CANARY main"}
	}
	t.Run("alone", func(t *testing.T) {
		g := NewWithT(t)
		r, err := explore.Replay(luck(false), recorded(), 0)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(r.Verdict).To(Equal(explore.Flaky))
		g.Expect(r.Counterexample).To(BeNil())
		g.Expect([]int{r.Replayed, r.ReplayedBroke}).To(Equal([]int{17, 8}), "the first run held")
		g.Expect(r.Second.Hash).NotTo(Equal(r.First.Hash))
	})
	t.Run("from the corpus", func(t *testing.T) {
		g := NewWithT(t)
		r := explore.Explore(luck(false), explore.Settings{Seed: 1, Runs: 1, Known: []*tape.Tape{recorded()}})
		g.Expect(r.Verdict).To(Equal(explore.Flaky))
		g.Expect(r.ReplayedBroke).To(Equal(8))
	})
	t.Run("a mend is no luck", func(t *testing.T) {
		g := NewWithT(t)
		r, err := explore.Replay(luck(true), recorded(), 0)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(r.Verdict).To(Equal(explore.Held))
		g.Expect(r.Replayed).To(BeZero())
	})
}
