package judge

import (
	"fmt"

	"github.com/squall-go/squall/harness/history"
)

// Leak is P-LEAK, in five clauses, judged of complete runs. After the root has
// ended:
//
//  1. no goroutine of the run is alive;
//  2. every task that was opened or started has ended;
//  3. everything that was acquired has been released, by whomever;
//  4. everything that was queued has run or was refused;
//
// and before that
//
//  5. no task ends, or starts, after the task that it belongs to has ended;
//     islands belong to nobody.
//
// [Terms.AllowLeft] exempts.
var Leak = property("P-LEAK", "leak freedom",
	"after the root scope has ended no goroutine, job, timer, worker, lock, handle or subscription of the run is left, and no task outlives the one it belongs to",
	(*view).leak)

func (v *view) leak() []Finding {
	if v.run.Outcome != history.Complete {
		return nil
	}
	var found []Finding
	for _, clause := range [...]func(*view) (Finding, bool){
		(*view).alive, (*view).neverEnded, (*view).held, (*view).stillQueued, (*view).outlived,
	} {
		if f, ok := clause(v); ok {
			found = append(found, f)
		}
	}
	return found
}

func leakFinding(subject, message string, others int) (Finding, bool) {
	if others > 0 {
		message += fmt.Sprintf(" (and %d more like it)", others)
	}
	return Finding{Property: "P-LEAK", Subject: subject, Message: message}, true
}

// allowed asks the scenario.
func (v *view) allowed(l history.Live) bool {
	return v.terms.AllowLeft != nil && v.terms.AllowLeft(l)
}

// tally keeps the first of several leaks of a kind and counts the rest.
type tally struct {
	subject, message string
	n                int
}

func (t *tally) add(subject, message string) {
	if t.n++; t.n == 1 {
		t.subject, t.message = subject, message
	}
}

func (t *tally) finding() (Finding, bool) {
	if t.n == 0 {
		return Finding{}, false
	}
	return leakFinding(t.subject, t.message, t.n-1)
}

// alive is clause 1.
func (v *view) alive() (Finding, bool) {
	var t tally
	for _, l := range v.run.Left {
		switch {
		case v.allowed(l):
		case l.Task == nil:
			t.add("", "a goroutine was left, "+l.State)
		default:
			t.add(l.Task.Path, l.Task.Path+" was left, "+l.State)
		}
	}
	return t.finding()
}

// neverEnded is clause 2. A call that is interrupted before it begins has
// nothing to end.
func (v *view) neverEnded() (Finding, bool) {
	var t tally
	for i := range v.lives {
		l := &v.lives[i]
		switch {
		case l.ended != never || l.started == never && (l.opened == never || l.kind == call || l.turnedAway()):
		case v.allowed(history.Live{Task: l.task, State: "not ended"}):
		default:
			t.add(l.path(), l.path()+" never ended")
		}
	}
	return t.finding()
}

// held is clause 3.
func (v *view) held() (Finding, bool) {
	var t tally
	for _, i := range v.holdings() {
		e := v.at(i)
		if !v.allowed(history.Live{Task: e.Task, State: "holds " + e.Name}) {
			t.add(e.Task.Path, fmt.Sprintf("%s holds %s since %v and never released it", e.Task.Path, e.Name, e.At))
		}
	}
	return t.finding()
}

// stillQueued is clause 4.
func (v *view) stillQueued() (Finding, bool) {
	var t tally
	for i := range v.run.Events {
		e := &v.run.Events[i]
		if e.Kind != history.Queued || v.leftQueue(i) != never {
			continue
		}
		if !v.allowed(history.Live{Task: e.Task, State: "queued at " + e.Name}) {
			t.add(e.Task.Path, fmt.Sprintf("%s is queued at %s since %v, and was neither run nor refused", e.Task.Path, e.Name, e.At))
		}
	}
	return t.finding()
}

// leftQueue is the event that ended the wait begun in event i.
func (v *view) leftQueue(i int) int {
	q := v.at(i)
	for j := i + 1; j < len(v.run.Events); j++ {
		e := v.at(j)
		if e.Task == q.Task && e.Name == q.Name && (e.Kind == history.Running || e.Kind == history.Refused) {
			return j
		}
	}
	return never
}

// outlived is clause 5.
func (v *view) outlived() (Finding, bool) {
	var t tally
	for i := range v.lives {
		l := &v.lives[i]
		if !l.isTask() || l.kind == island || l.turnedAway() || l.up == nil || l.up.ended == never {
			continue
		}
		if l.ended <= l.up.ended && l.started <= l.up.ended {
			continue
		}
		if v.allowed(history.Live{Task: l.task, State: "not ended"}) {
			continue
		}
		verb, at := "ended", l.ended
		if l.started > l.up.ended {
			verb, at = "started", l.started
		}
		t.add(l.path(), fmt.Sprintf("%s %s at %v, after %s, which it belongs to, had ended at %v", l.path(), verb, v.at(at).At, l.up.path(), v.at(l.up.ended).At))
	}
	return t.finding()
}
