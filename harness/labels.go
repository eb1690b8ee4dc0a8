package harness

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/onsi/ginkgo/v2"
)

// Labels that Describe and the suites use, besides a scenario's id and its
// properties' ids. The registry is frozen: RunSpecs refuses a suite with
// another label, since a misspelt label silently selects nothing.
const (
	LabelControl = "control" // the spec runs a broken variant
	LabelWall    = "wall"    // real clock, real parts
	LabelPeers   = "peers"   // other libraries
	LabelSoak    = "soak"    // long; not part of every push
)

var knownLabels = []string{LabelControl, LabelWall, LabelPeers, LabelSoak}

var idLabel = regexp.MustCompile(`^([A-Z]+[0-9]+|P-[A-Z]+)$`)

// labels are the scenario's id and the ids of its properties.
func labels(s Scenario) ginkgo.Labels {
	list := ginkgo.Labels{}
	for _, l := range append([]string{s.ID}, s.Properties...) {
		if idLabel.MatchString(l) {
			list = append(list, l)
		}
	}
	return list
}

// checkLabels verifies the labels and that full names are unique.
func checkLabels(report ginkgo.Report) error {
	names := map[string]bool{}
	for _, spec := range report.SpecReports {
		name := spec.FullText()
		if name != "" && names[name] {
			return fmt.Errorf("two specs are called %q; give one another text", name)
		}
		names[name] = true
		for _, l := range spec.Labels() {
			if !slices.Contains(knownLabels, l) && !idLabel.MatchString(l) {
				return fmt.Errorf("unknown label %q on %q; known are %v, scenario ids and property ids", l, name, knownLabels)
			}
		}
	}
	return nil
}
