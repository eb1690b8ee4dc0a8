package publish

import (
	"encoding/xml"
	"fmt"
	"strings"
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

// JUnit is the report as XML: a suite a scenario, and a test case of each of
// [Report.suites]' cases.
func (r *Report) JUnit() ([]byte, error) {
	all := junitSuites{Name: "squall soak", Time: fmt.Sprintf("%.3f", r.Elapsed.Seconds())}
	for _, told := range r.suites() {
		s := junitSuite{Name: told.name, Time: "0", Tests: len(told.cases), Err: strings.Join(told.problems, "\n")}
		if !r.Begun.IsZero() {
			s.Stamp = r.Begun.Format("2006-01-02T15:04:05")
		}
		for _, c := range told.cases {
			out := junitCase{Class: "squall." + told.id, Name: c.name, Time: "0"}
			switch {
			case c.failure != nil:
				out.Failure = &junitFailure{c.failure.message, string(c.failure.verdict), c.failure.text}
				s.Failures++
			case c.skipped != "":
				out.Skipped = &junitSkipped{c.skipped}
				s.Skipped++
			}
			s.Cases = append(s.Cases, out)
		}
		all.Tests, all.Failures, all.Skipped = all.Tests+s.Tests, all.Failures+s.Failures, all.Skipped+s.Skipped
		all.Suites = append(all.Suites, s)
	}
	out, err := xml.MarshalIndent(all, "", " ")
	if err != nil {
		return nil, fmt.Errorf("publish: junit: %w", err)
	}
	return append([]byte(xml.Header), append(out, '\n')...), nil
}
