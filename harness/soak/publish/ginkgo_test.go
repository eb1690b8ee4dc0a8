package publish

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/onsi/ginkgo/v2/reporters"
	"github.com/onsi/ginkgo/v2/types"
)

// decoded is the report, read as Ginkgo's types alone.
func decoded(g *WithT, content []byte) types.Report {
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	var reports []types.Report
	g.Expect(d.Decode(&reports)).To(Succeed())
	g.Expect(reports).To(HaveLen(1))
	return reports[0]
}

// counts are what Ginkgo's own JUnit report counts, and what ours does.
func counts(t *testing.T, report types.Report, ours []byte) (theirs, own [3]int) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "junit.xml")
	g.Expect(reporters.GenerateJUnitReport(report, path)).To(Succeed())
	content, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	var converted reporters.JUnitTestSuites
	g.Expect(xml.Unmarshal(content, &converted)).To(Succeed())
	g.Expect(converted.TestSuites).To(HaveLen(1))
	var all junitSuites
	g.Expect(xml.Unmarshal(ours, &all)).To(Succeed())
	suite := converted.TestSuites[0]
	return [3]int{suite.Tests, suite.Failures, suite.Skipped}, [3]int{all.Tests, all.Failures, all.Skipped}
}

func TestGinkgoReadsTheReport(t *testing.T) {
	for name, dirs := range map[string][]string{"a night": {night}, "a small soak": {shard(t, 1, 2, failing, broken())}, "what is wicked": {wickedShard(t, evil)}} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			r := Of(merge(t, dirs...))
			content, err := r.Ginkgo()
			g.Expect(err).NotTo(HaveOccurred())
			checkText(g, content)
			junit, err := r.JUnit()
			g.Expect(err).NotTo(HaveOccurred())
			report := decoded(g, content)
			theirs, own := counts(t, report, junit)
			g.Expect(theirs).To(Equal(own))
			g.Expect(report.PreRunStats).To(Equal(types.PreRunStats{TotalSpecs: own[0], SpecsThatWillRun: own[0] - own[2]}))
			g.Expect(report.SuiteSucceeded).To(BeFalse())

			report.SpecReports = report.SpecReports[1:] // or the counts say nothing
			theirs, _ = counts(t, report, junit)
			g.Expect(theirs).NotTo(Equal(own))
		})
	}
}

func TestAGinkgoSpecHasItsFinding(t *testing.T) {
	g := NewWithT(t)
	r := Of(merge(t, shard(t, 1, 2, failing, broken())))
	content, err := r.Ginkgo()
	g.Expect(err).NotTo(HaveOccurred())
	report := decoded(g, content)
	states := map[string]types.SpecState{}
	for _, spec := range report.SpecReports {
		states[spec.FullText()] = spec.State
		if spec.State != types.SpecStateFailed {
			g.Expect(spec.ReportEntries).To(BeEmpty())
			continue
		}
		if spec.LeafNodeText != "P-LEAK" {
			continue
		}
		f := r.Findings[0]
		g.Expect(spec.Failure.Message).To(And(ContainSubstring(f.Text), ContainSubstring(f.Replay)))
		g.Expect(spec.Labels()).To(Equal([]string{"S1", "P-LEAK"}))
		entries := map[string]string{}
		for _, e := range spec.ReportEntries {
			entries[e.Name] = e.StringRepresentation()
		}
		g.Expect(entries).To(And(HaveKeyWithValue("tape", f.Tape), HaveKeyWithValue("replay", f.Replay), HaveKeyWithValue("found", f.Where)))
	}
	g.Expect(states).To(HaveKeyWithValue(HaveSuffix("P-LEAK"), types.SpecStateFailed))
	g.Expect(states).To(HaveKeyWithValue(HaveSuffix("control deaf"), types.SpecStatePassed))
	g.Expect(report.SpecialSuiteFailureReasons).To(ContainElement(ContainSubstring("shard 2/2 is missing")))
}
