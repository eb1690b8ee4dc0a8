package judge

import (
	"fmt"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// Blast is P-BLAST. A task is affected by a failure if its context is done
// because of it, or if it ended with it. Allowed is:
//
//   - the task that failed and everything below it;
//   - if it is a job of a plain scope, that scope and everything below it;
//   - if it is a scope, the task that called it, should that end with the
//     failure too;
//   - whoever awaited it, or something that it may affect, and ended with it;
//   - from each of these on by the same rules, up to the next supervisor;
//   - or what [Terms.Radius] says, in place of all that.
//
// Injected cancellations are no failures; they are [Cancel]'s. A supervisor
// that ends with a value which a child failed with, too, is taken to have it
// from the child unless the failure is of a type without fields.
var Blast = property("P-BLAST", "blast-radius containment",
	"a failure affects no task beyond what the scope boundary allows: a failed child of a supervisor must not affect its siblings",
	(*view).blast)

func (v *view) blast() []Finding {
	var found []Finding
	failures := v.trace()
	for i := range failures {
		if f, ok := v.overstepped(&failures[i]); ok {
			found = append(found, f)
		}
	}
	return found
}

// overstepped finds the first event in which f affects what it must not.
func (v *view) overstepped(f *failure) (Finding, bool) {
	var allowed radius
	for i := range v.run.Events {
		e := &v.run.Events[i]
		l := v.of(e.Task)
		if !v.affects(f, l, i) {
			continue
		}
		if allowed.v == nil {
			allowed = v.radiusOf(f)
		}
		if !v.mayAffect(f, &allowed, l) {
			return v.blasted(f, &allowed, e), true
		}
	}
	return Finding{}, false
}

// affects reports whether event i shows that f affected l.
func (v *view) affects(f *failure, l *life, i int) bool {
	switch {
	case f.beganIn(l):
		return false
	case i == l.done:
		return contains(v.cause(l), f.key)
	case i != l.ended || !l.isTask() || !contains(v.endErr(l), f.key):
		return false
	}
	return f.injected() || l.kind.isScope() && !faceless(f.key)
}

func (v *view) mayAffect(f *failure, allowed *radius, l *life) bool {
	if v.terms.Radius == nil {
		return allowed.holds(l)
	}
	if v.terms.Radius(f.origin.task, l.task) {
		return true
	}
	for _, o := range f.another {
		if v.terms.Radius(o.task, l.task) {
			return true
		}
	}
	return false
}

// blasted tells what was seen against what is allowed.
func (v *view) blasted(f *failure, allowed *radius, e *history.Event) Finding {
	verb := "was cancelled"
	if e.Kind == history.Ended {
		verb = "failed"
	}
	var may, observed names
	for i := range v.lives {
		l := &v.lives[i]
		if !l.isTask() && l.done == never {
			continue
		}
		if f.beganIn(l) || v.mayAffect(f, allowed, l) {
			may.add(l.path())
		}
		if f.beganIn(l) || v.affected(f, l) {
			observed.add(l.path())
		}
	}
	return Finding{
		Property: "P-BLAST",
		Subject:  e.Task.Path,
		Message: fmt.Sprintf("%s %s (cause: %s in %s), allowed radius {%s}, observed {%s}",
			e.Task.Path, verb, text(f.key), f.origin.path(), &may, &observed),
	}
}

// affected reports whether any event shows that f affected l.
func (v *view) affected(f *failure, l *life) bool {
	return l.done != never && v.affects(f, l, l.done) || l.ended != never && v.affects(f, l, l.ended)
}

// Radius is the blast radius of the run: how many of its tasks were cancelled
// or ended because of a failure or of an injected cancellation, themselves
// included, and how many there were.
func Radius(run *history.Run) (affected, total int) {
	v := open(run, Terms{})
	defer v.close()
	failures := v.trace()
	for i := range v.lives {
		l := &v.lives[i]
		if !l.isTask() {
			continue
		}
		total++
		if v.hit(l, failures) {
			affected++
		}
	}
	return affected, total
}

func (v *view) hit(l *life, failures []failure) bool {
	for i := range failures {
		if failures[i].beganIn(l) || v.affected(&failures[i], l) {
			return true
		}
	}
	return injectedCancel(v.cause(l)) || injectedCancel(v.endErr(l))
}

func injectedCancel(err error) bool {
	switch e := err.(type) {
	case *faults.Injected:
		return e.Strike.Fault.Is(faults.Cancels)
	case interface{ Unwrap() error }:
		return injectedCancel(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if injectedCancel(inner) {
				return true
			}
		}
	}
	return false
}
