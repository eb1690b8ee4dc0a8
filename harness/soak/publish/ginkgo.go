package publish

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/squall-go/squall/harness/result"
)

// Ginkgo is the report as ginkgo --json-report writes it, for what reads that: one
// suite, a container a scenario, a spec of each of the cases that JUnit has. Labels
// are the scenario's id, the property's, and "control", as in the suites themselves.
// A failure's tape and the command that replays it are report entries.
func (r *Report) Ginkgo() ([]byte, error) {
	report := types.Report{
		SuiteDescription: "squall soak", SuiteLabels: []string{}, SuiteSucceeded: r.Verdict == result.Held,
		StartTime: r.Begun, EndTime: r.Begun.Add(r.Elapsed), RunTime: r.Elapsed, SpecReports: types.SpecReports{},
	}
	if !report.SuiteSucceeded {
		report.SpecialSuiteFailureReasons = r.Problems
	}
	for _, suite := range r.suites() {
		for _, c := range suite.cases {
			report.SpecReports = append(report.SpecReports, r.spec(suite, c))
			if c.skipped == "" {
				report.PreRunStats.SpecsThatWillRun++
			}
		}
	}
	report.PreRunStats.TotalSpecs = len(report.SpecReports)
	out, err := json.MarshalIndent([]types.Report{report}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("publish: ginkgo: %w", err)
	}
	return append(out, '\n'), nil
}

// spec is a case. When it was run nobody knows: all of them have the soak's time.
func (r *Report) spec(suite testSuite, c testCase) types.SpecReport {
	spec := types.SpecReport{
		ContainerHierarchyTexts: []string{suite.name}, ContainerHierarchyLocations: []types.CodeLocation{{}}, ContainerHierarchyLabels: [][]string{{suite.id}},
		LeafNodeType: types.NodeTypeIt, LeafNodeText: c.name, LeafNodeLabels: []string{},
		State: types.SpecStatePassed, StartTime: r.Begun, EndTime: r.Begun, ParallelProcess: 1, NumAttempts: 1,
	}
	if c.label != "" {
		spec.LeafNodeLabels = []string{c.label}
	}
	switch {
	case c.failure != nil:
		spec.State = types.SpecStateFailed
		spec.Failure = types.Failure{
			Message: c.failure.message, FailureNodeContext: types.FailureNodeIsLeafNode, FailureNodeType: types.NodeTypeIt,
			TimelineLocation: types.TimelineLocation{Time: r.Begun},
		}
		if c.failure.text != "" {
			spec.Failure.Message = c.failure.text
		}
		for i, f := range c.failure.findings {
			spec.ReportEntries = append(spec.ReportEntries, r.entries(f, i >= c.failure.whole)...)
		}
	case c.skipped != "":
		spec.State, spec.NumAttempts = types.SpecStateSkipped, 0
		spec.Failure = types.Failure{Message: c.skipped}
	}
	return spec
}

// entries are what a finding has for those who want to see it again, in short without
// its tape.
func (r *Report) entries(f *Finding, short bool) (entries types.ReportEntries) {
	tape := f.Tape
	if short {
		tape = ""
	}
	for _, e := range []struct{ name, value string }{{"verdict", string(f.Verdict)}, {"found", f.Where}, {"replay", f.Replay}, {"tape", tape}} {
		if e.value != "" {
			entries = append(entries, types.ReportEntry{
				Visibility: types.ReportEntryVisibilityFailureOrVerbose, Time: r.Begun.Truncate(time.Second), Name: e.name,
				Value: types.WrapEntryValue(e.value),
			})
		}
	}
	return entries
}
