package soak

import (
	"fmt"
	"slices"
	"strings"
)

// unrun is what the soak had to do and did not, a line for each kind.
func (s *State) unrun(wayOut string) (reasons []string) {
	scenarios, controls := gap{what: "scenarios"}, gap{what: "controls"}
	for _, scenario := range s.Scenarios {
		if scenario.Canary {
			continue
		}
		scenarios.look(scenario.ID, s.ran(scenario.ID), s.unended(scenario.ID))
		for _, name := range scenario.Controls {
			c := control{scenario.ID, name}.String()
			controls.look(c, s.Controls[c] != nil, s.unended(c))
		}
	}
	reasons = append(scenarios.reasons(wayOut), controls.reasons(wayOut)...)
	for _, scenario := range s.Scenarios {
		switch {
		case !scenario.Canary || s.ran(scenario.ID):
		case s.unended(scenario.ID):
			reasons = append(reasons, "no batch of the canary came to its end: "+givenUp)
		default:
			reasons = append(reasons, "the canary was not run: "+wayOut)
		}
	}
	return reasons
}

func (s *State) ran(scenario string) bool {
	t := s.Tallies[scenario]
	return t != nil && t.Runs > 0
}

// unended reports whether a batch of the scenario or control was begun and given
// up: since the soak was over, or too many workers died of it.
func (s *State) unended(name string) bool {
	t := s.Tallies[name]
	return t != nil && t.Batches > 0 || slices.Contains(s.Unended, name)
}

// noneRan is said of a soak that ran nothing.
func (s *State) noneRan(wayOut string) string {
	for _, scenario := range s.Scenarios {
		if s.unended(scenario.ID) {
			return "no scenario was run, for no batch came to its end: " + givenUp
		}
	}
	return "no scenario was run: " + wayOut
}

// givenUp is the way out where there was time, and it did not help.
const givenUp = "it wedged, died or was stopped; see the findings and incidents, or " + more

// gap is what of one kind was not run.
type gap struct {
	what    string
	of      int
	unrun   []string
	unended []string
}

func (g *gap) look(name string, ran, unended bool) {
	g.of++
	switch {
	case ran:
	case unended:
		g.unended = append(g.unended, name)
	default:
		g.unrun = append(g.unrun, name)
	}
}

func (g *gap) reasons(wayOut string) (reasons []string) {
	if n := len(g.unrun); n > 0 {
		were := "were"
		if n == 1 {
			were = "was"
		}
		reasons = append(reasons, fmt.Sprintf("%d of %d %s %s not run (%s): %s", n, g.of, g.what, were, few(g.unrun), wayOut))
	}
	if n := len(g.unended); n > 0 {
		reasons = append(reasons, fmt.Sprintf("%d of %d %s had no batch that came to its end (%s): %s", n, g.of, g.what, few(g.unended), givenUp))
	}
	return reasons
}

// few names the first: a soak that was far too short would name hundreds.
func few(names []string) string {
	text := strings.Join(names[:min(len(names), 3)], ", ")
	if len(names) > 3 {
		text += ", …"
	}
	return text
}
