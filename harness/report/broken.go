package report

import (
	"slices"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
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

// scene is the index of the event in which the finding shows: len(run.Events)
// is the end of the run, -1 nowhere.
func scene(run *history.Run, f judge.Finding) int {
	isSubject := func(l history.Live) bool { return l.Task != nil && l.Task.Path == f.Subject }
	if slices.ContainsFunc(run.Left, isSubject) || slices.ContainsFunc(run.Waiters, isSubject) {
		return len(run.Events)
	}
	for i, e := range run.Events {
		if e.Kind == history.Expected && (e.Name == f.Property || e.Name == "" && f.Property == "P-EXPECT") {
			return i
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
