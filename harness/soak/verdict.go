package soak

import (
	"fmt"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

// Verdict is the worst of the findings, and of what was counted and has no finding;
// at least vacuous if the soak was blind, and at least inconclusive if batches were
// given up.
func Verdict(s *State, findings []*batch.Finding) result.Verdict {
	worst := result.Held
	for _, f := range findings {
		worst = result.Worst(worst, f.Verdict)
	}
	for _, l := range Lost(s, findings) {
		worst = result.Worst(worst, l.Verdict)
	}
	if len(s.Blind()) > 0 {
		worst = result.Worst(worst, result.Vacuous)
	}
	if s.GivenUp > 0 {
		worst = result.Worst(worst, result.Inconclusive)
	}
	return worst
}

// more is the way out for a soak that was too short.
const more = "give --for or --runs more"

// Blind is what the soak should have seen, and did not, a line each: scenarios,
// controls and the canary that were not run; controls that were not caught; and,
// after many runs, the canary and facts. One shard of several answers for what it
// has run: what none of them ran is known when they are put together.
func (s *State) Blind() (reasons []string) { return s.blind(more) }

// blind is Blind with the way out for what was not run.
func (s *State) blind(wayOut string) (reasons []string) {
	if s.GivenUp > 0 {
		reasons = append(reasons, fmt.Sprintf("%d batches were given up and not run whole; the incidents say why", s.GivenUp))
	}
	if runs, _ := s.Totals(); runs == 0 && s.hasRuns() {
		return append(reasons, s.noneRan(wayOut))
	}
	if s.Shard.Of <= 1 {
		reasons = append(reasons, s.unrun(wayOut)...)
	}
	for _, scenario := range s.Scenarios {
		t := s.Tallies[scenario.ID]
		if scenario.Canary && t != nil && t.Runs >= enoughRuns && t.Failed[canaryKind] == 0 {
			reasons = append(reasons, fmt.Sprintf("the canary was not found in %d runs", t.Runs))
		}
		for _, name := range scenario.Controls {
			if c := s.Controls[scenario.ID+"/"+name]; c != nil && !c.Caught {
				reasons = append(reasons, fmt.Sprintf("control %s/%s was not caught in %d runs", scenario.ID, name, c.Runs))
			}
		}
		reasons = append(reasons, s.unseen(scenario.ID)...)
	}
	return reasons
}

// hasRuns reports whether there is anything but controls for this shard to run.
func (s *State) hasRuns() bool {
	if s.Shard.Of <= 1 || len(s.Scenarios) == 0 {
		return true
	}
	return scheduleOf(s.Seed, s.Runs, s.Scenarios).hasRuns(s.Shard)
}

// canaryKind is how the canary fails. Whatever else happens to it is a finding.
const canaryKind = "P-EXPECT main"

// enoughRuns is after how many runs the canary, or a fact, that was never seen is
// missed.
const enoughRuns = 1000

func (s *State) unseen(id string) (reasons []string) {
	t := s.Tallies[id]
	if t == nil || t.Runs < enoughRuns {
		return nil
	}
	for _, fact := range sortedKeys(t.Facts) {
		if !t.Facts[fact] {
			reasons = append(reasons, fmt.Sprintf("%s: %q was not seen in %d runs", id, fact, t.Runs))
		}
	}
	return reasons
}
