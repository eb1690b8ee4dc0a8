package judge

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// Cancel is P-CANCEL, in seven clauses. When a task is cancelled, its context is
// done
//
//  0. at once, with that cause;
//
// and when a task's context is done,
//
//  1. so is that of every task below it that is running, at the same virtual
//     instant and with the same cause; one that was done before, or met its own
//     deadline at that instant, keeps its own;
//  2. no task below it starts any more; a call may (on a closed resource);
//  3. it ends within [Terms.EndWithin], and so does every task below it;
//  4. a cancellation affects nobody but the task that was cancelled and what is
//     below it, unless code that awaited or called it failed with its cause;
//  5. it is not reported as a failure to a parent or a handler.
//
// And when a job of an all-or-nothing scope has failed,
//
//  6. the scope is cancelled, or over, at that instant.
//
// Below does not reach into non-cancellable sections and islands; what is below
// those is judged from there.
var Cancel = property("P-CANCEL", "cancellation propagation",
	"when a scope is cancelled at an instant, every descendant's context is done at that instant with the same cause, every descendant ends within its bound, none starts afterwards, and siblings and parents of a cancelled child are untouched",
	(*view).cancel)

func (v *view) cancel() []Finding {
	var found []Finding
	for _, clause := range [...]func(*view) (Finding, bool){
		(*view).ineffective, (*view).reached, (*view).startedLate, (*view).endedLate, (*view).spread, (*view).mistaken,
		(*view).unstopped,
	} {
		if f, ok := clause(v); ok {
			found = append(found, f)
		}
	}
	return found
}

func cancelFinding(l *life, format string, args ...any) (Finding, bool) {
	return Finding{Property: "P-CANCEL", Subject: l.path(), Message: l.path() + " " + fmt.Sprintf(format, args...)}, true
}

// ineffective is clause 0.
func (v *view) ineffective() (Finding, bool) {
	for i := range v.lives {
		l := &v.lives[i]
		if v.terms.Unwatched || l.cancelled == never || l.started == never || l.started > l.cancelled {
			continue
		}
		asked := v.at(l.cancelled)
		switch {
		case l.done != never && l.done < l.cancelled || contains(v.cause(l), asked.Err) && v.at(l.done).At == asked.At:
		case l.ended != never && v.at(l.ended).Step <= asked.Step:
			// The harness looks after each step; it was over by then.
		case l.done == never:
			return cancelFinding(l, "was cancelled at %v (cause: %s), and its context is not done", asked.At, text(asked.Err))
		case v.at(l.done).At == asked.At:
			return cancelFinding(l, "was cancelled at %v (cause: %s), and its context gives another cause: %s", asked.At, text(asked.Err), text(v.cause(l)))
		default:
			return cancelFinding(l, "was cancelled at %v (cause: %s), and its context is done only at %v", asked.At, text(asked.Err), v.at(l.done).At)
		}
	}
	return Finding{}, false
}

// reached is clause 1.
func (v *view) reached() (Finding, bool) {
	for i := range v.lives {
		l := &v.lives[i]
		p := l.reachedFrom
		if p == nil || p.done == never || l.started == never || l.started > p.done || l.ended != never && l.ended < p.done {
			continue
		}
		want := v.at(p.done)
		if l.done == never && v.terms.Unwatched {
			continue
		}
		if l.done == never {
			return cancelFinding(l, "was not cancelled when %s was, at %v (cause: %s)", p.path(), want.At, text(want.Err))
		}
		if f, ok := v.differs(l, v.at(l.done), p, want); ok {
			return f, true
		}
	}
	return Finding{}, false
}

// differs compares the end of l's context with that of p above it.
func (v *view) differs(l *life, got *history.Event, p *life, want *history.Event) (Finding, bool) {
	switch {
	case l.done < p.done && (got.Step < want.Step || got.At < want.At):
		return Finding{}, false
	case got.At != want.At:
		return cancelFinding(l, "was cancelled at %v, %s already at %v (cause: %s)", got.At, p.path(), want.At, text(want.Err))
	case contains(got.Err, want.Err) || v.ownCause(l, p):
		return Finding{}, false
	}
	return cancelFinding(l, "was cancelled with another cause than %s: %s, not %s", p.path(), text(got.Err), text(want.Err))
}

