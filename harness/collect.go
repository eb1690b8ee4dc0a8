package harness

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/onsi/ginkgo/v2"

	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/result"
)

// recordEntry is the name of the report entries that carry results from the
// specs, in whatever process they run, to the one that writes the file.
const recordEntry = "squall"

// record is what one spec found: a scenario, a control, or cells of peers.
type record struct {
	Scenario *result.Scenario `json:"scenario,omitempty"`
	ID       string           `json:"id,omitempty"` // of the control's scenario
	Title    string           `json:"title,omitempty"`
	Control  *result.Control  `json:"control,omitempty"`
	Peers    []result.Peer    `json:"peers,omitempty"`
}

func addRecord(r record) {
	text, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("harness: %v", err))
	}
	ginkgo.AddReportEntry(recordEntry, string(text), ginkgo.ReportEntryVisibilityNever)
}

// ReportPeers adds cells of the peers' table to the result of this process.
func ReportPeers(cells ...result.Peer) { addRecord(record{Peers: cells}) }

func scenarioResult(s Scenario, report *explore.Report, text string) *result.Scenario {
	out := &result.Scenario{
		ID: s.ID, Title: s.Title, Verdict: report.Verdict, Runs: report.Runs,
		Steps: int64(report.Steps), FaultsStruck: int64(report.Struck),
		TraceHash: traceHash(s, report), Controls: []result.Control{}, Properties: []result.Property{},
	}
	if report.Verdict != explore.Held {
		out.Failure = text
	}
	for _, id := range judged(s, report) {
		out.Properties = append(out.Properties, result.Property{ID: id, Verdict: verdictOf(id, report)})
	}
	return out
}

// traceHash is empty where the seed does not decide the schedule.
func traceHash(s Scenario, report *explore.Report) string {
	if mode(s.Mode) != engine.Controlled {
		return ""
	}
	return fmt.Sprintf("%016x", report.Hash)
}

// judged is the scenario's properties, that of its facts if it has any, and one
// that nobody declared but that broke (an expectation, a data race).
func judged(s Scenario, report *explore.Report) []string {
	ids := s.judged()
	if c := report.Counterexample; c != nil && !slices.Contains(ids, c.Findings[0].Property) {
		ids = append(ids, c.Findings[0].Property)
	}
	return ids
}

// verdictOf is the verdict on one property. The run ends at the first broken
// one, so the others held as far as it went; a fact that was never seen says
// nothing against them, a storm that never struck does, and so does a tape that
// does not fit, if no other run was made.
func verdictOf(id string, report *explore.Report) result.Verdict {
	switch report.Verdict {
	case explore.Broken:
		if report.Counterexample.Findings[0].Property != id {
			return explore.Held
		}
	case explore.Vacuous:
		struck := !report.Unstruck && !report.Unvisited && len(report.Dead) == 0
		proved := current.replay == nil || len(report.Misfits) == 0
		if struck && proved && (id != factsID || len(report.Unseen) == 0) {
			return explore.Held
		}
	}
	return report.Verdict
}

// collect puts the records of all processes together.
func collect(report ginkgo.Report) (result.Result, error) {
	out := result.Result{Version: result.Version, Seed: current.seed, Scenarios: []result.Scenario{}, Peers: []result.Peer{}}
	var controls []record
	for _, spec := range report.SpecReports {
		for _, entry := range spec.ReportEntries {
			if entry.Name != recordEntry {
				continue
			}
			var r record
			if err := json.Unmarshal([]byte(entry.Value.String()), &r); err != nil {
				return out, fmt.Errorf("result of %q: %w", spec.FullText(), err)
			}
			if r.Scenario != nil {
				out.Scenarios = append(out.Scenarios, *r.Scenario)
			}
			if r.Control != nil {
				controls = append(controls, r)
			}
			out.Peers = append(out.Peers, r.Peers...)
		}
	}
	for _, c := range controls {
		addControl(&out, c)
	}
	slices.SortStableFunc(out.Peers, func(a, b result.Peer) int {
		return findPeer(a.Library+"/"+a.Scenario) - findPeer(b.Library+"/"+b.Scenario)
	})
	return result.Merge(out), nil
}

// addControl adds a control to its scenario; one that was run alone stands
// under a scenario that was not explored.
func addControl(out *result.Result, c record) {
	for i := range out.Scenarios {
		if out.Scenarios[i].ID == c.ID {
			out.Scenarios[i].Controls = append(out.Scenarios[i].Controls, *c.Control)
			return
		}
	}
	out.Scenarios = append(out.Scenarios, result.Scenario{
		ID: c.ID, Title: c.Title, Verdict: result.Held, Properties: []result.Property{}, Controls: []result.Control{*c.Control},
	})
}
