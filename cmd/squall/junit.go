package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/onsi/ginkgo/v2/reporters"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/squall-go/squall/internal/atomicfile"
)

// writeJUnit writes Ginkgo's reports as Ginkgo writes JUnit. scratch is a folder for
// what comes in between.
func writeJUnit(reports []types.Report, scratch, target string) error {
	var suites []string
	for i, report := range reports {
		path := filepath.Join(scratch, fmt.Sprintf("junit%d.xml", i))
		if err := reporters.GenerateJUnitReport(withDeaths(report), path); err != nil {
			return fmt.Errorf("--junit=%s: %w", target, err)
		}
		suites = append(suites, path)
	}
	merged := filepath.Join(scratch, "junit.xml")
	messages, err := reporters.MergeAndCleanupJUnitReports(suites, merged)
	if err != nil || len(messages) > 0 {
		return fmt.Errorf("--junit=%s: %v %w", target, messages, err)
	}
	content, err := os.ReadFile(merged)
	if err != nil {
		return fmt.Errorf("--junit=%s: %w", target, err)
	}
	return atomicfile.Write(target, content)
}

// withDeaths is the report with a failed case for each reason why the suite failed as
// a whole: readers of JUnit count cases, and see nothing else.
func withDeaths(r types.Report) types.Report {
	r.SpecReports = slices.Clone(r.SpecReports)
	for _, reason := range r.SpecialSuiteFailureReasons {
		r.SpecReports = append(r.SpecReports, types.SpecReport{
			LeafNodeType: types.NodeTypeIt, LeafNodeText: "the suite comes to its end", State: types.SpecStateFailed,
			Failure: types.Failure{Message: reason},
		})
	}
	return r
}
