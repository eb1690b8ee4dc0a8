package report

import (
	"slices"
	"strings"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/linear"
)

// showsIn lists, for each property, the kinds of event in which its breaking
// can be seen, the most telling first.
var showsIn = map[string][]history.Kind{
	"P-BLAST":  {history.Done, history.Ended},
	"P-CANCEL": {history.Ended, history.Started, history.Done},
	"P-STARVE": {history.Waiting, history.Queued, history.Refused},
	"P-LEAK":   {history.Acquired, history.Detached},
	"P-ERROR":  {history.Ended, history.Delivered},
	"P-HEAL":   {history.Healed},
}

// Scene is the index of the event in which the finding shows: len(run.Events)
// is the end of the run, -1 nowhere.
func Scene(run *history.Run, f judge.Finding) int {
	isSubject := func(l history.Live) bool { return l.Task != nil && l.Task.Path == f.Subject }
	if slices.ContainsFunc(run.Left, isSubject) || slices.ContainsFunc(run.Waiters, isSubject) {
		return len(run.Events)
	}
	for i, e := range run.Events {
		if e.Kind == history.Expected && (e.Name == f.Property || e.Name == "" && f.Property == "P-EXPECT") {
			return i
		}
	}
	if i := slices.IndexFunc(run.Events, func(e history.Event) bool { return isWrongValue(e, f) || isWrongEntry(e, f) }); i >= 0 {
		return i
	}
	if f.Property == judge.Linear.ID {
		if op := linear.Culprit(run); op != nil {
			return op.Returned
		}
	}
	for _, kind := range showsIn[f.Property] {
		for i, e := range run.Events {
			if seenAs(e.Kind) == kind && about(e, f.Subject) && (kind != history.Ended || e.Err != nil || f.Property == "P-CANCEL") {
				return i
			}
		}
	}
	for i, e := range slices.Backward(run.Events) {
		if about(e, f.Subject) {
			return i
		}
	}
	return -1
}

// isWrongValue reports whether e is where the value was seen that f tells of.
func isWrongValue(e history.Event, f judge.Finding) bool {
	return f.Property == judge.Context.ID && e.Kind == history.Carried && about(e, f.Subject) &&
		strings.Contains(f.Message, "carried "+judge.Value(e.Name, e.Value))
}

// isWrongEntry reports whether e is the event of a ledger that f tells of.
func isWrongEntry(e history.Event, f judge.Finding) bool {
	return f.Property == judge.Conserve.ID && about(e, f.Subject) && e.Value != "" &&
		(strings.Contains(f.Message, judge.Entry(&e)+", ") || strings.Contains(f.Message, ": "+e.Value+" of "+f.Subject+" at "))
}

// seenAs makes one of the two events that tell of a cancellation.
func seenAs(k history.Kind) history.Kind {
	if k == history.Cancelled {
		return history.Done
	}
	return k
}

// about reports whether e happened to the task named subject. Healed is about
// the whole run.
func about(e history.Event, subject string) bool {
	return e.Kind == history.Healed || e.Task != nil && e.Task.Path == subject
}
