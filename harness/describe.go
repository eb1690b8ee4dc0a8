package harness

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/corpus"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/tape"
)

// Describe adds the specs of a scenario: one for the scenario, and one for each
// of its controls. Extra decorators (labels, Serial, …) go to the container. A
// function that calls Describe for others begins with GinkgoHelper: the specs are
// where it was called.
func Describe(s Scenario, decorators ...any) bool {
	return describe(s, types.NewCodeLocation(1), decorators...)
}

// describe adds a container in any case: Ginkgo forgets specs that stand outside
// of all, once it has made a preview.
func describe(s Scenario, where types.CodeLocation, decorators ...any) bool {
	register(s)
	args := append([]any{}, decorators...)
	args = append(args, where, labels(s), func() {
		ginkgo.It("holds", where, func(ctx ginkgo.SpecContext) { check(ctx, s) })
		// In a container of their own they come last: of specs on one line, Ginkgo
		// takes the less nested ones first, then goes by their names.
		ginkgo.Describe("catches", where, func() {
			for _, c := range s.Controls {
				ginkgo.It(c.Name, where, ginkgo.Label(LabelControl), func(ctx ginkgo.SpecContext) { checkControl(ctx, s, c) })
			}
		})
	})
	return ginkgo.Describe(strings.TrimSpace(s.ID+" "+s.Title), args...)
}

// Explore is [Describe] in fewer words: body is run many times, and judged. It is
// for users with one story and no table of scenarios; the text is the scenario's id.
//
// Without options it judges P-CANCEL, P-BLAST, P-STARVE, P-LEAK and P-ERROR, beside
// the body's own expectations, no fault strikes, and there is no control. It always
// returns true.
func Explore(text string, body func(*Run), options ...Option) bool {
	s := Scenario{ID: text, Title: "", Source: "this suite", Body: body,
		Properties: []string{"P-CANCEL", "P-BLAST", "P-STARVE", "P-LEAK", "P-ERROR"}}
	for _, o := range options {
		o(&s)
	}
	if len(s.Controls) == 0 {
		s.NoControl = "none was written"
	}
	return describe(s, types.NewCodeLocation(1))
}

// Option is an option of Explore.
type Option func(*Scenario)

// Faults lets the faults in kinds strike at the failpoints that match sites: a
// full name, which is the package's path below its module and the marker's name
// ("checkout/charge"), or a prefix of some that ends in "..." ("checkout/...").
// With the whole import path it means the failpoints of that module alone. A fault strikes only where the failpoint's own Allows has it too.
func Faults(sites string, kinds ...faults.Kind) Option {
	return func(s *Scenario) {
		var set faults.Kind
		for _, k := range kinds {
			set |= k
		}
		s.Faults = append(s.Faults, Strike(sites, set))
	}
}

// Runs sets the default number of runs.
func Runs(n int) Option { return func(s *Scenario) { s.Runs = n } }

// Properties replaces the properties that are judged.
func Properties(ids ...string) Option { return func(s *Scenario) { s.Properties = ids } }

// Terms sets the bounds that the properties need.
func Terms(t judge.Terms) Option { return func(s *Scenario) { s.Terms = t } }

// Sometimes declares facts that must be seen over the runs, also if no run comes
// to the place where the body mentions them.
func Sometimes(facts ...string) Option { return func(s *Scenario) { s.Facts = facts } }

// Controls adds broken variants of the body that must be caught: without one,
// nobody knows whether the properties could be broken at all.
func Controls(controls ...Control) Option {
	return func(s *Scenario) { s.Controls = append(s.Controls, controls...) }
}

// check explores the scenario and fails the spec unless it held. ctx is Ginkgo's:
// it is done on an interrupt or a timeout, and never seen inside a bubble.
func check(ctx context.Context, s Scenario) {
	if current.plan != nil {
		s.Facts = nil // they are what storms of many kinds show, not what one plan does
	}
	subject := s.subject()
	if current.replay != nil {
		replay(s, subject, current.replay)
		return
	}
	if passedOver(s, subject) {
		return
	}
	known, err := corpus.Load(current.corpus, s.ID)
	if err != nil {
		ginkgo.Fail(err.Error())
	}
	set := settings(ctx, s.ID, s.Runs)
	for _, entry := range known {
		set.Known = append(set.Known, entry.Tape)
	}
	noted(subject, known, &set)
	report := explore.Explore(subject, set)
	note(result.Note{})
	for _, m := range report.Misfits {
		m.Path = fromRoot(known[slices.Index(set.Known, m.Tape)].Path)
	}
	through(s.ID, report)
	path := ""
	if c := report.Counterexample; c != nil && c.Known {
		path = keep(known, c)
	} else if c != nil {
		path = saveAll(current.corpus, c)
	} else if report.WedgeTape != nil {
		path = save(current.corpus, report.WedgeTape)
	}
	conclude(s, subject, report, path)
}

