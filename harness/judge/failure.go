package judge

import (
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// failure is one failure of the run: what it is known by, and the tasks that it
// began in.
type failure struct {
	// key is the *faults.Injected of a fault, else the error value with which
	// the first task failed.
	key     error
	origin  *life
	another []*life // jobs that failed with the same value by themselves
}

// injected: the failure is one fault's and nobody else's.
func (f *failure) injected() bool {
	_, ok := f.key.(*faults.Injected)
	return ok
}

// beganIn reports whether l is where the failure comes from.
func (f *failure) beganIn(l *life) bool {
	if f.origin == l {
		return true
	}
	for _, o := range f.another {
		if o == l {
			return true
		}
	}
	return false
}

// beganBelow reports whether the failure comes from l or from below it.
func (f *failure) beganBelow(l *life) bool {
	if f.origin.within(l) {
		return true
	}
	for _, o := range f.another {
		if o.within(l) {
			return true
		}
	}
	return false
}

// trace finds the failures of the run, once.
func (v *view) trace() []failure {
	if v.traced {
		return v.failures
	}
	v.traced = true
	for i := range v.run.Events {
		e := &v.run.Events[i]
		switch {
		case e.Err == nil || e.Task == nil:
		case e.Kind == history.Ended:
			v.failing(v.of(e.Task), e.Err, i)
		case e.Kind == history.Delivered && e.Of != nil && e.Name != "await" && e.Name != "caller":
			v.failing(v.of(e.Of), e.Err, i)
		}
	}
	return v.failures
}

// failing puts down that l was seen to fail with err in event i.
func (v *view) failing(l *life, err error, i int) {
	if l.task == nil || bare(err) || l.turnedAway() {
		return
	}
	n := v.natureOf(l, err, i)
	if n == cancelled || v.struckFailures(l, err) {
		return
	}
	known := v.knownBy(err)
	switch {
	case known != nil && l.kind.isJob() && !known.beganIn(l) && !v.told(l, known.key, i):
		known.another = append(known.another, l)
	case known == nil && n == failed:
		v.failures = append(v.failures, failure{key: err, origin: l})
	}
}

// struckFailures puts down each injected failure that err holds, and reports
// whether there are any. An error can travel by ways that nobody notes, so it
// began where it struck; if that is no task (a worker, a device), in the first
// that failed with it.
func (v *view) struckFailures(l *life, err error) bool {
	found := false
	eachInjected(err, func(injected *faults.Injected) {
		found = true
		if v.knownBy(injected) != nil {
			return
		}
		f := failure{key: injected, origin: l}
		if struck := v.struckBy(injected); struck != nil && struck.isTask() {
			f.origin = struck
		}
		v.failures = append(v.failures, f)
	})
	return found
}

// struckBy is the task that the fault struck, nil if the history does not say.
func (v *view) struckBy(injected *faults.Injected) *life {
	for i := range v.run.Events {
		if e := &v.run.Events[i]; e.Kind == history.Struck && comesFrom(injected, strike(e)) {
			return v.taskOf(e.Task)
		}
	}
	return nil
}

// knownBy is the failure that err reports, nil if it is none known yet.
func (v *view) knownBy(err error) *failure {
	for i := range v.failures {
		if contains(err, v.failures[i].key) {
			return &v.failures[i]
		}
	}
	return nil
}

// told: before event i, l awaited or called something that failed with key.
func (v *view) told(l *life, key error, i int) bool {
	for j := range v.run.Events[:i] {
		e := v.at(j)
		if handedOver(e) && v.taskOf(e.Task) == l && contains(e.Err, key) {
			return true
		}
	}
	return false
}

// handedOver: the event is of an error that reached code which may return it.
func handedOver(e *history.Event) bool {
	return e.Kind == history.Delivered && (e.Name == "await" || e.Name == "caller")
}

// radius is the tasks that something may affect: the roots' subtrees.
type radius struct {
	v     *view
	key   error
	roots []*life
}

// radiusOf is how far f may reach: by the scopes that it fails, and by the code
// that it was handed to and that failed with it in turn.
func (v *view) radiusOf(f *failure) radius {
	r := radius{v: v, key: f.key}
	r.fail(f.origin)
	for _, o := range f.another {
		r.fail(o)
	}
	r.handOn()
	return r
}

// holds reports whether l may be affected.
func (r *radius) holds(l *life) bool {
	for _, root := range r.roots {
		if l.within(root) {
			return true
		}
	}
	return false
}

// fail lets l fail, and then whatever has to fail or may fail with it.
func (r *radius) fail(l *life) {
	if l.isRoot() || r.isRoot(l) {
		return // nothing stops the body of the run, and it stops nobody
	}
	r.roots = append(r.roots, l)
	owner := l.up
	switch {
	case owner == nil || l.kind == island:
	case l.kind == launch || l.kind == async || l.kind == other:
		if owner.kind == plain {
			r.fail(owner)
		}
	case r.failedToo(owner):
		// A scope, section or call returned it to its caller, who returned it.
		r.fail(owner)
	}
}

// isRoot: l may fail already.
func (r *radius) isRoot(l *life) bool {
	for _, root := range r.roots {
		if root == l {
			return true
		}
	}
	return false
}

// handOn follows the failure to the code that awaited or called something that
// may be affected, and ended with it. Events are in the order of causes: one
// pass is enough.
func (r *radius) handOn() {
	for i := range r.v.run.Events {
		e := &r.v.run.Events[i]
		if !handedOver(e) || !contains(e.Err, r.key) || !r.holds(r.v.of(e.Of)) {
			continue
		}
		if to := r.v.taskOf(e.Task); r.failedToo(to) {
			r.fail(to)
		}
	}
}

// failedToo: l ended with the failure, or has not ended, and then it may be on
// its way to do so.
func (r *radius) failedToo(l *life) bool {
	return l.ended == never || contains(r.v.endErr(l), r.key)
}
