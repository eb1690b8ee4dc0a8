package soak

import (
	"fmt"
	"maps"
	"slices"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

// LostKind is a kind of failure that was counted, and of which there is no finding.
type LostKind struct {
	Scenario string
	Kind     string
	Runs     int64
	Verdict  result.Verdict
}

// Lost are the kinds that the state counted and no finding tells of, by scenario.
func Lost(s *State, findings []*batch.Finding) (lost []LostKind) {
	told := map[string]bool{}
	for _, f := range findings {
		if f.Control == "" {
			told[f.Scenario+" "+batch.Kind(f.Signature)] = true
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(s.Tallies), result.CompareIDs) {
		failed := s.Tallies[id].Failed
		for _, kind := range sortedKeys(failed) {
			if s.isCanary(id) && kind == canaryKind {
				continue
			}
			if n := failed[kind]; n > 0 && !told[id+" "+kind] {
				lost = append(lost, LostKind{Scenario: id, Kind: kind, Runs: n, Verdict: VerdictOf(kind)})
			}
		}
	}
	return lost
}

// VerdictOf is the verdict that a kind of signature stands for.
func VerdictOf(kind string) result.Verdict {
	var v result.Verdict
	if v.UnmarshalText([]byte(kind)) == nil && v != result.Held {
		return v
	}
	return result.Broken
}

func (s *State) isCanary(id string) bool {
	return slices.ContainsFunc(s.Scenarios, func(known batch.Scenario) bool { return known.ID == id && known.Canary })
}

// lostLine names the first few.
func lostLine(lost []LostKind) string {
	var names []string
	for _, l := range lost {
		names = append(names, fmt.Sprintf("%s %s in %d runs", l.Scenario, l.Kind, l.Runs))
	}
	return fmt.Sprintf("LOST  kinds of failures that were counted, and have no file: %d (%s)", len(lost), few(names))
}
