package soak

import (
	"fmt"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

// Verdict is the worst of the findings, at least vacuous if the soak was blind
// or saw nothing.
func Verdict(s *State, findings []*batch.Finding) result.Verdict {
	worst := result.Held
	for _, f := range findings {
		worst = result.Worst(worst, f.Verdict)
	}
	if runs, _ := s.Totals(); runs == 0 || len(s.Blind()) > 0 {
		worst = result.Worst(worst, result.Vacuous)
	}
	return worst
}

// Blind is what the soak should have seen, and did not: controls, and, after many
// runs, the canary and facts.
func (s *State) Blind() (reasons []string) {
	for _, scenario := range s.Scenarios {
		t := s.Tallies[scenario.ID]
		if scenario.Canary && t != nil && t.Runs >= enoughRuns && len(t.Failed) == 0 {
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
