package explore

import (
	"runtime"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/tape"
)

// watch waits for the exploration, and gives up on a run that does not come back.
func (x *explorer) watch(done <-chan struct{}) *Report {
	limit := x.settings.watchdog()
	tick := time.NewTicker(limit / 4)
	defer tick.Stop()
	last, since := int64(-1), time.Now()
	for {
		select {
		case <-done:
			return &x.report
		case <-tick.C:
		}
		if beats := x.beats.Load(); beats != last || !x.busy.Load() || x.delayed() {
			last, since = beats, time.Now()
			continue
		}
		if time.Since(since) >= limit {
			return x.wedged(int(last), limit)
		}
	}
}

// delayed reports whether the run sleeps in an injected delay, which comes to its
// end: a plan may have one that is longer than the limit.
func (x *explorer) delayed() bool {
	e := x.now.Load()
	return e != nil && e.Delayed()
}

// alive asks the layers. One of their locks may be what is stuck: nobody waits
// for the answer for long.
func alive(e *engine.Engine) string {
	answer := make(chan string, 1)
	go func() { answer <- faults.Dump(e) }()
	select {
	case dump := <-answer:
		return dump
	case <-time.After(time.Second):
		return "the layers did not answer within a second\n"
	}
}

// wedged reports the run that is stuck, and lets the next exploration begin. It
// must not wait for anything of it.
func (x *explorer) wedged(runs int, limit time.Duration) *Report {
	x.givenUp.Store(true)
	defer x.leave()
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	report := &Report{Verdict: Wedged, Runs: runs, Steps: int(x.steps.Load()), Wedge: string(buf), WedgedAfter: limit, Coverage: map[Cell]int{}}
	if e := x.now.Load(); e != nil {
		report.WedgeAlive = alive(e)
		if p, ok := e.TryProgress(); ok {
			report.Steps += p.Steps
			report.WedgeSteps, report.WedgeAt = p.Steps, p.At
			if p.Steps > 0 {
				report.WedgeLast = &p.Last
			}
		}
		if choices, total, ok := e.TryChoices(); ok {
			report.WedgeTape = &tape.Tape{
				Scenario: x.subject.ID, Version: x.subject.Version, Control: x.subject.Control, Seed: x.settings.Seed,
				Run: runs - 1, Total: total, Choices: choices, Failure: "wedged",
			}
		}
	}
	return report
}
