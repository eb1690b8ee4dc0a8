package explore

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/choose"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/tape"
)

// selfCheck is how often a run that held is repeated: one in that many.
const selfCheck = 16

// oneAtATime: the engine counts the goroutines of the process.
var oneAtATime sync.Mutex

// Explore runs the subject until a run is broken or the settings are used up.
// It returns when the verdict is known; a wedged run is abandoned, and keeps
// its goroutines and a core.
func Explore(s Subject, set Settings) *Report {
	x := newExplorer(s, set)
	done := make(chan struct{})
	go func() {
		defer close(done)
		oneAtATime.Lock()
		defer oneAtATime.Unlock()
		x.explore()
	}()
	return x.watch(done)
}

// explorer is one exploration under way.
type explorer struct {
	subject  Subject
	settings Settings
	allow    []faults.Kind
	draw     choose.Settings
	report   Report
	seen     map[string]bool
	planned  map[string]bool // strikes of the plan that have not struck yet
	scratch  engine.Scratch  // of the last run; dropped to keep its history
	beats    atomic.Int64    // runs begun; the watchdog looks at it
	busy     atomic.Bool
	now      atomic.Pointer[engine.Engine]
}

func newExplorer(s Subject, set Settings) *explorer {
	x := &explorer{subject: s, settings: set, seen: map[string]bool{}, planned: map[string]bool{}}
	var kinds faults.Kind
	x.allow, kinds, x.report.Dead = s.allowed()
	x.subject.Terms.Unwatched = s.Mode != engine.Controlled
	if s.Terms.Slack == nil {
		x.subject.Terms.Slack = func(run *history.Run) time.Duration { return run.Pushed }
	}
	x.draw = choose.Settings{Kinds: kinds, Durations: s.Durations, Steps: 50}
	if set.Plan != nil {
		x.draw.Plan = set.Plan
		x.allowPlan(set.Plan)
		x.report.Dead = nil
	}
	x.report.Coverage = map[Cell]int{}
	return x
}

// allowPlan lets the plan's faults strike wherever the failpoint allows them,
// whatever the scenario declares.
func (x *explorer) allowPlan(plan faults.Plan) {
	for _, strike := range plan {
		if site := faults.Lookup(strike.Site); site != nil {
			x.allow[site.ID()] |= strike.Fault.Kind & site.Allows
		}
		x.planned[strike.String()] = true
	}
}

// watch waits for the exploration, and gives up on a run that does not come back.
func (x *explorer) watch(done <-chan struct{}) *Report {
	limit := x.settings.watchdog()
	tick := time.NewTicker(limit / 4)
	defer tick.Stop()
	last, since := int64(-1), time.Now()
	for {
		select {
		case <-done:
			if x.report.Verdict == "" {
				x.raced()
			}
			return &x.report
		case <-tick.C:
		}
		if beats := x.beats.Load(); beats != last || !x.busy.Load() {
			last, since = beats, time.Now()
			continue
		}
		if time.Since(since) >= limit {
			return x.wedged(int(last), limit)
		}
	}
}

// raced reports a run during which the race detector spoke up: it makes the
// bubble's T end the goroutine. It reports each race once a process, so the run
// can neither be repeated nor shrunk here.
func (x *explorer) raced() {
	e := x.now.Load()
	found := x.tapeOf(e)
	found.Seed, found.Run, found.Failure = x.settings.Seed, x.report.Runs, "P-RACE"
	x.report.Verdict = Broken
	x.report.Counterexample = &Counterexample{
		Findings: []judge.Finding{{Property: "P-RACE", Message: "the race detector reported a data race during this run; its report is in the output above"}},
		Tape:     found, Found: found, Run: e.History(), FoundAt: x.report.Runs + 1,
	}
}

// wedged reports the run that is stuck. It must not wait for anything of it.
func (x *explorer) wedged(runs int, limit time.Duration) *Report {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	report := &Report{Verdict: Wedged, Runs: runs, Wedge: string(buf), WedgedAfter: limit, Coverage: map[Cell]int{}}
	if e := x.now.Load(); e != nil {
		if choices, total, ok := e.TryChoices(); ok {
			report.WedgeTape = &tape.Tape{
				Scenario: x.subject.ID, Version: x.subject.Version, Control: x.subject.Control, Seed: x.settings.Seed,
				Run: runs - 1, Total: total, Choices: choices, Failure: "wedged",
			}
		}
	}
	return report
}

