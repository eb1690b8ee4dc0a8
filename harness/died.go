package harness

import (
	"fmt"
	"strings"

	"github.com/onsi/ginkgo/v2"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/report"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/tape"
)

// passedOver tells of a scenario that is not run in this process, since it ended an
// earlier one, or since too many were ended.
func passedOver(s Scenario, subject explore.Subject) bool {
	for _, death := range current.deaths.Of(s.ID, subject.Control) {
		if death.Finding != nil {
			died(s, subject, death)
			return true
		}
	}
	if why := current.deaths.GivenUp; why != "" {
		text := fmt.Sprintf("%s: INCONCLUSIVE: not run: %s", strings.TrimSpace(s.ID+" "+s.Title), why)
		addRecord(record{Scenario: scenarioResult(s, &explore.Report{Verdict: explore.Inconclusive}, text)})
		ginkgo.Fail(text, 2)
	}
	return false
}

// died tells of a run that ended an earlier process, like of any other that did not
// hold.
func died(s Scenario, subject explore.Subject, d batch.Death) {
	f := d.Finding
	c := crash(d)
	text := report.Failure(report.Counterexample{
		ScenarioID: s.ID, Title: s.Title, Control: subject.Control, Verdict: string(f.Verdict),
		Property: judge.Property{ID: f.Property, Guarantee: f.Guarantee}, Findings: c.Findings,
		Tape: c.Tape, Found: c.Found, RunsUntilFound: c.FoundAt, Unshrunk: c.Unshrunk,
		LastWords: f.Dump, Replay: replayDeath(d, c.Tape),
	})
	out := scenarioResult(s, &explore.Report{Verdict: f.Verdict, Runs: d.Note.Run + 1, Counterexample: c}, text)
	out.TraceHash = "" // what there was of it went with the process
	addRecord(record{Scenario: out})
	ginkgo.Fail(text, 3)
}

// crash is the death as a counterexample. It has no tape if the choices of the run do
// not repeat it.
func crash(d batch.Death) *explore.Counterexample {
	f := d.Finding
	c := &explore.Counterexample{
		Findings: []judge.Finding{{Property: f.Property, Message: f.Message}}, Unshrunk: f.Unshrunk,
	}
	if d.Note.Tape == "" {
		c.FoundAt = d.Note.Run + 1
	}
	if t, err := tape.Parse([]byte(f.Tape)); f.Tape != "" && err == nil {
		c.Tape = t
		if d.Note.Tape == "" {
			c.Found = &tape.Tape{Choices: make([]tape.Choice, f.Choices)} // only their number is told
		}
	}
	return c
}

// replayDeath is how to see it again: by the tape, which is saved if it is new, else
// by the runs up to it.
func replayDeath(d batch.Death, t *tape.Tape) string {
	switch {
	case current.replay != nil:
		return replayCommand(*flagReplay, "")
	case d.Note.Tape != "":
		return replayCommand(fromRoot(d.Note.Tape), "")
	case t != nil:
		if path := save(current.corpus, t); path != "" {
			return replayCommand(path, t.Failure)
		}
	}
	return again(d.Note.Scenario, d.Note.Run+1)
}

// lethal are the runs of a control that ended a process, to be left out.
func lethal(deaths []batch.Death) (runs []int) {
	for _, d := range deaths {
		runs = append(runs, d.Note.Run)
	}
	return runs
}

// mostLethal is how many runs of a control are left out before it is given up.
const mostLethal = 3

// deadly tells of a control that ends the process again and again: nobody knows
// whether its bug would be caught.
func deadly(s Scenario, c Control, runs []int) {
	text := fmt.Sprintf("%s: the control %q (%s) was not caught: %d of its runs ended the process, and it was given up: the scenario proves nothing; "+
		"let it break %s without a crash\n", s.ID, c.Name, c.Story, len(runs), c.Breaks)
	addRecord(record{ID: s.ID, Title: s.Title, Control: &result.Control{Name: c.Name, Failure: text}})
	ginkgo.Fail(text, 2)
}

// notRun tells of a control that is not run, since too many processes were ended.
func notRun(s Scenario, c Control) {
	text := fmt.Sprintf("%s: the control %q was not run: %s\n", s.ID, c.Name, current.deaths.GivenUp)
	addRecord(record{ID: s.ID, Title: s.Title, Control: &result.Control{Name: c.Name, Failure: text}})
	ginkgo.Fail(text, 2)
}
