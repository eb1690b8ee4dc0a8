package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"strconv"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/onsi/ginkgo/v2/reporters"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/squall-go/squall/harness/result"
)

// readGinkgo reads a report as Ginkgo's types alone.
func readGinkgo(g *WithT, path string) (reports []types.Report) {
	content, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	g.Expect(d.Decode(&reports)).To(Succeed())
	return reports
}

// portionReport is what the process of a portion writes: the specs that it ran in
// the states given, the others skipped.
func portionReport(filter string, begun time.Time, states map[string]types.SpecState) types.Report {
	r := types.Report{
		SuitePath: "/suites", SuiteDescription: "all", SuiteSucceeded: true, StartTime: begun, EndTime: begun.Add(time.Second),
		PreRunStats: types.PreRunStats{TotalSpecs: 4, SpecsThatWillRun: len(states)}, SuiteConfig: types.SuiteConfig{LabelFilter: filter},
	}
	add := func(kind types.NodeType, text string, line int, state types.SpecState) {
		r.SpecReports = append(r.SpecReports, types.SpecReport{
			LeafNodeType: kind, LeafNodeText: text, LeafNodeLocation: types.CodeLocation{FileName: "s_test.go", LineNumber: line}, State: state,
		})
		r.SuiteSucceeded = r.SuiteSucceeded && !state.Is(types.SpecStateFailureStates)
	}
	for i, name := range []string{"a", "b", "twin", "twin#2"} {
		state, ran := states[name]
		if !ran {
			state = types.SpecStateSkipped
		}
		text, line := name, i
		if name == "twin#2" {
			text, line = "twin", i-1 // a spec made in a loop
		}
		add(types.NodeTypeIt, text, line, state)
	}
	add(types.NodeTypeReportAfterSuite, "squall result", 9, types.SpecStatePassed)
	return r
}

func TestPortionsBecomeOneSuite(t *testing.T) {
	const passed, failed = types.SpecStatePassed, types.SpecStateFailed
	begun := time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
	all, other := &suite{pkg: "x/all", dir: "/suites"}, &suite{pkg: "x/other", dir: "/other"}
	portions := []types.Report{
		portionReport("!(A)", begun.Add(time.Second), map[string]types.SpecState{"a": passed}),
		portionReport("A", begun, map[string]types.SpecState{"b": failed, "twin#2": passed}),
	}
	merge := func(g *WithT, last ...finished) []types.Report {
		t.Chdir(t.TempDir())
		var done []finished
		for i, r := range portions {
			file := "g" + strconv.Itoa(i)
			g.Expect(reporters.GenerateJSONReport(r, file)).To(Succeed())
			done = append(done, finished{suite: all, files: suiteFiles{ginkgo: file}})
		}
		reports, err := ginkgoReports(append(done, last...))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(writeGinkgo(reports, "g.json")).To(Succeed())
		g.Expect(writeJUnit(reports, t.TempDir(), "j.xml")).To(Succeed())
		return readGinkgo(g, "g.json")
	}
	inJUnit := func(g *WithT) (cases [4]int) {
		content, err := os.ReadFile("j.xml")
		g.Expect(err).NotTo(HaveOccurred())
		var all reporters.JUnitTestSuites
		g.Expect(xml.Unmarshal(content, &all)).To(Succeed())
		for _, suite := range all.TestSuites {
			cases[0], cases[1], cases[2] = cases[0]+len(suite.TestCases), cases[1]+suite.Failures, cases[2]+suite.Skipped
		}
		cases[3] = all.Failures
		return cases
	}
	states := func(r types.Report) (states []types.SpecState) {
		for _, s := range r.SpecReports {
			states = append(states, s.State)
		}
		return states
	}

	g := NewWithT(t)
	merged := merge(g)
	g.Expect(merged).To(HaveLen(1))
	one := merged[0]
	g.Expect(states(one)).To(Equal([]types.SpecState{passed, failed, types.SpecStateSkipped, passed, passed}))
	g.Expect(one.PreRunStats).To(Equal(types.PreRunStats{TotalSpecs: 4, SpecsThatWillRun: 3}))
	g.Expect(one.SuiteSucceeded).To(BeFalse())
	g.Expect([]any{one.StartTime, one.EndTime, one.RunTime}).To(Equal([]any{begun, begun.Add(2 * time.Second), 2 * time.Second}))
	g.Expect(one.SuiteConfig.LabelFilter).To(BeEmpty())
	g.Expect(one.SpecialSuiteFailureReasons).To(BeEmpty())
	g.Expect(inJUnit(g)).To(Equal([4]int{5, 1, 1, 1}), "cases, failures, skipped, failures of all")

	portions[1] = portionReport("A", begun, map[string]types.SpecState{"b": passed, "twin#2": passed})
	g.Expect(merge(g)[0].SuiteSucceeded).To(BeTrue())
	g.Expect(inJUnit(g)).To(Equal([4]int{5, 0, 1, 0}))

	// One that died has no report: the suite must not pass for what is missing.
	merged = merge(g, finished{suite: all, findings: []result.Finding{{Text: "the suite died\n"}}}, finished{suite: other})
	g.Expect(merged).To(HaveLen(2))
	g.Expect(merged[0].SuiteSucceeded).To(BeFalse())
	g.Expect(merged[0].SpecialSuiteFailureReasons).To(Equal([]string{"the suite died"}))
	g.Expect(merged[0].SpecReports).To(HaveLen(5))
	g.Expect(inJUnit(g)).To(Equal([4]int{7, 2, 1, 2}), "who counts cases sees that two did not come to their end")
	g.Expect(merged[1]).To(Equal(types.Report{SuitePath: "/other", SuiteDescription: "x/other", SpecialSuiteFailureReasons: []string{"Interrupted before it began"}}))
}

func TestReportForWhatReadsGinkgos(t *testing.T) {
	g := NewWithT(t)
	night := aNight(t)
	t.Chdir(t.TempDir())
	code, _, stderr := squall("report", night, "--ginkgo-json=g.json")
	g.Expect(code).To(Equal(1), stderr)
	g.Expect("report.html").NotTo(BeAnExistingFile())
	reports := readGinkgo(g, "g.json")
	g.Expect(reports).To(HaveLen(1))
	g.Expect(reports[0].SpecReports.CountWithState(types.SpecStateFailed)).To(BeNumerically(">=", 10), "each finding, at least")
}