func (x *explorer) explore() {
	for _, known := range x.settings.Known {
		if x.replayKnown(known) {
			return
		}
	}
	strategies := choose.Portfolio()
	begin := time.Now()
	for run := 0; x.more(run, begin); run++ {
		chooser := choose.Draw(x.settings.Seed, run, strategies[run%len(strategies)], x.draw)
		e := x.run(chooser)
		x.count(e.History())
		if x.settings.Progress != nil && run%32 == 0 {
			x.settings.Progress(run, x.settings.Runs)
		}
		if shared := e.History().Shared; shared != nil {
			x.report.Verdict, x.report.Shared = Flaky, shared.Path
			return
		}
		if e.History().Outcome == history.Endless {
			x.report.Verdict = Inconclusive
			return
		}
		if x.settle(e, run, strategies[run%len(strategies)].Name()) {
			return
		}
	}
	x.conclude()
}

func (x *explorer) more(run int, begin time.Time) bool {
	select {
	case <-x.settings.Stop:
		x.report.Stopped = true
		return false
	default:
	}
	if x.settings.For > 0 {
		return run == 0 || time.Since(begin) < x.settings.For
	}
	return run < x.settings.Runs
}

// run is one run by any chooser.
func (x *explorer) run(chooser engine.Chooser) *engine.Engine {
	x.beats.Add(1)
	x.busy.Store(true)
	defer x.busy.Store(false)
	return engine.Run(engine.Config{
		Mode: x.subject.Mode, Chooser: chooser, Allow: x.allow,
		Budget: x.subject.Budget, MaxSteps: x.subject.MaxSteps, Begun: x.now.Store, Scratch: &x.scratch,
	}, x.subject.Body)
}

// judge asks the properties in order and keeps the findings of the first that
// is broken: what follows a root failure is noise.
//
// A failed expectation is a symptom, and leaving the body has consequences: so
// what had happened before it is judged first, as an unfinished run.
func (x *explorer) judge(run *history.Run) []judge.Finding {
	properties := x.subject.Properties
	if i := slices.IndexFunc(run.Events, isExpected); i >= 0 {
		before := *run
		before.Events, before.Outcome, before.Left = run.Events[:i], history.Endless, nil
		if found := judge.Judge(&before, x.subject.Terms, properties); len(found) > 0 {
			return found
		}
	}
	return judge.Judge(run, x.subject.Terms, properties)
}

func isExpected(e history.Event) bool { return e.Kind == history.Expected }

func (x *explorer) count(run *history.Run) {
	r := &x.report
	r.Runs++
	r.Steps += len(run.Steps)
	r.Hash = engine.Fold(r.Hash, run.Hash)
	r.Last = run
	x.draw.Steps = (x.draw.Steps*7 + len(run.Steps) + 7) / 8
	for i := range run.Events {
		if e := &run.Events[i]; e.Kind == history.Struck {
			r.Struck++
			r.Coverage[Cell{e.Site, e.Fault.Kind}]++
			if len(x.planned) > 0 {
				delete(x.planned, faults.Strike{Site: e.Site, Hit: e.Hit, Task: e.Task.Path, Fault: e.Fault}.String())
			}
		}
	}
	for _, f := range run.Facts {
		if f.Seen {
			x.seen[f.Name] = true
		}
	}
}

// settle judges a run; true if the exploration is over.
func (x *explorer) settle(e *engine.Engine, run int, strategy string) bool {
	findings := x.judge(e.History())
	if len(findings) == 0 && (x.subject.Mode != engine.Controlled || run%selfCheck != selfCheck-1) {
		return false
	}
	x.scratch = engine.Scratch{}
	found := x.tapeOf(e)
	found.Seed, found.Run, found.Strategy = x.settings.Seed, run, strategy
	if len(findings) > 0 {
		found.Failure = signature(findings)
	}
	if x.subject.Mode == engine.Controlled && !x.repeats(e, found) {
		return true
	}
	if len(findings) == 0 {
		return false
	}
	x.report.Verdict = Broken
	x.report.Counterexample = x.shrink(found, e, run+1)
	return true
}

