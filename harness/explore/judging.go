package explore

import (
	"slices"

	"github.com/squall-go/squall/harness/choose"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/tape"
)

// judge asks the properties in order and keeps the findings of the first that
// is broken: what follows a root failure is noise.
//
// A failed expectation is a symptom, and leaving the body has consequences: so
// what had happened before it is judged first, as an unfinished run.
func (x *explorer) judge(run *history.Run) []judge.Finding {
	properties := x.subject.Properties
	if i := slices.IndexFunc(run.Events, isExpected); i >= 0 {
		before := *run
		before.Events, before.Outcome, before.Left = run.Events[:i], history.Endless, nil
		if found := judge.Judge(&before, x.subject.Terms, properties); len(found) > 0 {
			return found
		}
	}
	return judge.Judge(run, x.subject.Terms, properties)
}

func isExpected(e history.Event) bool { return e.Kind == history.Expected }

// settle judges a run; true if the exploration is over.
func (x *explorer) settle(e *engine.Engine, run int, strategy string) bool {
	findings := x.judge(e.History())
	if len(findings) == 0 && (x.subject.Mode != engine.Controlled || run%selfCheck != selfCheck-1) {
		return false
	}
	x.scratch, x.exact = engine.Scratch{}, len(findings) > 0
	found := x.tapeOf(e)
	found.Seed, found.Run, found.Strategy = x.settings.Seed, run, strategy
	if len(findings) > 0 {
		found.Failure = signature(findings)
	}
	if x.subject.Mode == engine.Controlled && !x.repeats(e, found) {
		return true
	}
	if len(findings) == 0 {
		return false
	}
	x.report.Verdict = Broken
	x.report.Counterexample = x.shrink(found, e, run+1)
	return true
}

// repeats replays the tape and compares the histories, and in which way they
// failed: what was left behind is judged too, and is no part of the hash.
func (x *explorer) repeats(first *engine.Engine, found *tape.Tape) bool {
	second := x.run(choose.Replay(found.Choices))
	x.scratch = engine.Scratch{}
	if second.History().Hash == first.History().Hash && x.failure(second.History()) == found.Failure {
		return true
	}
	r := &x.report
	r.Verdict, r.First, r.Second, r.FlakyTape = Flaky, first.History(), second.History(), found
	return false
}

func (x *explorer) tapeOf(e *engine.Engine) *tape.Tape {
	choices, total := e.Choices()
	return &tape.Tape{
		Scenario: x.subject.ID, Version: x.subject.Version, Control: x.subject.Control,
		Hash: e.History().Hash, Total: total, Choices: choices,
	}
}

// failure is the signature of a run, "" if it held.
func (x *explorer) failure(run *history.Run) string {
	if findings := x.judge(run); len(findings) > 0 {
		return signature(findings)
	}
	return ""
}

// signature says in which way a run failed: shrinking must not slip from one
// failure to another.
func signature(findings []judge.Finding) string {
	return findings[0].Property + " " + findings[0].Subject
}
