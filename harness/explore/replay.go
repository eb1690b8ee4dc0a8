package explore

import (
	"fmt"
	"slices"
	"time"

	"github.com/squall-go/squall/harness/choose"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/tape"
)

// replayKnown replays a tape of the corpus; true if it is broken again.
func (x *explorer) replayKnown(known *tape.Tape) bool {
	x.exact = true
	defer func() { x.exact = false }()
	e := x.run(choose.Replay(known.Choices))
	x.scratch = engine.Scratch{}
	findings := x.judge(e.History())
	if len(findings) == 0 {
		return false
	}
	x.report.Runs++
	if findings[0].Undecided {
		x.undecided(findings, e.History())
		return true
	}
	found := x.tapeOf(e)
	found.Seed, found.Run, found.Strategy, found.Failure = known.Seed, known.Run, known.Strategy, signature(findings)
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
		x.enter()
		defer x.leave()
		misfit = x.replay(t)
	}()
	report := x.watch(done)
	if report.Verdict == Wedged {
		return report, nil
	}
	return report, misfit
}

func (x *explorer) replay(t *tape.Tape) error {
	x.exact = true
	chooser := choose.Replay(t.Choices)
	e := x.run(chooser)
	x.count(e.History())
	x.report.Verdict = Held
	if findings := x.judge(e.History()); len(findings) > 0 && findings[0].Undecided {
		x.undecided(findings, e.History())
	} else if len(findings) > 0 {
		again := x.tapeOf(e)
		again.Seed, again.Run, again.Strategy, again.Failure = t.Seed, t.Run, t.Strategy, signature(findings)
		x.report.Verdict = Broken
		x.report.Counterexample = &Counterexample{Findings: findings, Tape: again, Found: t, Run: e.History(), FoundAt: 1, Known: true}
	}
	if t.Hash == 0 || t.Hash == e.History().Hash {
		return nil
	}
	if unused := struckNothing(chooser.Unused()); len(unused) > 0 {
		return fmt.Errorf("the run went another way: %d of %d choices found no place, the first at %s in %s; the code has changed since it was recorded", len(unused), len(t.Choices), unused[0].Place.Site, unused[0].Place.Task)
	}
	return nil // another history of the same storm: the code was repaired, or has changed harmlessly
}

// struckNothing keeps the faults and parameters: without them it is another
// storm. A switch that finds no place is what a repair looks like.
func struckNothing(unused []tape.Choice) []tape.Choice {
	return slices.DeleteFunc(unused, func(c tape.Choice) bool { return c.Kind == tape.Switch || c.Kind == tape.Clock })
}