// ownCause: l was cancelled by itself before p was, or by its own deadline at
// the same instant.
func (v *view) ownCause(l, p *life) bool {
	cause := v.cause(l)
	if l.cancelled != never && l.cancelled < p.done && identical(v.at(l.cancelled).Err, cause) {
		return true
	}
	return ofTime(cause) && !v.inherits(l)
}

// startedLate is clause 2.
func (v *view) startedLate() (Finding, bool) {
	for i := range v.lives {
		l := &v.lives[i]
		if l.started == never || l.kind == call {
			continue
		}
		for p := l.reachedFrom; p != nil; p = p.reachedFrom {
			if p.done != never && p.done < l.started {
				done := v.at(p.done)
				return cancelFinding(l, "started at %v, after %s had been cancelled at %v (cause: %s)", v.at(l.started).At, p.path(), done.At, text(done.Err))
			}
		}
	}
	return Finding{}, false
}

// endedLate is clause 3. What is lowest in the tree comes first: those above
// wait for it.
func (v *view) endedLate() (Finding, bool) {
	for i := len(v.lives) - 1; i >= 0; i-- {
		l := &v.lives[i]
		if l.done == never || !l.isTask() {
			continue
		}
		if f, ok := v.overdue(l); ok {
			return f, true
		}
	}
	return Finding{}, false
}

func (v *view) overdue(l *life) (Finding, bool) {
	done := v.at(l.done)
	ended := v.run.End
	if l.ended != never {
		ended = v.at(l.ended).At
	}
	stuck := l.ended == never && (v.run.Outcome == history.Complete || v.run.Outcome == history.Stalled)
	if ended <= done.At+v.terms.EndWithin && !stuck {
		return Finding{}, false
	}
	excused, forGood := v.excused(l, done.At)
	bound := v.terms.EndWithin + v.slack + excused
	stuck = stuck && ended >= done.At+excused // nothing that struck it goes on
	switch {
	case forGood || ended <= done.At+bound && !stuck:
		return Finding{}, false
	case l.ended == never:
		return cancelFinding(l, "was cancelled at %v (cause: %s) and has not ended by %v (bound %v)", done.At, text(done.Err), ended, bound)
	}
	return cancelFinding(l, "ended %v after it was cancelled at %v (cause: %s; bound %v)", ended-done.At, done.At, text(done.Err), bound)
}

// excused is how long the end of l may be put off by what struck it or something
// below it, and by sections below it; forGood if it need not end at all.
func (v *view) excused(l *life, since time.Duration) (d time.Duration, forGood bool) {
	for i := range v.run.Events {
		e := &v.run.Events[i]
		if e.Kind != history.Struck || !e.Task.Within(l.task) && !e.Of.Within(l.task) {
			continue
		}
		switch {
		case e.Fault.Is(faults.Wedge):
			return 0, true
		case e.Fault.Is(faults.Delay):
			d += max(0, min(e.Fault.Delay, e.At+e.Fault.Delay-since))
		}
	}
	var sections time.Duration
	for i := l.task.ID + 1; i < len(v.lives); i++ {
		s := &v.lives[i]
		if s.kind != section || !s.within(l) {
			continue
		}
		if s.ended == never {
			return 0, true
		}
		sections = max(sections, v.at(s.ended).At-since)
	}
	return d + sections, false
}

// spread is clause 4.
func (v *view) spread() (Finding, bool) {
	for i := range v.run.Events {
		e := &v.run.Events[i]
		if e.Kind != history.Cancelled || e.Err == nil || v.firstCancelled(e.Err) != v.of(e.Task) {
			continue
		}
		if victim := v.victim(v.of(e.Task), e.Err, i); victim != nil {
			verb := "was cancelled"
			if victim.done == never {
				verb = "failed"
			}
			return cancelFinding(victim, "%s because %s had been cancelled (cause: %s)", verb, e.Task.Path, text(e.Err))
		}
	}
	return Finding{}, false
}

// victim finds a task that the cancellation of c in event i affected, and must
// not have.
func (v *view) victim(c *life, cause error, i int) *life {
	var allowed radius
	for j := range v.lives {
		l := &v.lives[j]
		if l.within(c) || !v.suspect(l, c, cause, i) {
			continue
		}
		if allowed.v == nil {
			allowed = v.radiusOfCancel(c, cause)
		}
		if !allowed.holds(l) {
			return l
		}
	}
	return nil
}

