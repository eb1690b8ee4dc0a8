package judge

import (
	"fmt"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// Errors is P-ERROR. A task that ended with an error has failed with it, and
// the failure has these owners:
//
//   - of a launched job: its parent or a handler (or the crash), once;
//   - of an async job in a plain scope: the parent, once, and every awaiter once;
//   - of an async job in a supervisor: every awaiter once, and at least one;
//   - of a scope: its caller, or what it belongs to, or a handler, once;
//   - of an island: a handler, once;
//   - of a section and of a call: the caller, at most once.
//
// What is delivered is the error that the task ended with, or wraps it, or
// lists what it listed. A job that its scope refused need not be delivered: the
// refusal itself says so. A scope whose function left by runtime.Goexit has no
// caller to return to. A strike of which [Terms.MustFail] is true is a failure
// of the task it struck.
//
// That nothing was delivered is judged in complete runs only. No task starts or
// ends twice.
var Errors = property("P-ERROR", "error accounting",
	"every failure, injected or not, is observed exactly once by its owner (awaiter, parent or handler): none swallowed, none reported twice, cause chain intact",
	(*view).errors)

func (v *view) errors() []Finding {
	var found []Finding
	for _, clause := range [...]func(*view) (Finding, bool){
		(*view).twice, (*view).swallowedStrike, (*view).brokenChain, (*view).wronglyOwned, (*view).twiceAwaited,
	} {
		if f, ok := clause(v); ok {
			found = append(found, f)
		}
	}
	return found
}

func errorFinding(l *life, format string, args ...any) (Finding, bool) {
	return Finding{Property: "P-ERROR", Subject: l.path(), Message: l.path() + " " + fmt.Sprintf(format, args...)}, true
}

// twice: a task ran, or was over, more than once.
func (v *view) twice() (Finding, bool) {
	for i := range v.lives {
		switch l := &v.lives[i]; {
		case l.starts > 1:
			return errorFinding(l, "started %d times", l.starts)
		case l.ends > 1:
			return errorFinding(l, "ended %d times", l.ends)
		}
	}
	return Finding{}, false
}

// swallowedStrike: a fault after which the task had to fail, and it did not.
func (v *view) swallowedStrike() (Finding, bool) {
	mustFail := v.terms.MustFail
	if mustFail == nil {
		mustFail = AtRun
	}
	for i := range v.run.Events {
		e := &v.run.Events[i]
		if e.Kind != history.Struck || !e.Fault.Is(faults.Failure) {
			continue
		}
		l, s := v.of(e.Task), strike(e)
		if !l.isTask() || l.ended == never || l.ended < i || !mustFail(s) {
			continue
		}
		switch err := v.endErr(l); {
		case err == nil:
			return errorFinding(l, "ended as if %s had not happened: %s swallowed", e.Site, e.Fault)
		case !e.Fault.Is(faults.Goexit) && !comesFrom(err, s):
			return errorFinding(l, "failed with another error (%s): %s at %s swallowed", text(err), e.Fault, e.Site)
		}
	}
	return Finding{}, false
}

// brokenChain: what was delivered is not what the task failed with.
func (v *view) brokenChain() (Finding, bool) {
	for i := range v.run.Events {
		e := &v.run.Events[i]
		if e.Kind != history.Delivered || e.Of == nil {
			continue
		}
		l := v.of(e.Of)
		switch err := v.endErr(l); {
		case l.ended == never || v.left(l):
		case e.Err == nil:
			return errorFinding(l, "failed (%s), and %s was told of a failure without an error", text(err), receiver(e))
		case err == nil && l.done == never && l.cancelled == never:
			return errorFinding(l, "did not fail, and %s was told that it did: %s", receiver(e), text(e.Err))
		case err != nil && !covers(e.Err, err):
			return errorFinding(l, "failed (%s), and %s was told something else: %s", text(err), receiver(e), text(e.Err))
		}
	}
	return Finding{}, false
}

// left: the scope's function left by runtime.Goexit, with nobody to return to.
func (v *view) left(l *life) bool { return l.kind.isScope() && holdsGoexit(v.endErr(l)) }

// wronglyOwned: the failure of a task went to too few or too many, or to
// somebody whom it does not belong to.
func (v *view) wronglyOwned() (Finding, bool) {
	for i := range v.lives {
		l := &v.lives[i]
		if !l.isTask() || l.ended == never || v.endErr(l) == nil || v.left(l) {
			continue
		}
		if f, ok := v.misowned(l); ok {
			return f, true
		}
	}
	return Finding{}, false
}

func (v *view) misowned(l *life) (Finding, bool) {
	err := v.endErr(l)
	owners, required := l.owners()
	switch {
	case l.strangers() > 0:
		return errorFinding(l, "failed (%s), and %s was told: %s", text(err), v.stranger(l), l.rule())
	case owners > 1:
		return errorFinding(l, "failed once (%s), and it was reported %d times (%s): %s", text(err), owners, v.receivers(l), l.rule())
	case owners == 0 && required && v.accountable(l, err):
		return errorFinding(l, "failed (%s), and nobody was told: %s", text(err), l.rule())
	}
	return Finding{}, false
}

// owners is how often the failure reached those who own it together, and
// whether it has to.
func (l *life) owners() (n int, required bool) {
	switch l.kind {
	case launch:
		return l.toParent + l.toHandler, true
	case island:
		return l.toHandler, true
	case async:
		if l.supervised() {
			return min(l.toAwaiter, 1), true
		}
		return l.toParent, l.up != nil && l.up.kind == plain
	case plain, supervisor:
		return l.toCaller + l.toParent + l.toHandler, true
	case section, call:
		return l.toCaller, false
	}
	return 0, false
}

// supervised: l is a child of a supervisor.
func (l *life) supervised() bool { return l.up != nil && l.up.kind == supervisor }

// strangers is how often the failure reached somebody who does not own it.
func (l *life) strangers() int {
	switch l.kind {
	case launch:
		return l.toCaller
	case island:
		return l.toParent + l.toCaller
	case async:
		if l.supervised() {
			return l.toHandler + l.toCaller + l.toParent
		}
		return l.toHandler + l.toCaller
	case section, call:
		return l.toHandler + l.toParent
	}
	return 0
}

// rule says whose the failure is.
func (l *life) rule() string {
	switch l.kind {
	case launch:
		return "a launched job's failure goes to its parent or to a handler, once"
	case island:
		return "an island's failure goes to a handler, once"
	case async:
		if l.supervised() {
			return "in a supervisor an async job's failure goes to its awaiters alone"
		}
		return "an async job's failure goes to its parent, once, and to its awaiters"
	case section, call:
		return "its failure goes to its caller, once"
	}
	return "a scope's failure goes to its caller, once"
}

// accountable: err is a failure of l that has to have arrived by now.
func (v *view) accountable(l *life, err error) bool {
	if v.run.Outcome != history.Complete || l.turnedAway() {
		return false
	}
	if l.kind == async && l.supervised() && l.up.ended == never {
		return false // somebody may still await it
	}
	if v.natureOf(l, err, l.ended) == failed {
		return true
	}
	failures := v.trace()
	for i := range failures {
		if contains(err, failures[i].key) && failures[i].beganBelow(l) {
			return true
		}
	}
	return false
}

// stranger names the first receiver who does not own l's failure.
func (v *view) stranger(l *life) string {
	for i := range v.run.Events {
		e := &v.run.Events[i]
		if e.Kind != history.Delivered || e.Of != l.task {
			continue
		}
		alone := *l
		alone.toParent, alone.toHandler, alone.toCaller, alone.toAwaiter = 0, 0, 0, 0
		if alone.delivered(e.Name); alone.strangers() > 0 {
			return receiver(e)
		}
	}
	return "a stranger"
}

// receivers lists who was told of l's failure, awaiters of an async job apart.
func (v *view) receivers(l *life) string {
	var s names
	for i := range v.run.Events {
		e := &v.run.Events[i]
		if e.Kind == history.Delivered && e.Of == l.task && e.Name != "await" {
			s.add(e.Name)
		}
	}
	return s.String()
}

// twiceAwaited: one task was handed one failure twice by awaiting.
func (v *view) twiceAwaited() (Finding, bool) {
	for i := range v.run.Events {
		e := &v.run.Events[i]
		if e.Kind != history.Delivered || e.Name != "await" || v.of(e.Of).toAwaiter < 2 {
			continue
		}
		for j := range v.run.Events[:i] {
			b := v.at(j)
			if b.Kind == history.Delivered && b.Name == "await" && b.Of == e.Of && b.Task == e.Task {
				return errorFinding(v.of(e.Of), "failed once (%s), and its awaiter %s was told twice", text(e.Err), e.Task.Path)
			}
		}
	}
	return Finding{}, false
}
