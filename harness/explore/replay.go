package explore

import (
	"cmp"
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

// Misfit is the error of a tape whose run is not the one that the tape tells of.
type Misfit struct {
	unused []tape.Choice // that found no place
	of     int
	cut    []choose.Cut
}

// Error says which choices do not fit, not why: whoever has the tape's file knows
// more.
func (m *Misfit) Error() string {
	if len(m.unused) > 0 {
		return fmt.Sprintf("the run went another way: %d of %d choices found no place, the first is %s", len(m.unused), m.of, m.unused[0])
	}
	return fmt.Sprintf("the run went another way: %s is too large, the largest is %d there", m.cut[0].Choice, m.cut[0].Largest)
}

// Replay runs one tape once. The error says that the tape does not fit; it is a
// [*Misfit] if that is known only now.
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
		again.Total = cmp.Or(t.Total, again.Total)
		x.report.Verdict = Broken
		x.report.Counterexample = &Counterexample{Findings: findings, Tape: again, Found: t, Run: e.History(), FoundAt: 1, Known: true}
	}
	return misfit(t, chooser, e.History().Hash)
}

// misfit is nil too for another history of the same storm: the code was repaired,
// or has changed harmlessly.
func misfit(t *tape.Tape, chooser *choose.Replayed, hash uint64) error {
	m := &Misfit{of: len(t.Choices), cut: chooser.Cuts()}
	switch {
	case t.Hash == 0: // nobody has recorded the run, and what never struck is told elsewhere
		m.unused = slices.DeleteFunc(chooser.Unused(), func(c tape.Choice) bool { return c.Kind != tape.Param })
	case t.Hash != hash:
		m.unused = struckNothing(chooser.Unused())
	}
	if len(m.unused) == 0 && len(m.cut) == 0 {
		return nil
	}
	return m
}

// struckNothing keeps the faults and parameters: without them it is another
// storm. A switch that finds no place is what a repair looks like.
func struckNothing(unused []tape.Choice) []tape.Choice {
	return slices.DeleteFunc(unused, func(c tape.Choice) bool { return c.Kind == tape.Switch || c.Kind == tape.Clock })
}