// conclude reports a scenario's verdict to Ginkgo and to the result file.
func conclude(s Scenario, subject explore.Subject, report *explore.Report, path string) {
	text := explain(subject, report, path)
	if report.Verdict != explore.Vacuous { // whose text has them already
		for _, m := range report.Misfits {
			text = strings.TrimRight(text, "\n") + "\n  " + besides(m, report) + "\n"
		}
	}
	addRecord(record{Scenario: scenarioResult(s, report, text)})
	saveTrace(subject, report)
	if report.Verdict != explore.Held {
		ginkgo.Fail(text, 2)
	}
}

// checkControl explores a broken variant and fails the spec unless it is caught.
func checkControl(ctx context.Context, s Scenario, c Control) {
	subject := s.control(c)
	if current.replay != nil {
		replay(s, subject, current.replay)
		return
	}
	if current.plan != nil {
		ginkgo.Skip("a plan is given: controls are caught by storms of their own")
	}
	if current.free {
		ginkgo.Skip("free mode: nobody looks at contexts there, so a control may well go unseen")
	}
	deaths := lethal(current.deaths.Of(s.ID, c.Name))
	switch {
	case len(deaths) >= mostLethal:
		deadly(s, c, deaths)
	case current.deaths.GivenUp != "":
		notRun(s, c)
	}
	runs := c.Runs
	if runs == 0 {
		runs = defaultControlRuns
	}
	set := settings(ctx, s.ID, runs)
	set.Runs, set.For, set.Progress, set.Skip = runs, 0, progress(s.ID, runs), deaths
	noted(subject, nil, &set)
	report := explore.Explore(subject, set)
	out := result.Control{Name: c.Name, Caught: c.caught(report)}
	if x := report.Counterexample; x != nil {
		out.RunsToCatch, out.Choices, out.ShrunkChoices = x.FoundAt, len(x.Found.Choices), len(x.Tape.Choices)
		out.Tape = saveAll(controlDir(), x)
	} else if out.Caught {
		out.RunsToCatch, out.Never = report.Runs, c.Task
	}
	if !out.Caught {
		out.Failure = missed(s, c, report, set)
	}
	note(result.Note{})
	addRecord(record{ID: s.ID, Title: s.Title, Control: &out})
	if !out.Caught {
		ginkgo.Fail(out.Failure, 1)
	}
	ginkgo.AddReportEntry("caught", explain(subject, report, out.Tape), ginkgo.ReportEntryVisibilityFailureOrVerbose)
}

// replay runs the one tape that was asked for.
func replay(s Scenario, subject explore.Subject, t *tape.Tape) {
	if t.Scenario != s.ID || t.Control != subject.Control {
		ginkgo.Skip("another tape is replayed")
	}
	if passedOver(s, subject) {
		return
	}
	note(result.Note{Scenario: s.ID, Control: subject.Control, Seed: t.Seed, Tape: *flagReplay})
	report, err := explore.Replay(subject, t, current.watchdog)
	note(result.Note{})
	if report == nil { // no run at all
		text := fmt.Sprintf("tape %s: %v", *flagReplay, err)
		addRecord(record{Scenario: scenarioResult(s, &explore.Report{Verdict: explore.Vacuous}, text)})
		ginkgo.Fail(text, 2)
	}
	for _, m := range report.Misfits {
		m.Path = *flagReplay
	}
	if report.Verdict == explore.Held {
		if report.Dead = unstruck(t, report.Last); len(report.Dead) > 0 {
			report.Verdict = explore.Vacuous
		}
	}
	conclude(s, subject, report, *flagReplay)
}

func settings(ctx context.Context, id string, runs int) explore.Settings {
	if runs == 0 {
		runs = defaultRuns
	}
	if current.runs > 0 {
		runs = current.runs
	}
	total := runs
	if current.duration > 0 {
		total = 0
	}
	return explore.Settings{
		Seed: current.seed, Runs: runs, For: current.duration, Watchdog: current.watchdog,
		Plan: current.plan, Stop: ctx.Done(), Progress: progress(id, total),
	}
}
