package publish

import (
	"fmt"
	"slices"
	"strings"

	"github.com/squall-go/squall/harness/result"
)

// testSuite is a scenario as tools for test results see it.
type testSuite struct {
	id       string
	name     string
	cases    []testCase
	problems []string
}

// testCase is a property or a control of a scenario. One without a failure that was
// not skipped passed.
type testCase struct {
	name    string
	label   string // as the specs of a suite have it, "" for none
	failure *testFailure
	skipped string // why
}

// testFailure is what is wrong, and the findings that tell of it, if any do.
type testFailure struct {
	message  string
	verdict  result.Verdict
	text     string
	findings []*Finding
	whole    int // how many of them are told with texts and tapes, the first ones
}

// suites are the report in tests: a suite a scenario, a case a property and a
// control; what is about no property is the case "runs". One more suite, "soak",
// has what is wrong with the soak itself. One of the cases fails unless the verdict
// is held: what reads tests looks at nothing else.
func (r *Report) suites() (all []testSuite) {
	byScenario := map[string][]*Finding{}
	for _, f := range r.Findings {
		byScenario[f.Scenario] = append(byScenario[f.Scenario], f)
	}
	for _, s := range r.Scenarios {
		all = append(all, r.suiteOf(s, byScenario[s.ID]))
		delete(byScenario, s.ID)
	}
	for _, f := range r.Findings { // of scenarios that the shards do not list
		if left := byScenario[f.Scenario]; left != nil {
			all = append(all, r.suiteOf(Scenario{ID: f.Scenario, Verdict: result.Broken, Runs: 1}, left))
			delete(byScenario, f.Scenario)
		}
	}
	shorten(all, maxTold)
	soak := r.soakSuite()
	if r.Verdict != result.Held && !anyFails(append(all, soak)) {
		soak.cases = append(soak.cases, testCase{name: "held", failure: &testFailure{
			message: string(r.Verdict) + ", and no other case tells why", verdict: r.Verdict,
		}})
	}
	return append(all, soak)
}

// maxTold bounds what the cases tell of findings in all, in bytes: what reads files of
// tests reads them into memory, and refuses large ones.
const maxTold = 8 << 20

// shorten leaves out texts and tapes of the findings behind the first room bytes; what
// failed and how to see it again is told of all of them.
func shorten(all []testSuite, room int) {
	for _, suite := range all {
		for _, c := range suite.cases {
			if c.failure == nil || len(c.failure.findings) == 0 {
				continue
			}
			f := c.failure
			for f.whole = 0; f.whole < len(f.findings) && room > 0; f.whole++ {
				room -= len(f.findings[f.whole].Text) + len(f.findings[f.whole].Tape)
			}
			if f.whole < len(f.findings) {
				f.text = strings.TrimSpace(told(f.findings[:f.whole]) + "\n\n" + toldInShort(f.findings[f.whole:]))
			}
		}
	}
}

func toldInShort(findings []*Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d more, without texts and tapes: this file would be too large; the shards' own files have them\n", len(findings))
	for _, f := range findings {
		b.WriteString("\n" + f.Message)
		if f.Replay != "" {
			b.WriteString("\n  replay:  " + f.Replay)
		}
	}
	return b.String()
}

func anyFails(all []testSuite) bool {
	for _, suite := range all {
		if slices.ContainsFunc(suite.cases, func(c testCase) bool { return c.failure != nil }) {
			return true
		}
	}
	return false
}

func (r *Report) suiteOf(s Scenario, findings []*Finding) testSuite {
	suite := testSuite{id: s.ID, name: strings.TrimSpace(s.ID + " " + s.Title)}
	broken := false
	for _, cell := range s.Cells {
		c := testCase{name: cell.Property, label: cell.Property}
		switch cell.Status {
		case NotAsked:
			continue
		case Unrun:
			c.skipped = "nothing was run"
		case Failed:
			c.failure = failureOf(findings, cell.Property)
			if c.failure == nil {
				c.failure = &testFailure{message: fmt.Sprintf("broken in %s; no finding tells of it", plural(cell.Runs, "run", "runs")), verdict: result.Broken}
			}
			broken = true
		}
		suite.cases = append(suite.cases, c)
	}
	suite.cases = append(suite.cases, runsCase(s, findings, broken))
	for _, control := range r.Controls {
		if control.Scenario == s.ID {
			suite.cases = append(suite.cases, controlCase(control, findings))
		}
	}
	return suite
}

// runsCase is what is about no property.
func runsCase(s Scenario, findings []*Finding, broken bool) testCase {
	c := testCase{name: "runs"}
	if failure := failureOf(findings, ""); failure != nil {
		c.failure = failure
	} else if s.Runs == 0 {
		c.skipped = "nothing was run"
	} else if len(s.Cells) == 0 && len(findings) > 0 {
		c.failure = failureBy(findings)
	} else if s.Verdict != result.Held && !broken {
		c.failure = &testFailure{message: string(s.Verdict), verdict: s.Verdict}
	}
	return c
}

func controlCase(control Control, findings []*Finding) testCase {
	c := testCase{name: "control " + control.Name, label: "control"}
	findings = slices.DeleteFunc(slices.Clone(findings), func(f *Finding) bool { return f.Control != control.Name })
	switch {
	case len(findings) > 0:
		c.failure = failureBy(findings)
	case !control.Done:
		c.skipped = "it was not run"
	case !control.Caught:
		c.failure = &testFailure{message: fmt.Sprintf("not caught in %s: the scenario proves nothing", plural(control.Runs, "run", "runs")), verdict: result.Vacuous}
	}
	return c
}

// failureOf is what the findings tell of the property, nil if none does.
func failureOf(findings []*Finding, property string) *testFailure {
	var of []*Finding
	for _, f := range findings {
		if f.Property == property {
			of = append(of, f)
		}
	}
	if len(of) == 0 {
		return nil
	}
	return failureBy(of)
}

func failureBy(findings []*Finding) *testFailure {
	return &testFailure{message: findings[0].Message, verdict: findings[0].Verdict, text: told(findings), findings: findings, whole: len(findings)}
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

func (r *Report) soakSuite() testSuite {
	s := testSuite{id: "soak", name: "soak", problems: r.Problems}
	add := func(name string, wrong []string, verdict result.Verdict) {
		c := testCase{name: name}
		if len(wrong) > 0 {
			c.failure = &testFailure{message: wrong[0], verdict: verdict, text: strings.Join(wrong, "\n")}
		}
		s.cases = append(s.cases, c)
	}
	var incomplete []string
	if !r.Complete {
		incomplete = slices.Clone(r.Problems)
		if len(incomplete) == 0 {
			incomplete = []string{"not every shard is there, whole and at its end"}
		}
	}
	add("is complete", incomplete, result.Inconclusive)
	add("saw what it had to see", r.Blind, result.Vacuous)
	var lost []string
	for _, l := range r.Lost {
		lost = append(lost, fmt.Sprintf("%s %s: %s in %s", l.Verdict, l.Scenario, l.Kind, plural(l.Runs, "run", "runs")))
	}
	add("has a file for every kind of failure", lost, result.Broken)
	return s
}