// suspect: l, which is not below c, was cancelled or failed with c's cause, and
// that is no other cancellation by the same name.
func (v *view) suspect(l, c *life, cause error, i int) bool {
	again := l.cancelled != never && identical(v.at(l.cancelled).Err, cause)
	_, injected := cause.(*faults.Injected)
	if again && !injected && (bare(cause) || !c.within(l)) {
		return false
	}
	if l.done == never {
		return l.isTask() && l.kind.isScope() && l.ended > i && !bare(cause) && contains(v.endErr(l), cause)
	}
	if l.done < i || !contains(v.cause(l), cause) || v.inherits(l) {
		return false
	}
	// context.Canceled may come from any context above a scope; a job's is
	// its scope's.
	return !bare(cause) || l.kind == launch || l.kind == async
}

// radiusOfCancel is how far the cause of c's cancellation may get: by code that
// was told of it and failed with it.
func (v *view) radiusOfCancel(c *life, cause error) radius {
	r := radius{v: v, key: cause}
	if v.claimed(c, cause) {
		r.fail(c)
	} else {
		r.roots = append(r.roots, c)
	}
	if c.kind.isScope() && c.up != nil && r.failedToo(c.up) {
		r.fail(c.up)
	}
	for i := range v.lives {
		if l := &v.lives[i]; l.isTask() && r.failedToo(l) && v.awaits(l) {
			r.fail(l)
		}
	}
	r.handOn()
	return r
}

// claimed: the layer told c's parent of a failure with that error. Whether it
// was right to is clause 5.
func (v *view) claimed(c *life, cause error) bool {
	for i := range v.run.Events {
		e := &v.run.Events[i]
		if e.Kind == history.Delivered && e.Of == c.task && !handedOver(e) && contains(e.Err, cause) {
			return true
		}
	}
	return false
}

// awaits: l awaited something, and so may have been handed a cancellation, which
// is no failure and not noted as delivered.
func (v *view) awaits(l *life) bool {
	for i := range v.run.Steps {
		s := &v.run.Steps[i]
		if s.Task == l.task && strings.HasSuffix(s.Site, "/await") {
			return true
		}
	}
	return false
}

// mistaken is clause 5.
func (v *view) mistaken() (Finding, bool) {
	for i := range v.run.Events {
		e := &v.run.Events[i]
		if e.Kind != history.Delivered || e.Of == nil || handedOver(e) {
			continue
		}
		if l := v.of(e.Of); v.onlyCancelled(l, e.Err, i) {
			return cancelFinding(l, "was only cancelled (cause: %s), and %s was told that it failed", text(e.Err), receiver(e))
		}
	}
	return Finding{}, false
}

// onlyCancelled: what was delivered of l in event i is the cause of a
// cancellation that certainly was not a failure of l's own.
func (v *view) onlyCancelled(l *life, err error, i int) bool {
	if l.done == never || l.done > i || ofTime(v.cause(l)) || !(identical(err, v.cause(l)) || err == context.Canceled) {
		return false
	}
	if l.cancelled == never {
		return v.inherits(l)
	}
	return v.targeted(l, v.cause(l))
}

// receiver names who a failure was delivered to.
func receiver(e *history.Event) string {
	switch e.Name {
	case "parent", "caller", "await":
		return e.Task.Path
	case "crash":
		return "the program's crash"
	}
	return "the " + e.Name
}

// unstopped is clause 6.
func (v *view) unstopped() (Finding, bool) {
	if v.terms.Unwatched {
		return Finding{}, false
	}
	for i := range v.lives {
		l := &v.lives[i]
		p := l.up
		if l.kind != launch && l.kind != async || p == nil || p.kind != plain || p.started == never || l.turnedAway() || v.endErr(l) == nil {
			continue
		}
		failed := v.at(l.ended)
		if v.stoppedBy(p, failed.At) || !v.wentOnAfter(failed.Step) {
			continue
		}
		return cancelFinding(p, "was not cancelled when %s failed, at %v (%s): it is all-or-nothing", l.path(), failed.At, text(failed.Err))
	}
	return Finding{}, false
}

func (v *view) stoppedBy(p *life, at time.Duration) bool {
	return p.done != never && v.at(p.done).At <= at || p.ended != never && v.at(p.ended).At <= at
}

// wentOnAfter: the harness has looked at contexts since that step, which it does
// after every one.
func (v *view) wentOnAfter(step int) bool {
	n := len(v.run.Events)
	return n > 0 && v.run.Events[n-1].Step > step+1
}
