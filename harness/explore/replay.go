package explore

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/squall-go/squall/harness/choose"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/harness/tape"
	"github.com/squall-go/squall/internal/commandline"
)

// replayKnown replays a tape of the corpus; true if it is broken again.
func (x *explorer) replayKnown(known *tape.Tape) bool {
	x.exact = true
	defer func() { x.exact = false }()
	chooser := choose.Replay(known.Choices)
	e := x.run(chooser)
	x.scratch = engine.Scratch{}
	findings := x.judge(e.History())
	if len(findings) == 0 {
		// Elsewhere it may be luck which places a run passes, and luck must not
		// decide a verdict.
		if m := misfit(known, chooser, e.History().Hash); m != nil && x.subject.Mode == engine.Controlled {
			x.report.Misfits = append(x.report.Misfits, m)
		}
		return x.isLuck(known, e)
	}
	x.report.Runs++
	if findings[0].Undecided {
		x.undecided(findings, e.History())
		return true
	}
	if x.isLuck(known, e) {
		return true
	}
	found := x.tapeOf(e)
	found.Seed, found.Run, found.Strategy, found.Failure = known.Seed, known.Run, known.Strategy, signature(findings)
	found.Total = cmp.Or(known.Total, found.Total)
	x.report.Verdict = Broken
	x.report.Counterexample = &Counterexample{
		Findings: findings, Tape: found, Found: known, Run: e.History(), FoundAt: x.report.Runs, Known: true,
		Unshrunk: x.unshrunk(),
	}
	return true
}

// Misfit is the error of a tape whose run is not the one that the tape tells of.
// If that run held, nothing was proved by it.
type Misfit struct {
	Tape   *tape.Tape
	Path   string        // of the tape's file, set by whoever has read it; "" if unknown
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

// Replay runs one tape. If the run is not the one that was recorded, it is
// repeated: what a mend changed comes to the same each time, what luck decides
// does not, and is Flaky. The error says that the tape does not fit; it is a
// [*Misfit] if that is known only now. There is a report then, and its verdict
// is about what is left of the tape: Vacuous if that breaks nothing.
func Replay(s Subject, t *tape.Tape, watchdog time.Duration) (*Report, error) {
	if t.Version != s.Version {
		return nil, fmt.Errorf("recorded by version %d of scenario %s, which is at version %d now; record it again with %s run --focus %s --seed %d",
			t.Version, s.ID, s.Version, commandline.Here(""), commandline.Quoted(s.ID), t.Seed)
	}
	x := newExplorer(s, Settings{Watchdog: watchdog})
	done := make(chan struct{})
	go func() {
		defer close(done)
		x.enter()
		defer x.leave()
		x.replay(t)
	}()
	report := x.watch(done)
	if len(report.Misfits) > 0 {
		return report, report.Misfits[0]
	}
	return report, nil
}

func (x *explorer) replay(t *tape.Tape) {
	x.exact = true
	chooser := choose.Replay(t.Choices)
	e := x.run(chooser)
	x.count(e.History())
	x.raceAgain(t)
	x.report.Verdict = Held
	if findings := x.judge(e.History()); len(findings) > 0 && findings[0].Undecided {
		x.undecided(findings, e.History())
	} else if len(findings) > 0 {
		again := x.tapeOf(e)
		again.Seed, again.Run, again.Strategy, again.Failure = t.Seed, t.Run, t.Strategy, signature(findings)
		again.Total = cmp.Or(t.Total, again.Total)
		x.report.Verdict = Broken
		x.report.Counterexample = &Counterexample{
			Findings: findings, Tape: again, Found: t, Run: e.History(), FoundAt: 1, Known: true, Unshrunk: x.unshrunk(),
		}
	}
	if m := misfit(t, chooser, e.History().Hash); m != nil {
		x.report.Misfits = []*Misfit{m}
		if x.report.Verdict == Held {
			x.report.Verdict = Vacuous
		}
	}
	if x.isLuck(t, e) {
		x.report.Counterexample = nil
	}
	if len(x.raced) > 0 {
		x.report.Verdict = x.race(t, true)
	}
}

// repetitions is how often a tape is run again whose run was not the recorded one.
const repetitions = 16

// raceAgain runs a tape that was recorded for a data race until it races: whether
// two accesses meet is luck where tasks run side by side.
func (x *explorer) raceAgain(t *tape.Tape) {
	if !racelog.Signs(t.Failure) {
		return
	}
	for range repetitions {
		if len(x.raced) > 0 {
			return
		}
		x.scratch = engine.Scratch{}
		x.run(choose.Replay(t.Choices))
	}
}

// isLuck runs a tape again, and compares histories: the verdict is Flaky if they
// differ. The run that was recorded needs no second opinion. On the real clock, and
// where tasks run side by side, no two histories are the same.
func (x *explorer) isLuck(t *tape.Tape, e *engine.Engine) bool {
	if x.subject.Mode != engine.Controlled || len(x.raced) > 0 {
		return false
	}
	first, r := e.History(), &x.report
	failure := x.failure(first)
	if first.Hash == t.Hash && failure == t.Failure {
		return false
	}
	broke := 0
	if failure != "" {
		broke++
	}
	for range repetitions {
		x.scratch = engine.Scratch{}
		again := x.run(choose.Replay(t.Choices)).History()
		other := x.failure(again)
		if other != "" {
			broke++
		}
		if r.Second == nil && (again.Hash != first.Hash || other != failure) {
			r.Second = again
		}
	}
	x.scratch = engine.Scratch{}
	if r.Second == nil {
		return false
	}
	r.Verdict, r.First, r.FlakyTape, r.Replayed, r.ReplayedBroke = Flaky, first, t, 1+repetitions, broke
	return true
}

// misfit is nil too for another history of the same storm: the code was repaired,
// or has changed harmlessly.
func misfit(t *tape.Tape, chooser *choose.Replayed, hash uint64) *Misfit {
	m := &Misfit{Tape: t, of: len(t.Choices), cut: chooser.Cuts()}
	if t.Hash != hash { // 0: the run was not recorded, or did not come to its end
		m.unused = struckNothing(chooser.Unused())
	}
	if len(m.unused) == 0 && len(m.cut) == 0 {
		return nil
	}
	return m
}

// struckNothing keeps the faults and parameters: without them it is another
// storm. A switch, or a select, that finds no place is what a repair looks like.
func struckNothing(unused []tape.Choice) []tape.Choice {
	return slices.DeleteFunc(unused, func(c tape.Choice) bool { return c.Kind != tape.Strike && c.Kind != tape.Param })
}
