package harness

import (
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// line is the line that calls it.
func line() int {
	_, _, at, _ := runtime.Caller(1)
	return at
}

// ofOthers is what a suite may write around Describe.
func ofOthers(s Scenario) bool {
	ginkgo.GinkgoHelper()
	return Describe(s)
}

func TestSpecsStandWhereTheUserWroteThem(t *testing.T) {
	g := NewWithT(t)
	before := registered
	t.Cleanup(func() { registered = before })
	body := func(*Run) {}
	leaks := Control{Name: "leaks", Breaks: "P-LEAK", Body: body}

	want := map[string]int{}
	Describe(Scenario{ID: "X1", Title: "pay", Body: body, Controls: []Control{leaks}})
	want["X1 pay holds"], want["X1 pay catches leaks"] = line()-1, line()-1
	ofOthers(Scenario{ID: "X2", Body: body, NoControl: "a test"})
	want["X2 holds"] = line() - 1
	Explore("refunds", body, Controls(leaks))
	want["refunds holds"], want["refunds catches leaks"] = line()-1, line()-1
	Explore("looks", body)
	want["looks holds"] = line() - 1

	specs, scenarios := preview("a suite")
	got, order := map[string]int{}, []string{}
	for _, spec := range specs.SpecReports {
		order = append(order, spec.FullText())
		got[spec.FullText()] = spec.LeafNodeLocation.LineNumber
		g.Expect(filepath.Base(spec.LeafNodeLocation.FileName)).To(Equal("describe_test.go"))
		for _, container := range spec.ContainerHierarchyLocations {
			g.Expect(container).To(Equal(spec.LeafNodeLocation))
		}
		if strings.HasSuffix(spec.FullText(), " catches leaks") {
			g.Expect(spec.LeafNodeLabels).To(Equal([]string{LabelControl}))
		} else {
			g.Expect(spec.LeafNodeLabels).To(BeEmpty())
		}
	}
	g.Expect(got).To(Equal(want))
	g.Expect(slices.Index(order, "X1 pay holds")).To(BeNumerically("<", slices.Index(order, "X1 pay catches leaks")), "the scenario goes first")
	again, _ := preview("a suite")
	g.Expect(again.SpecReports).To(HaveLen(len(want)), "what a preview shows is there afterwards")

	g.Expect(list(scenarios)).To(ConsistOf(
		And(HaveField("ID", "X1"), HaveField("Controls", []string{"leaks"})),
		HaveField("ID", "X2"),
		And(HaveField("ID", "refunds"), HaveField("Controls", []string{"leaks"}), HaveField("NoControl", "")),
		And(HaveField("ID", "looks"), HaveField("NoControl", "none was written")),
	))
}