// repeats replays the tape and compares the histories.
func (x *explorer) repeats(first *engine.Engine, found *tape.Tape) bool {
	second := x.run(choose.Replay(found.Choices))
	x.scratch = engine.Scratch{}
	if second.History().Hash == first.History().Hash {
		return true
	}
	r := &x.report
	r.Verdict, r.First, r.Second, r.FlakyTape = Flaky, first.History(), second.History(), found
	return false
}

func (x *explorer) tapeOf(e *engine.Engine) *tape.Tape {
	choices, total := e.Choices()
	return &tape.Tape{
		Scenario: x.subject.ID, Version: x.subject.Version, Control: x.subject.Control,
		Hash: e.History().Hash, Total: total, Choices: choices,
	}
}

// signature says in which way a run failed: shrinking must not slip from one
// failure to another.
func signature(findings []judge.Finding) string {
	return findings[0].Property + " " + findings[0].Subject
}

// conclude gives the verdict of an exploration without a broken run.
func (x *explorer) conclude() {
	r := &x.report
	for _, name := range x.subject.Facts {
		if !x.seen[name] {
			r.Unseen = append(r.Unseen, name)
		}
	}
	for _, strike := range x.settings.Plan {
		if x.planned[strike.String()] {
			r.Dead = append(r.Dead, strike.String())
		}
	}
	r.Unstruck = len(x.subject.Faults) > 0 && r.Struck == 0
	r.Verdict = Held
	if r.Stopped {
		r.Verdict = Inconclusive
		return
	}
	if len(r.Unseen) > 0 || len(r.Dead) > 0 || r.Unstruck {
		r.Verdict = Vacuous
	}
}

// replayKnown replays a tape of the corpus; true if it is broken again.
func (x *explorer) replayKnown(known *tape.Tape) bool {
	e := x.run(choose.Replay(known.Choices))
	x.scratch = engine.Scratch{}
	findings := x.judge(e.History())
	if len(findings) == 0 {
		return false
	}
	found := x.tapeOf(e)
	found.Seed, found.Run, found.Strategy, found.Failure = known.Seed, known.Run, known.Strategy, signature(findings)
	x.report.Runs++
	x.report.Verdict = Broken
	x.report.Counterexample = &Counterexample{
		Findings: findings, Tape: found, Found: found, Run: e.History(), FoundAt: x.report.Runs, Known: true,
	}
	return true
}

// Replay runs one tape once. The error says that the tape does not fit.
func Replay(s Subject, t *tape.Tape, watchdog time.Duration) (*Report, error) {
	if t.Version != s.Version {
		return nil, fmt.Errorf("recorded by version %d of scenario %s, which is at version %d now; record it again with squall run --focus %s --seed %d", t.Version, s.ID, s.Version, s.ID, t.Seed)
	}
	x := newExplorer(s, Settings{Watchdog: watchdog})
	done := make(chan struct{})
	var misfit error
	go func() {
		defer close(done)
		oneAtATime.Lock()
		defer oneAtATime.Unlock()
		misfit = x.replay(t)
	}()
	report := x.watch(done)
	if report.Verdict == Wedged {
		return report, nil
	}
	return report, misfit
}

func (x *explorer) replay(t *tape.Tape) error {
	chooser := choose.Replay(t.Choices)
	e := x.run(chooser)
	x.count(e.History())
	x.report.Verdict = Held
	if findings := x.judge(e.History()); len(findings) > 0 {
		again := x.tapeOf(e)
		again.Seed, again.Run, again.Strategy, again.Failure = t.Seed, t.Run, t.Strategy, signature(findings)
		x.report.Verdict = Broken
		x.report.Counterexample = &Counterexample{Findings: findings, Tape: again, Found: t, Run: e.History(), FoundAt: 1, Known: true}
	}
	if t.Hash == 0 || t.Hash == e.History().Hash {
		return nil
	}
	if unused := chooser.Unused(); len(unused) > 0 {
		return fmt.Errorf("the run went another way: %d of %d choices found no place, the first at %s in %s; the code has changed since it was recorded", len(unused), len(t.Choices), unused[0].Place.Site, unused[0].Place.Task)
	}
	if x.report.Verdict == Held && t.Failure != "" {
		return nil // the code was repaired: the same storm, another history
	}
	return nil
}
