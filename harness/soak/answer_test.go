package soak

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

func TestAnAnswerHasToBeOneOfTheBatch(t *testing.T) {
	g := NewWithT(t)
	b := batch.Batch{Index: 7, Scenario: "S1", Runs: 200, Skip: []int{3}}
	whole := batch.Outcome{Index: 7, Scenario: "S1", Runs: 199}
	g.Expect(fulfils(b, &whole)).To(BeTrue())
	for name, change := range map[string]func(*batch.Outcome){
		"of another batch":           func(o *batch.Outcome) { o.Index = 8 },
		"of another scenario":        func(o *batch.Outcome) { o.Scenario = "S2" },
		"of a control":               func(o *batch.Outcome) { o.Control = "c" },
		"a run is missing":           func(o *batch.Outcome) { o.Runs-- },
		"a run too many":             func(o *batch.Outcome) { o.Runs++ },
		"negative steps":             func(o *batch.Outcome) { o.Steps = -1 },
		"a negative count of failed": func(o *batch.Outcome) { o.Failed = []batch.Failed{{Kind: "a", Count: -1}} },
		"a negative count of struck": func(o *batch.Outcome) { o.Struck = []batch.Struck{{Count: -1}} },
	} {
		o := whole
		change(&o)
		g.Expect(fulfils(b, &o)).To(BeFalse(), name)
	}
	control := batch.Batch{Index: 7, Scenario: "S1", Control: "c"}
	g.Expect(fulfils(control, &batch.Outcome{Index: 7, Scenario: "S1", Control: "c", Runs: 12})).To(BeTrue(), "it ends when it is caught")
	g.Expect(fulfils(control, &batch.Outcome{Index: 7, Scenario: "S1", Control: "c", Runs: -12})).To(BeFalse())

	f := batch.Finding{Batch: 7, Scenario: "S1", Verdict: result.Broken}
	g.Expect(answers(b, &f)).To(BeTrue())
	for name, change := range map[string]func(*batch.Finding){
		"of another batch":    func(f *batch.Finding) { f.Batch = 8 },
		"of another scenario": func(f *batch.Finding) { f.Scenario = "canary" },
		"of a control":        func(f *batch.Finding) { f.Control = "c" },
		"nothing is wrong":    func(f *batch.Finding) { f.Verdict = result.Held },
		"no verdict":          func(f *batch.Finding) { f.Verdict = "" },
	} {
		other := f
		change(&other)
		g.Expect(answers(b, &other)).To(BeFalse(), name)
	}
}

// A canary that fails in another way has shown nothing of what it is there for.
func TestACanaryThatCrashesIsAFinding(t *testing.T) {
	g := NewWithT(t)
	s := newState(1, Shard{1, 1}, 0)
	s.Scenarios = []batch.Scenario{{ID: "canary", Canary: true}, {ID: "S1"}}
	s.tally("S1").Runs, s.tally("canary").Runs = 5000, 5000
	s.tally("canary").Failed[canaryKind] = 9
	g.Expect(s.Blind()).To(BeEmpty())
	g.Expect(Lost(s, nil)).To(BeEmpty())
	s.tally("canary").Failed = map[string]int64{"crash exit status N": 9}
	g.Expect(s.Blind()).To(ConsistOf("the canary was not found in 5000 runs"))
	g.Expect(Lost(s, nil)).To(HaveLen(1))

	store, _, err := openStore(t.TempDir())
	g.Expect(err).NotTo(HaveOccurred())
	soaking := &soak{state: s, store: store}
	soaking.hear(event{finding: &batch.Finding{Scenario: "canary", Verdict: result.Broken, Signature: "P-EXPECT main"}})
	g.Expect(store.list()).To(BeEmpty())
	soaking.hear(event{finding: &batch.Finding{Scenario: "canary", Verdict: result.Broken, Signature: "crash exit status 7"}})
	g.Expect(store.list()).To(HaveLen(1))
}

func TestScenariosOfOneIdInTwoPackagesAreRefused(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 400, "holds")
	other := c.Binaries[0]
	other.Package = "another"
	c.Binaries = append(c.Binaries, other)
	g.Expect(runSoak(t, t.Context(), c).err).To(MatchError(`soak: scenario "holds" is in fake and in another; give one of them another id, or soak one package at a time`))
	c.Focus = func(id string) bool { return id == "breaks" }
	g.Expect(runSoak(t, t.Context(), c).err).NotTo(MatchError(ContainSubstring("another id")), "it is not soaked")
}

func TestASuiteThatIsBuiltAnewMeanwhileIsNotBelieved(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 400, "holds")
	s, err := newSlot(t.TempDir(), c.Limits.orDefault(), nil, nil)
	g.Expect(err).NotTo(HaveOccurred())
	defer s.close()
	binary := c.Binaries[0]
	g.Expect(s.provide(&binary, nil)).To(Succeed())
	s.release()
	binary.met = []batch.Scenario{{ID: "held then", Version: 1}}
	g.Expect(s.provide(&binary, nil)).To(MatchError(ContainSubstring("was built anew meanwhile")))
	binary.met = nil
	g.Expect(s.provide(&binary, nil)).To(Succeed())
}

func TestBatchesThatWereGivenUpProveNothing(t *testing.T) {
	for _, behaviour := range []string{"refuses", "always panics"} {
		g := NewWithT(t)
		s := runSoak(t, t.Context(), fakeConfig(t, 800, behaviour))
		g.Expect(s.err).NotTo(HaveOccurred())
		g.Expect(s.state.GivenUp).To(BeNumerically(">", 0), behaviour)
		g.Expect(s.state.Blind()).To(ContainElement(ContainSubstring("batches were given up and not run whole")))
	}
	g := NewWithT(t)
	state := newState(1, Shard{1, 1}, 0)
	state.Scenarios = []batch.Scenario{{ID: "S1"}}
	state.tally("S1").Runs = 400
	g.Expect(Verdict(state, nil)).To(Equal(result.Held))
	state.GivenUp = 1
	g.Expect(Verdict(state, nil)).NotTo(Equal(result.Held))
}

func TestABatchThatIsCutOffIsNoEnd(t *testing.T) {
	g := NewWithT(t)
	finished := func(err error) bool {
		store, _, openErr := openStore(t.TempDir())
		g.Expect(openErr).NotTo(HaveOccurred())
		s := &soak{config: Config{Dir: t.TempDir(), Shard: Shard{1, 1}}, state: newState(1, Shard{1, 1}, 0), store: store, busy: 1, lastLog: map[string]time.Time{}}
		s.schedule = scheduleOf(1, 0, []batch.Scenario{{ID: "S1"}})
		s.settle(over{err: err})
		s.finish(t.Context())
		return s.state.Finished
	}
	g.Expect(finished(errStopped)).To(BeTrue(), "it had not begun")
	g.Expect(finished(errUnended)).To(BeFalse(), "who knows how it would have ended")
}

func TestDeathsThatDifferInARandomNameAreOne(t *testing.T) {
	g := NewWithT(t)
	say := func(text string) string {
		return headline(&died{log: "panic: " + text + "\n\ngoroutine 1 [running]:\n"})
	}
	g.Expect(say("job LXQ5DWQTYKZJH6PNVAAB2MSVDQ is gone")).To(Equal(say("job 6MZ5DWQTYKZJH6PNVAAB2MSVAA is gone")))
	g.Expect(say("order 7d444840-9dc0-11d1-b245-5ffdce74fad2")).To(Equal("panic: order …"))
	g.Expect(say("job postman is gone")).NotTo(Equal(say("job cashier is gone")))
}
