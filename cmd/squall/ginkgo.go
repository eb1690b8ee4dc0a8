package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/squall-go/squall/internal/atomicfile"
)

// ginkgoReports are what ginkgo --json-report writes of many suites: one report for
// each. Those of the portions of one suite become one report again.
func ginkgoReports(done []finished) ([]types.Report, error) {
	reports := []types.Report{}
	var suites []*suite
	for _, d := range done {
		if !slices.Contains(suites, d.suite) {
			suites = append(suites, d.suite)
		}
	}
	for _, s := range suites {
		merged := suiteReport{missing: types.Report{SuitePath: s.dir, SuiteDescription: s.pkg}}
		for _, d := range done {
			if d.suite != s {
				continue
			}
			if err := merged.add(d); err != nil {
				return nil, err
			}
		}
		reports = append(reports, merged.whole())
	}
	return reports, nil
}

func writeGinkgo(reports []types.Report, target string) error {
	content, err := json.MarshalIndent(reports, "", "  ")
	if err != nil {
		return fmt.Errorf("--ginkgo-json=%s: %w", target, err)
	}
	return atomicfile.Write(target, append(content, '\n'))
}

// suiteReport puts the reports of a suite's portions together.
type suiteReport struct {
	report  *types.Report
	missing types.Report // in place of the report, should no portion have one
	reasons []string     // why portions wrote none
	at      map[specID]int
}

// specID tells the specs of a suite apart: two may have one text and one line.
type specID struct {
	text, where string
	kind        types.NodeType
	nth         int
}

// add adds a portion. One that died wrote no report, and no suite has succeeded of
// which nobody knows what the rest came to.
func (s *suiteReport) add(d finished) error {
	content, err := os.ReadFile(d.files.ginkgo)
	if errors.Is(err, fs.ErrNotExist) {
		s.reasons = append(s.reasons, whyNone(d))
		return nil
	}
	if err != nil {
		return err
	}
	var reports []types.Report
	if err := json.Unmarshal(content, &reports); err != nil {
		return fmt.Errorf("report of %s: %w", d.suite.pkg, err)
	}
	for _, r := range reports {
		s.put(r)
	}
	return nil
}

func whyNone(d finished) string {
	if len(d.findings) == 0 {
		return "Interrupted before it began"
	}
	return strings.TrimSpace(d.findings[0].Text)
}

func (s *suiteReport) put(r types.Report) {
	ids := identify(r.SpecReports)
	if s.report == nil {
		s.report, s.at = &r, map[specID]int{}
		for i, id := range ids {
			s.at[id] = i
		}
		return
	}
	specs, stats := s.report.SpecReports, s.report.PreRunStats
	for i, spec := range r.SpecReports {
		known, ok := s.at[ids[i]]
		switch {
		case !ok:
			s.at[ids[i]] = len(specs)
			specs = append(specs, spec)
		case telling(spec.State) > telling(specs[known].State):
			specs[known] = spec
		}
	}
	stats.SpecsThatWillRun += r.PreRunStats.SpecsThatWillRun
	stats.TotalSpecs = max(stats.TotalSpecs, r.PreRunStats.TotalSpecs)
	r.SpecReports = nil
	merged := s.report.Add(r)
	merged.SpecReports, merged.PreRunStats = specs, stats
	merged.SuiteConfig.LabelFilter = "" // it was the portions' own
	s.report = &merged
}

func identify(specs types.SpecReports) []specID {
	ids, seen := make([]specID, len(specs)), map[specID]int{}
	for i, spec := range specs {
		id := specID{text: strings.Join(append(slices.Clone(spec.ContainerHierarchyTexts), spec.LeafNodeText), "\x00"), where: spec.LeafNodeLocation.String(), kind: spec.LeafNodeType}
		seen[id]++
		ids[i] = id
		ids[i].nth = seen[id]
	}
	return ids
}

// telling orders what portions say of one spec: all but one have skipped it. What
// surrounds the specs, a BeforeSuite or a report at the end, each of them ran; a
// failure tells most.
func telling(state types.SpecState) int {
	switch {
	case state.Is(types.SpecStateFailureStates):
		return 3
	case state == types.SpecStatePassed:
		return 2
	case state == types.SpecStatePending:
		return 1
	}
	return 0
}

func (s *suiteReport) whole() types.Report {
	whole := s.missing
	if s.report != nil {
		whole = *s.report
	}
	if len(s.reasons) > 0 {
		whole.SuiteSucceeded = false
		whole.SpecialSuiteFailureReasons = append(whole.SpecialSuiteFailureReasons, s.reasons...)
	}
	return whole
}
