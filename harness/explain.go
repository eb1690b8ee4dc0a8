package harness

import (
	"cmp"
	"fmt"

	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/report"
)

// explain is the verdict as a person reads it; path is the saved tape's.
func explain(s explore.Subject, r *explore.Report, path string) string {
	switch r.Verdict {
	case explore.Held:
		return fmt.Sprintf("%s %s: held in %d runs, %d faults struck", s.ID, s.Title, r.Runs, r.Struck)
	case explore.Broken:
		return report.Failure(counterexample(s, r.Counterexample, path))
	case explore.Flaky:
		if r.Shared != "" {
			return shared(s, r)
		}
		if len(r.Luck) > 0 {
			return fmt.Sprintf("%s %s: FLAKY  on the real clock a run broke, and no repetition of it did\n  %s: %s\n%s\n  again:  %s",
				s.ID, s.Title, r.Luck[0].Property, r.Luck[0].Message, report.Timeline(r.First, report.Width), again(s.ID, r.Runs))
		}
		return report.Flaky(report.Nondeterminism{
			ScenarioID: s.ID, Title: s.Title, Control: s.Control, Runs: r.Replayed, Broke: r.ReplayedBroke,
			First: r.First, Second: r.Second, Replay: cmp.Or(replayCommand(path, ""), again(s.ID, r.Runs)),
		})
	case explore.Vacuous:
		return vacuous(s, r, path)
	case explore.Inconclusive:
		if r.Stopped {
			return fmt.Sprintf("%s %s: INCONCLUSIVE  interrupted after %d runs, which held", s.ID, s.Title, r.Runs)
		}
		if u := r.Undecided; u != nil {
			return fmt.Sprintf("%s %s: INCONCLUSIVE  %s of run %d could not be decided\n  %s\n%s",
				s.ID, s.Title, named(u.Property).Title, r.Runs, u.Message, report.Timeline(r.Last, report.Width))
		}
		return fmt.Sprintf("%s %s: INCONCLUSIVE  a run did not end within %d steps; it loops, or MaxSteps is too low\n%s",
			s.ID, s.Title, len(r.Last.Steps), report.Timeline(r.Last, report.Width))
	default:
		command := replayCommand(path, "")
		if command == "" {
			command = again(s.ID, r.Runs)
		}
		return report.Wedged(report.Standstill{
			ScenarioID: s.ID, Title: s.Title, Control: s.Control,
			After: r.WedgedAfter, RealTime: s.Mode == engine.Wall, At: r.WedgeAt, Steps: r.WedgeSteps, Last: lastStep(r), Dump: r.Wedge, Alive: r.WedgeAlive, Tape: r.WedgeTape, Replay: command,
		})
	}
}

// lastStep is that of a wedged run, "" if it could not be read.
func lastStep(r *explore.Report) string {
	step := r.WedgeLast
	if step == nil {
		return ""
	}
	return fmt.Sprintf("%s #%d in %s", step.Site, step.Hit, step.Task.Path)
}

func counterexample(s explore.Subject, c *explore.Counterexample, path string) report.Counterexample {
	broken := judge.Property{}
	for _, p := range s.Properties {
		if p.ID == c.Findings[0].Property {
			broken = p
		}
	}
	if broken.ID == "" {
		broken = named(c.Findings[0].Property)
	}
	foundAt := c.FoundAt
	if c.Known {
		foundAt = 0 // it was found in another run
	}
	return report.Counterexample{
		ScenarioID: s.ID, Title: s.Title, Control: s.Control, Property: broken, Findings: c.Findings,
		Tape: c.Tape, Found: c.Found, RunsUntilFound: foundAt, ShrinkRuns: c.ShrinkRuns, ShrinkTime: c.ShrinkTime, Unshrunk: c.Unshrunk,
		Races: c.Races, Run: c.Run, Replay: replayCommand(path, c.Tape.Failure), Picture: pictureOf(c, path),
	}
}

// named is a property by its id, also one that no judge of ours stands for: a
// scenario's expectation may name it.
func named(id string) judge.Property {
	if p, ok := judge.ByID(id); ok {
		return p
	}
	told, ok := guarantees[id]
	if !ok {
		return judge.Property{ID: id}
	}
	return judge.Property{ID: id, Title: told[0], Guarantee: told[1]}
}

var guarantees = map[string][2]string{
	explore.RaceID: {"freedom from data races", "no memory is accessed by two goroutines without synchronisation"},
}
