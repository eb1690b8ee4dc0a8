package harness

import (
	"flag"
	"fmt"
	"os"
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
	if *flagList != "" {
		if err := list().Write(*flagList); err != nil {
			refuse(err)
		}
		return
	}
	if len(registered) > 0 && !failpointsBuiltIn() {
		t.Fatal("vacuous: no failpoint is built into this test binary; run it with squall run, or with go test -overlay=$(squall overlay)")
	}
	if err := knowsTape(); err != nil {
		refuse(err)
	}
	gomega.RegisterFailHandler(ginkgo.Fail)
	suite, reporter := ginkgo.GinkgoConfiguration()
	if err := checkLabels(ginkgo.PreviewSpecs(description, suite, reporter)); err != nil {
		refuse(err)
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

// failpointsBuiltIn tells an overlay build: the harness' own points are always
// there, and have no line. Without the others nothing could strike, and a green
// suite would be a lie.
func failpointsBuiltIn() bool {
	return slices.ContainsFunc(faults.Markers(), func(m faults.Marker) bool { return m.Line > 0 })
}

// refuse ends the process: a suite that was asked for something else than it
// would do must not run at all.
func refuse(err error) {
	fmt.Fprintln(os.Stderr, "squall:", err)
	os.Exit(result.ExitUsage)
}

// knowsTape checks that the tape to replay is for this suite.
func knowsTape() error {
	t := current.replay
	if t == nil {
		return nil
	}
	for _, s := range registered {
		if s.ID != t.Scenario {
			continue
		}
		if t.Control == "" {
			return nil
		}
		for _, c := range s.Controls {
			if c.Name == t.Control {
				return nil
			}
		}
		return fmt.Errorf("tape %s: scenario %s has no control %q; squall list shows them", *flagReplay, t.Scenario, t.Control)
	}
	return fmt.Errorf("tape %s: unknown scenario %q in %s; squall list shows all", *flagReplay, t.Scenario, flag.CommandLine.Name())
}
