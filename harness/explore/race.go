package explore

import (
	"slices"

	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/harness/tape"
)

// RaceID is the property that a data race breaks; see package racelog.
const RaceID = racelog.Property

// raced is a race that the detector told of, and the run during which it did.
type raced struct {
	run       *engine.Engine
	signature string
	reports   []racelog.Race // of this signature; none if nobody can read them
}

// noteRace keeps the first run of each race until it is reported. mark is where the
// run began in the detector's log.
func (x *explorer) noteRace(e *engine.Engine, mark int64) {
	if !e.Raced() {
		return
	}
	x.report.Raced = true
	for _, r := range racesOf(e, racelog.Since(mark)) {
		if !slices.ContainsFunc(x.raced, func(known raced) bool { return known.signature == r.signature }) {
			x.raced, x.scratch = append(x.raced, r), engine.Scratch{}
		}
	}
}

// racesOf sorts the reports of a run by what raced.
func racesOf(e *engine.Engine, reports []racelog.Race) (races []raced) {
	for _, report := range reports {
		signature := report.Signature()
		i := slices.IndexFunc(races, func(r raced) bool { return r.signature == signature })
		if i < 0 {
			i, races = len(races), append(races, raced{run: e, signature: signature})
		}
		races[i].reports = append(races[i].reports, report)
	}
	if len(races) == 0 {
		races = []raced{{run: e, signature: RaceID}}
	}
	return races
}

// race reports the run that raced: one that origin tells of, or one that repeated
// or shrank it. A race is told once a process, so the run can neither be repeated
// nor shrunk here; and it goes first, since whatever else broke may be its doing.
// An exploration that goes on has been told of that already, and is told of each
// race alone.
func (x *explorer) race(origin *tape.Tape, known bool) Verdict {
	races := x.raced
	x.raced = nil
	if x.settings.Found == nil {
		first := races[0].run
		races = slices.DeleteFunc(races, func(r raced) bool { return r.run != first })
		x.forget()
		x.report.Counterexample = x.racing(origin, known, races...)
		return Broken
	}
	for _, r := range races {
		x.forget()
		x.report.Counterexample = x.racing(origin, known, r)
		x.report.Failures[r.signature]++
		x.hand(Broken, r.signature, origin.Run)
	}
	return Broken
}

// racing is the counterexample of a run that raced.
func (x *explorer) racing(origin *tape.Tape, known bool, races ...raced) *Counterexample {
	e := races[0].run
	found := x.tapeOf(e)
	found.Seed, found.Run, found.Strategy, found.Failure = origin.Seed, origin.Run, origin.Strategy, races[0].signature
	c := &Counterexample{
		Tape: found, Found: found, Run: e.History(), FoundAt: x.report.Runs, Known: known,
		Unshrunk: "the race detector tells of a race once a process",
	}
	for _, r := range races {
		c.Findings = append(c.Findings, r.finding())
		c.Races = append(c.Races, r.reports...)
	}
	return c
}

func (r *raced) finding() judge.Finding {
	message := "the race detector reported a data race during this run; its report is in the output of the process, and squall replay --race shows it"
	if len(r.reports) > 0 {
		message = r.reports[0].Gist()
	}
	return judge.Finding{Property: RaceID, Message: message}
}
