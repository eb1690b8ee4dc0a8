package explore

import (
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/tape"
)

// RaceID is the property that a data race breaks. No judge stands for it: the race
// detector speaks up.
const RaceID = "P-RACE"

// noteRace keeps the first run that raced until it is reported.
func (x *explorer) noteRace(e *engine.Engine) {
	if !e.Raced() {
		return
	}
	x.report.Raced = true
	if x.raced == nil {
		x.raced, x.scratch = e, engine.Scratch{}
	}
}

// race reports the run that raced: one that origin tells of, or one that repeated
// or shrank it. A race is told once a process, so the run can neither be repeated
// nor shrunk here; and it goes first, since whatever else broke may be its doing.
// An exploration that goes on has been told of that already.
func (x *explorer) race(origin *tape.Tape, known bool) Verdict {
	e := x.raced
	x.raced = nil
	found := x.tapeOf(e)
	found.Seed, found.Run, found.Strategy, found.Failure = origin.Seed, origin.Run, origin.Strategy, RaceID
	x.forget()
	x.report.Counterexample = &Counterexample{
		Findings: []judge.Finding{{Property: RaceID, Message: "the race detector reported a data race during this run; its report is in the output of the process, and squall replay --race --verbose shows it"}},
		Tape:     found, Found: found, Run: e.History(), FoundAt: x.report.Runs, Known: known,
		Unshrunk: "the race detector tells of a race once a process",
	}
	if x.settings.Found != nil {
		x.report.Failures[RaceID]++
		x.hand(Broken, RaceID, origin.Run)
	}
	return Broken
}
