package explore

import (
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
	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/harness/tape"
)

// selfCheck is how often a run that held is repeated: one in that many.
const selfCheck = 16

// oneAtATime: the engine counts the goroutines of the process.
var oneAtATime sync.Mutex

// enter waits until no other exploration is under way.
func (x *explorer) enter() {
	oneAtATime.Lock()
	x.leave = sync.OnceFunc(oneAtATime.Unlock)
}

// Explore runs the subject until a run is broken or the settings are used up.
// It returns when the verdict is known; a wedged run is abandoned, and keeps
// its goroutines and a core.
func Explore(s Subject, set Settings) *Report {
	x := newExplorer(s, set)
	done := make(chan struct{})
	go func() {
		defer close(done)
		x.enter()
		defer x.leave()
		x.explore()
	}()
	return x.watch(done)
}

// explorer is one exploration under way.
type explorer struct {
	subject   Subject
	settings  Settings
	allow     []faults.Kind
	draw      choose.Settings
	report    Report
	exact     bool             // leaks are looked for with a dump
	seen      map[string]bool  // facts
	mentioned []string         // facts, in order
	idle      []judge.Property // those that no run has given anything to judge
	planned   map[string]bool  // strikes of the plan that have not struck yet
	silence
	outside int            // goroutines that are not of a run
	scratch engine.Scratch // of the last run; dropped to keep its history
	beats   atomic.Int64   // runs begun; the watchdog looks at it
	steps   atomic.Int64   // of the runs that came back
	busy    atomic.Bool
	leave   func()      // lets the next exploration begin; set before busy is
	raced   []raced     // the runs during which the race detector spoke up, until they are reported
	givenUp atomic.Bool // the watchdog has reported: should the wedged run come back, it was the last
	now     atomic.Pointer[engine.Engine]
}

func newExplorer(s Subject, set Settings) *explorer {
	set.Plan = set.Plan.Resolved()
	x := &explorer{subject: s, settings: set, seen: map[string]bool{}, planned: map[string]bool{}}
	var kinds faults.Kind
	x.allow, kinds, x.report.Dead = s.allowed()
	x.subject.Terms.Unwatched = s.Mode != engine.Controlled
	x.subject.Terms.Slack = func(run *history.Run) time.Duration {
		slack := run.Pushed
		if s.Terms.Slack != nil {
			slack += s.Terms.Slack(run)
		}
		return slack
	}
	x.draw = choose.Settings{Kinds: kinds, Durations: s.Durations, Steps: 50}
	if s.Mode == engine.Wall {
		x.draw.LongestDelay = set.longestDelay()
	}
	if set.Plan != nil {
		x.draw.Plan = set.Plan
		x.allowPlan(set.Plan)
		x.report.Dead = nil
	}
	x.report.Coverage = map[Cell]int{}
	x.idle = slices.Clone(s.Properties)
	if set.Found != nil {
		x.report.Failures, x.report.Handovers = map[string]int{}, map[Handover]int{}
	}
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

func (x *explorer) explore() {
	for _, known := range x.settings.Known {
		if x.settings.Replayed != nil {
			x.settings.Replayed(known)
		}
		over := x.replayKnown(known)
		if len(x.raced) > 0 {
			x.report.Verdict = x.race(known, true)
			return
		}
		if over {
			return
		}
	}
	strategies := choose.Portfolio()
	begin := time.Now()
	for run := 0; x.more(run, begin); run++ {
		if slices.Contains(x.settings.Skip, run) {
			continue
		}
		if over := x.explored(run, strategies[run%len(strategies)]); over {
			return
		}
	}
	x.conclude()
}

// explored is one run that the seed draws; true if the exploration is over.
func (x *explorer) explored(run int, strategy choose.Strategy) bool {
	if x.settings.Begun != nil {
		x.settings.Begun(run)
	}
	e := x.run(x.chooser(run, strategy))
	x.count(e.History())
	x.notice(e)
	if x.settings.Progress != nil && run%32 == 0 {
		x.settings.Progress(run, x.settings.Runs)
	}
	var verdict Verdict
	if len(x.raced) == 0 || x.settings.Found != nil {
		verdict = x.settle(e, run, strategy.Name())
	}
	if len(x.raced) > 0 {
		verdict = x.race(&tape.Tape{Seed: x.settings.Seed, Run: run, Strategy: strategy.Name()}, false)
	}
	if verdict == "" || x.settings.Found != nil {
		return false
	}
	x.report.Verdict = verdict
	return true
}

func (x *explorer) chooser(run int, strategy choose.Strategy) engine.Chooser {
	drawn := choose.Draw(x.settings.Seed, run, strategy, x.draw)
	if x.settings.Record == nil {
		return drawn
	}
	return choose.Recorded(drawn, func(c tape.Choice) { x.settings.Record(run, c) })
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

// exactRuns is in how many runs at the beginning leaks are looked for exactly,
// when specs before this one may still be ending goroutines.
const exactRuns = 8

// run is one run by any chooser. A tape that is known or found to break is looked
// at exactly: whether it does must not depend on the process around it.
func (x *explorer) run(chooser engine.Chooser) *engine.Engine {
	if x.givenUp.Load() {
		runtime.Goexit()
	}
	x.beats.Add(1)
	if x.settings.Beat != nil {
		x.settings.Beat()
	}
	x.busy.Store(true)
	defer x.busy.Store(false)
	mark := racelog.Mark()
	e := engine.Run(engine.Config{
		Exact: x.exact || x.report.Runs < exactRuns, Goroutines: &x.outside,
		Mode: x.subject.Mode, Chooser: chooser, Allow: x.allow,
		Budget: x.subject.Budget, MaxSteps: x.subject.MaxSteps, Begun: x.now.Store, Scratch: &x.scratch,
	}, x.subject.Body)
	x.steps.Add(int64(len(e.History().Steps)))
	x.noteRace(e, mark)
	return e
}
