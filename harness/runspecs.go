package harness

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/result"
)

// RunSpecs runs the suite: it is the body of the package's one Test function,
// in place of Ginkgo's function of the same name. It reads the settings, checks
// labels and names, and writes the result file when the suite is over.
func RunSpecs(t *testing.T, description string) {
	t.Helper()
	config, err := readConfig()
	if err != nil {
		refuse(err)
	}
	current = config
	gomega.RegisterFailHandler(ginkgo.Fail)
	suite, reporter := ginkgo.GinkgoConfiguration()
	specs, scenarios := preview(description, suite, reporter)
	if *flagList != "" {
		if err := list(scenarios).Write(*flagList); err != nil {
			refuse(err)
		}
		return
	}
	if len(scenarios) > 0 && !failpointsBuiltIn() {
		t.Fatalf("vacuous: no failpoint is built into this test binary; run it with %[1]s run, or with go test -overlay=\"$(%[1]s overlay ./...)\"", squall())
	}
	if orders != nil {
		work(scenarios)
	}
	if current.replay != nil && len(suite.FocusStrings) == 0 {
		suite.FocusStrings = []string{regexp.QuoteMeta(current.replay.Scenario)} // plain specs have nothing to replay
	}
	for _, err := range []error{checkInTree(specs, scenarios), checkLabels(specs), checkTape(scenarios), checkCorpus(scenarios)} {
		if err != nil {
			refuse(err)
		}
	}
	ginkgo.ReportAfterSuite("squall result", func(report ginkgo.Report) {
		out, err := collect(report)
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		if *flagJSON != "" {
			gomega.Expect(out.Write(*flagJSON)).To(gomega.Succeed())
		}
	})
	ginkgo.RunSpecs(t, description, suite, reporter)
}

// preview is the specs and the scenarios of the suite. Scenarios inside of
// containers are not known before: Ginkgo runs a container's body when it makes
// the tree, once for the preview and once more for the run.
func preview(description string, configuration ...any) (ginkgo.Report, []Scenario) {
	outside := len(registered)
	report := ginkgo.PreviewSpecs(description, configuration...)
	all := registered
	registered = slices.Clone(registered[:outside])
	return report, all
}

// checkInTree refuses a suite whose scenarios are no specs: Ginkgo forgets nodes
// that are made in an init function, and says that all zero of them passed.
func checkInTree(specs ginkgo.Report, scenarios []Scenario) error {
	if len(scenarios) > 0 && len(specs.SpecReports) == 0 {
		return fmt.Errorf("%d scenarios and not one spec: make them in a container, or as var _ = harness.Describe(…)", len(scenarios))
	}
	return nil
}

// failpointsBuiltIn tells an overlay build: the harness' own points are always
// there, and have no line. Without the others nothing could strike, and a green
// suite would be a lie; unless there are no others, which only the overlay knows.
func failpointsBuiltIn() bool {
	return faults.Overlaid() || slices.ContainsFunc(faults.Markers(), func(m faults.Marker) bool { return m.Line > 0 })
}

// refuse ends the process: a suite that was asked for something else than it
// would do must not run at all.
func refuse(err error) {
	fmt.Fprintln(os.Stderr, "squall:", err)
	os.Exit(result.ExitUsage)
}
