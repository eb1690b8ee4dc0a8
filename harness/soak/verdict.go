package soak

import (
	"fmt"
	"strings"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

// Verdict is the worst of the findings, at least vacuous if the soak was blind.
func Verdict(s *State, findings []*batch.Finding) result.Verdict {
	worst := result.Held
	for _, f := range findings {
		worst = result.Worst(worst, f.Verdict)
	}
	if len(s.Blind()) > 0 {
		worst = result.Worst(worst, result.Vacuous)
	}
	return worst
}

// Blind is what the soak should have seen, and did not, a line each: scenarios,
// controls and the canary that were not run; controls that were not caught; and,
// after many runs, the canary and facts. One shard of several answers for what it
// has run: what none of them ran is known when they are put together.
func (s *State) Blind() (reasons []string) {
	if runs, _ := s.Totals(); runs == 0 {
		return []string{"no scenario was run: " + more}
	}
	if s.Shard.Of <= 1 {
		reasons = s.unrun()
	}
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

// more is the way out for a soak that was too short.
const more = "give --for or --runs more"

// unrun is what the soak had to do and never came to, a line for each kind.
func (s *State) unrun() (reasons []string) {
	var scenarios, controls []string
	ran := func(id string) bool { t := s.Tallies[id]; return t != nil && t.Runs > 0 }
	all, allControls, canary := 0, 0, true
	for _, scenario := range s.Scenarios {
		if scenario.Canary {
			canary = canary && ran(scenario.ID)
			continue
		}
		all++
		if !ran(scenario.ID) {
			scenarios = append(scenarios, scenario.ID)
		}
		for _, name := range scenario.Controls {
			allControls++
			if c := (control{scenario.ID, name}); s.Controls[c.String()] == nil {
				controls = append(controls, c.String())
			}
		}
	}
	if len(scenarios) > 0 {
		reasons = append(reasons, notRun(scenarios, all, "scenarios"))
	}
	if len(controls) > 0 {
		reasons = append(reasons, notRun(controls, allControls, "controls"))
	}
	if !canary {
		reasons = append(reasons, "the canary was not run: "+more)
	}
	return reasons
}

// notRun names the first few: a soak that was far too short would name hundreds.
func notRun(names []string, of int, what string) string {
	few := strings.Join(names[:min(len(names), 3)], ", ")
	if len(names) > 3 {
		few += ", …"
	}
	were := "were"
	if len(names) == 1 {
		were = "was"
	}
	return fmt.Sprintf("%d of %d %s %s not run (%s): %s", len(names), of, what, were, few, more)
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
