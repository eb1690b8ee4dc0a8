package result

import (
	"cmp"
	"slices"
)

// Version of Squall, as results and `squall version` tell it.
const Version = "0.1.0"

// Result is what one suite process found, or several of them merged.
type Result struct {
	Version   string     `json:"version"` // of Squall
	Seed      uint64     `json:"seed"`
	Scenarios []Scenario `json:"scenarios"`
	Peers     []Peer     `json:"peers"`
	Findings  []Finding  `json:"findings,omitempty"`
}

// Scenario is one story and what came of it.
type Scenario struct {
	ID           string     `json:"id"`
	Title        string     `json:"title"`
	Package      string     `json:"package,omitempty"` // of the suite; the command fills it in
	Verdict      Verdict    `json:"verdict"`
	Runs         int        `json:"runs"`
	Steps        int64      `json:"steps"`
	FaultsStruck int64      `json:"faults_struck"`
	TraceHash    string     `json:"trace_hash"` // "" where the seed does not decide the schedule: in wall and free mode
	Properties   []Property `json:"properties"`
	Controls     []Control  `json:"controls"`
	Failure      string     `json:"failure,omitempty"` // as a person reads it, several lines
}

// Property is one judge's verdict over all runs of a scenario.
type Property struct {
	ID      string  `json:"id"`
	Verdict Verdict `json:"verdict"`
}

// Control is a deliberately broken variant of a scenario. One that is not
// caught makes the scenario prove nothing.
type Control struct {
	Name          string `json:"name"`
	Caught        bool   `json:"caught"`
	RunsToCatch   int    `json:"runs_to_catch"`
	Choices       int    `json:"choices"`        // of the tape that caught it
	ShrunkChoices int    `json:"shrunk_choices"` // of the smallest tape
	Tape          string `json:"tape,omitempty"` // path of the smallest tape
	// Never is the fact that no run showed, of a control that is caught by the
	// verdict vacuous.
	Never   string `json:"never,omitempty"`
	Failure string `json:"failure,omitempty"` // of one that was not caught: why, as a person reads it
}

// Peer is one cell of the table of other libraries put through the stories.
// Its verdict is information: it never changes an exit code.
type Peer struct {
	Library  string  `json:"library"`
	Version  string  `json:"version"`
	Scenario string  `json:"scenario"`
	Property string  `json:"property"`
	Verdict  Verdict `json:"verdict"`
	Detail   string  `json:"detail,omitempty"`
	// Reading says of a cell that did not hold what the library promises: it
	// begins with "documented: " (it does so by design), "surprising: " (nothing
	// is promised, and nothing is said) or "against: " (it promises otherwise).
	Reading string `json:"reading,omitempty"`
	Tape    string `json:"tape,omitempty"` // path of the smallest storm
	// Failure is the picture of that storm; only in the result of a replay.
	Failure string `json:"failure,omitempty"`
}

// Finding is what a suite's process did outside every scenario: it died, it
// hung, or a plain spec failed.
type Finding struct {
	Package string  `json:"package"`
	Verdict Verdict `json:"verdict"` // Broken or Wedged
	Text    string  `json:"text"`
}

// Merge puts the results of several suites together: scenarios by id, then
// package (S2 before S10); peers and findings in the order given. Version and
// seed are those of the first result that has a version: a suite that died has
// neither.
func Merge(results ...Result) Result {
	merged := Result{Scenarios: []Scenario{}}
	for _, r := range results {
		if merged.Version == "" {
			merged.Version, merged.Seed = r.Version, r.Seed
		}
		merged.Scenarios = append(merged.Scenarios, r.Scenarios...)
		merged.Peers = append(merged.Peers, r.Peers...)
		merged.Findings = append(merged.Findings, r.Findings...)
	}
	merged.Version = cmp.Or(merged.Version, Version)
	slices.SortStableFunc(merged.Scenarios, func(a, b Scenario) int {
		return cmp.Or(CompareIDs(a.ID, b.ID), cmp.Compare(a.Package, b.Package))
	})
	return merged
}

// Verdict is the worst of the scenarios and the findings. A control that was
// not caught counts as [Vacuous], whatever its scenario says.
func (r Result) Verdict() Verdict {
	worst := Held
	for _, s := range r.Scenarios {
		worst = Worst(worst, s.Judged())
	}
	for _, f := range r.Findings {
		worst = Worst(worst, f.Verdict)
	}
	if len(r.Scenarios) == 0 && len(r.Peers) == 0 {
		worst = Worst(worst, Vacuous)
	}
	return worst
}

// Judged is the scenario's verdict, at least [Vacuous] if a control was not
// caught, and at least as bad as every property.
func (s Scenario) Judged() Verdict {
	worst := s.Verdict
	for _, p := range s.Properties {
		worst = Worst(worst, p.Verdict)
	}
	for _, c := range s.Controls {
		if !c.Caught {
			worst = Worst(worst, Vacuous)
		}
	}
	return worst
}
