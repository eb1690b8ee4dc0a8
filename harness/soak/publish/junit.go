package publish

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/squall-go/squall/harness/result"
)

// The elements of JUnit's files, as Jenkins, GitLab and GitHub's readers know them.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Stamp    string      `xml:"timestamp,attr,omitempty"`
		Cases    []junitCase `xml:"testcase"`
		Err      string      `xml:"system-err,omitempty"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure,omitempty"`
		Skipped *junitSkipped `xml:"skipped,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

// JUnit is the report as XML: a suite a scenario, a test case a property and a
// control; what is about no property is the case "runs". One more suite, "soak",
// has what is wrong with the soak itself.
func (r *Report) JUnit() ([]byte, error) {
	all := junitSuites{Name: "squall soak", Time: fmt.Sprintf("%.3f", r.Elapsed.Seconds())}
	add := func(s junitSuite) {
		s.Time = "0"
		if !r.Begun.IsZero() {
			s.Stamp = r.Begun.Format("2006-01-02T15:04:05")
		}
		s.Tests = len(s.Cases)
		for i := range s.Cases {
			c := &s.Cases[i]
			c.Time = "0"
			if c.Failure != nil {
				s.Failures++
			} else if c.Skipped != nil {
				s.Skipped++
			}
		}
		all.Tests, all.Failures, all.Skipped = all.Tests+s.Tests, all.Failures+s.Failures, all.Skipped+s.Skipped
		all.Suites = append(all.Suites, s)
	}
	byScenario := map[string][]*Finding{}
	for _, f := range r.Findings {
		byScenario[f.Scenario] = append(byScenario[f.Scenario], f)
	}
	for _, s := range r.Scenarios {
		add(r.junitScenario(s, byScenario[s.ID]))
		delete(byScenario, s.ID)
	}
	for _, f := range r.Findings { // of scenarios that the shards do not list
		if left := byScenario[f.Scenario]; left != nil {
			add(r.junitScenario(Scenario{ID: f.Scenario, Verdict: result.Broken, Runs: 1}, left))
			delete(byScenario, f.Scenario)
		}
	}
	add(r.junitSoak())
	out, err := xml.MarshalIndent(all, "", " ")
	if err != nil {
		return nil, fmt.Errorf("publish: junit: %w", err)
	}
	return append([]byte(xml.Header), append(out, '\n')...), nil
}

func (r *Report) junitScenario(s Scenario, findings []*Finding) junitSuite {
	class := "squall." + s.ID
	suite := junitSuite{Name: strings.TrimSpace(s.ID + " " + s.Title)}
	for _, cell := range s.Cells {
		c := junitCase{Class: class, Name: cell.Property}
		switch cell.Status {
		case NotAsked:
			continue
		case Unrun:
			c.Skipped = &junitSkipped{"nothing was run"}
		case Failed:
			c.Failure = failureOf(findings, cell.Property, fmt.Sprintf("broken in %s; no finding tells of it", plural(cell.Runs, "run", "runs")))
		}
		suite.Cases = append(suite.Cases, c)
	}
	runs := junitCase{Class: class, Name: "runs"}
	if failure := failureOf(findings, "", ""); failure != nil {
		runs.Failure = failure
	} else if s.Runs == 0 {
		runs.Skipped = &junitSkipped{"nothing was run"}
	} else if len(s.Cells) == 0 && len(findings) > 0 {
		runs.Failure = &junitFailure{findings[0].Message, string(findings[0].Verdict), told(findings)}
	} else if s.Verdict != result.Held && suite.Failures == 0 && !failed(suite.Cases) {
		runs.Failure = &junitFailure{Message: string(s.Verdict), Type: string(s.Verdict)}
	}
	suite.Cases = append(suite.Cases, runs)
	for _, control := range r.Controls {
		if control.Scenario != s.ID {
			continue
		}
		c := junitCase{Class: class, Name: "control " + control.Name}
		switch {
		case !control.Done:
			c.Skipped = &junitSkipped{"it was not run"}
		case !control.Caught:
			c.Failure = &junitFailure{Message: fmt.Sprintf("not caught in %s: the scenario proves nothing", plural(control.Runs, "run", "runs")), Type: string(result.Vacuous)}
		}
		suite.Cases = append(suite.Cases, c)
	}
	return suite
}

func failed(cases []junitCase) bool {
	for _, c := range cases {
		if c.Failure != nil {
			return true
		}
	}
	return false
}

// failureOf is what the findings tell of the property. Without any it is a
// failure with the message otherwise, nil if that is "".
func failureOf(findings []*Finding, property, otherwise string) *junitFailure {
	var of []*Finding
	for _, f := range findings {
		if f.Property == property {
			of = append(of, f)
		}
	}
	switch {
	case len(of) > 0:
		return &junitFailure{of[0].Message, string(of[0].Verdict), told(of)}
	case otherwise != "":
		return &junitFailure{Message: otherwise, Type: string(result.Broken)}
	}
	return nil
}

func told(findings []*Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(f.Text)
		if f.Replay != "" {
			b.WriteString("\n  replay:  " + f.Replay)
		}
		b.WriteString("\n\n")
	}
	return strings.TrimSpace(b.String())
}

func (r *Report) junitSoak() junitSuite {
	s := junitSuite{Name: "soak", Err: strings.Join(r.Problems, "\n")}
	case1 := func(name string, wrong []string, verdict result.Verdict) {
		c := junitCase{Class: "squall.soak", Name: name}
		if len(wrong) > 0 {
			c.Failure = &junitFailure{Message: wrong[0], Type: string(verdict), Text: strings.Join(wrong, "\n")}
		}
		s.Cases = append(s.Cases, c)
	}
	case1("saw what it had to see", r.Blind, result.Vacuous)
	var lost []string
	for _, l := range r.Lost {
		lost = append(lost, fmt.Sprintf("%s %s: %s in %s", l.Verdict, l.Scenario, l.Kind, plural(l.Runs, "run", "runs")))
	}
	case1("has a file for every kind of failure", lost, result.Broken)
	return s
}
