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

// settle judges a run, and gives its verdict, "" if it held. What goes with the
// verdict is in the report.
func (x *explorer) settle(e *engine.Engine, run int, strategy string) Verdict {
	history := e.History()
	findings := x.judge(history)
	signature := x.signature(history, findings)
	if x.settings.Found != nil && signature != "" {
		x.report.Failures[signature]++
		if x.report.Failures[signature] > 1 || x.familiar(signature) {
			return ""
		}
	}
	verdict := x.examine(e, findings, run, strategy)
	if verdict != "" && x.settings.Found != nil {
		x.hand(verdict, signature, run)
	}
	return verdict
}

// examine looks closer at a run that did not hold, and at some that did.
func (x *explorer) examine(e *engine.Engine, findings []judge.Finding, run int, strategy string) Verdict {
	switch shared := e.History().Shared; {
	case shared != nil:
		x.report.Shared, x.report.SharedAt = shared.Path, e.History().SharedAt
		return Flaky
	case e.History().Outcome == history.Endless:
		return Inconclusive
	case len(findings) == 0 && (x.subject.Mode != engine.Controlled || run%selfCheck != selfCheck-1):
		return ""
	}
	x.scratch, x.exact = engine.Scratch{}, len(findings) > 0
	defer func() { x.exact = false }()
	found := x.tapeOf(e)
	found.Seed, found.Run, found.Strategy = x.settings.Seed, run, strategy
	if len(findings) > 0 {
		found.Failure = signature(findings)
	}
	if x.subject.Mode == engine.Controlled && !x.repeats(e, found) {
		return Flaky
	}
	if len(findings) == 0 {
		return ""
	}
	if x.subject.Mode == engine.Wall && !x.recurs(e, found, findings) {
		return Flaky
	}
	if findings[0].Undecided {
		x.undecided(findings, e.History())
		return Inconclusive
	}
	x.report.Counterexample = x.shrink(found, e, run+1)
	return Broken
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
	r.First, r.Second, r.FlakyTape = first.History(), second.History(), found
	return false
}

// again is how often a run that broke on the real clock is run again before it
// counts as luck.
const again = 3

// recurs is repeats on the real clock, where no two histories are the same: the
// run is believed when the same guarantee is broken once more, whoever it is about
// then. One that does not recur was luck, or a busy machine, and is reported as
// such: never as broken, nor as held.
func (x *explorer) recurs(first *engine.Engine, found *tape.Tape, luck []judge.Finding) bool {
	var second *engine.Engine
	for range again {
		second = x.run(choose.Replay(found.Choices))
		x.scratch = engine.Scratch{}
		if findings := x.judge(second.History()); len(findings) > 0 && findings[0].Property == luck[0].Property {
			return true
		}
	}
	r := &x.report
	r.Luck, r.First, r.Second, r.FlakyTape = luck, first.History(), second.History(), found
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
	if findings[0].Undecided {
		return findings[0].Property + " undecided"
	}
	if findings[0].Object != "" {
		return findings[0].Property + " object " + findings[0].Object
	}
	return findings[0].Property + " " + findings[0].Subject
}

// undecided notes a run of which nobody knows whether it is broken. To go on as
// if nothing were the matter would be to say that it held.
func (x *explorer) undecided(findings []judge.Finding, run *history.Run) {
	x.report.Verdict, x.report.Undecided, x.report.Last = Inconclusive, &findings[0], run
}

// signature is that of the findings, of a run that could not be judged, or "".
func (x *explorer) signature(run *history.Run, findings []judge.Finding) string {
	switch {
	case run.Shared != nil:
		return string(Flaky) + " " + run.Shared.Path
	case run.Outcome == history.Endless:
		return string(Inconclusive)
	case len(findings) > 0:
		return signature(findings)
	}
	return ""
}

func (x *explorer) familiar(signature string) bool {
	return x.settings.Familiar != nil && x.settings.Familiar(signature)
}

// hand gives a run that did not hold to whoever wants to be told, and the
// exploration a clean report again.
func (x *explorer) hand(verdict Verdict, signature string, run int) {
	if signature == "" {
		signature = string(verdict)
		x.report.Failures[signature]++
	}
	told := x.report
	told.Verdict = verdict
	x.forget()
	if x.report.Failures[signature] == 1 && !x.familiar(signature) {
		x.settings.Found(&Finding{Signature: signature, Run: run, Report: &told})
	}
}

// forget makes the report one of no run in particular.
func (x *explorer) forget() {
	r := &x.report
	r.Counterexample, r.Undecided, r.Shared = nil, nil, ""
	r.Luck, r.First, r.Second, r.FlakyTape = nil, nil, nil, nil
}
