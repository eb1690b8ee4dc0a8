// Package judge holds the properties: pure functions over the recorded history
// of a run, one file each, each quoting the guarantee it judges. Judging a
// history again gives the same findings; no judge keeps anything of a run.
//
// # The properties
//
//   - P-CANCEL [Cancel]: cancellation propagation
//   - P-BLAST [Blast]: blast-radius containment
//   - P-ERROR [Errors]: error accounting
//   - P-CONTEXT [Context]: context propagation
//   - P-CONSERVE [Conserve]: conservation of messages and calls
//   - P-STARVE [Starve]: starvation freedom
//   - P-LEAK [Leak]: leak freedom
//   - P-LINEAR [Linear]: linearizability
//   - P-HEAL [Heal]: recovery
//   - P-EXPECT [Expect]: the scenario's own expectations, and crashes
//   - P-SOMETIMES [Sometimes]: non-vacuity, over many runs
//
// [All] lists them in the order in which they are asked: what a later one finds
// is often no more than a consequence of what an earlier one found.
//
// # What they believe
//
// Whether a context is done, and why, is believed from the harness's own
// history.Done, never from what a layer claims. Time is virtual. "Before" and
// "after" are the order of the events. A Done noted after the task's Ended is
// the layer tidying up, and means nothing.
//
// An injected failure is recognised by its own *faults.Injected, so nothing
// else is taken for it. Other failures are recognised by the identity of the
// error value in the chain of Unwrap; a value that several tasks can fail with
// independently (a package variable such as io.EOF) counts as a failure of its
// own in each job that ends with it. context.Canceled and
// context.DeadlineExceeded themselves identify nothing and are not followed.
//
// A task is a scope, a job, a section, a call or an island if an Opened event
// says so; its Name is one of the constants from [Launch] to [Call], and Flag
// is set for a supervisor. Tasks without one (the workers of dispatchers,
// devices) are not judged by the rules of scopes; what strikes them is put down
// to the nearest task above them that has one.
//
// # What they leave alone
//
//   - an unfinished run ([history.Endless]) proves nothing about what has not
//     happened yet; only what did happen is judged;
//   - a crashed run is judged by P-EXPECT for the crash, and for what happened
//     before;
//   - in free and wall mode the harness sees contexts only at the end, so most
//     of P-CANCEL and P-BLAST has nothing to go by; see [Terms.Unwatched].
package judge

import (
	"slices"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// Terms is what a scenario declares about its own bounds. The zero value is
// the strictest reading of every guarantee.
type Terms struct {
	// EndWithin is how long, in virtual time, a task may take to end after its
	// context is done. Injected delays that the task is inside of, or meets
	// afterwards, are not counted against it beyond their own length, nor are
	// the non-cancellable sections below it; wedges excuse it for good.
	EndWithin time.Duration
	// DispatchWithin is how long, in virtual time, a task may be queued while
	// its dispatcher, and every dispatcher that this one is a view of, runs
	// fewer tasks than it can. What it can run is what Limits says, else the
	// most it was seen to run in this history.
	DispatchWithin time.Duration
	// QueuedWithin is how long a task may be queued at all; 0 is no bound.
	QueuedWithin time.Duration
	// QueuedAt is QueuedWithin for single dispatchers, by name, in its place.
	QueuedAt map[string]time.Duration
	// Limits is how many tasks each dispatcher can run at a time, by name.
	Limits map[string]int
	// HealWithin is how long the second act may take.
	HealWithin time.Duration
	// Radius, if not nil, replaces the allowed blast radius: it reports
	// whether a failure in task `failed` may affect task `other`. It is not
	// asked about a task and itself.
	Radius func(failed, other *history.Task) bool
	// AllowLeft, if not nil, exempts tasks from leak judging (wedged calls that
	// the scenario itself reports, for example). It is also asked about tasks
	// that never ended (State "not ended"), are still queued ("queued at io")
	// and hold something ("holds the lock"); their Stack is empty.
	AllowLeft func(l history.Live) bool
	// AllowStall, if not nil, says of a stalled run that the stall is expected
	// (a wedge that nobody can break, for example).
	AllowStall func(run *history.Run) bool
	// MustFail says of a struck error, panic or Goexit that the task it struck
	// has no choice but to fail with it; nil is [AtRun].
	MustFail func(s faults.Strike) bool
	// Unwatched says that contexts were looked at only when the run was over,
	// as in free and wall mode: then a Done that is missing proves nothing.
	Unwatched bool
	// Slack, if not nil, is virtual time to add to every bound, because the
	// schedule spent it and not the code. The explorer adds what the tape's
	// clock choices let pass while tasks could have run, whatever is set here.
	Slack func(run *history.Run) time.Duration
}

// AtRun is the default of [Terms.MustFail]: strikes at scope/run, where the
// fault takes the place of the job's function.
func AtRun(s faults.Strike) bool { return s.Site == "scope/run" }

// Finding is one broken guarantee.
type Finding struct {
	Property string // "P-BLAST"
	Subject  string // path of the task it is about: part of the failure's signature
	Message  string // one line: what was seen against what is allowed
	// Object is the shared object that P-LINEAR tells of. It, and not the task that
	// happened to see it, is then part of the failure's signature.
	Object string
	// Undecided: whether the guarantee is broken could not be found out.
	Undecided bool
}

// Property is one judge.
type Property struct {
	ID        string // "P-BLAST"
	Title     string // "blast-radius containment"
	Guarantee string // "a failed child of a supervisor must not affect its siblings"
	// Check returns at most one finding a broken guarantee, the root cause first.
	Check func(run *history.Run, terms Terms) []Finding

	check func(v *view) []Finding // Check over an index that others use too
	about []history.Kind          // the events it judges; nil for a judge of all there is
	needs string                  // see Needs
}

// onlyAbout says that a run without any of these events gives p nothing to judge,
// and which call of a body makes them.
func (p Property) onlyAbout(needs string, kinds ...history.Kind) Property {
	p.needs, p.about = needs, kinds
	return p
}

// Needs says what a body has to call to give a particular p something to judge.
func (p *Property) Needs() string { return p.needs }

// IsParticular reports whether there are runs that give p nothing to judge.
func (p *Property) IsParticular() bool { return p.about != nil }

// HasMatter reports whether the run has anything that p judges. A property that
// never had held nothing.
func (p *Property) HasMatter(run *history.Run) bool {
	return p.about == nil || slices.ContainsFunc(run.Events, func(e history.Event) bool { return slices.Contains(p.about, e.Kind) })
}

// property makes a Property of a check.
func property(id, title, guarantee string, check func(v *view) []Finding) Property {
	return Property{
		ID: id, Title: title, Guarantee: guarantee, check: check,
		Check: func(run *history.Run, terms Terms) []Finding {
			v := open(run, terms)
			defer v.close()
			return check(v)
		},
	}
}

// ask is Check over an index that is there already, if p can use one.
func (p *Property) ask(v *view) []Finding {
	if p.check != nil {
		return p.check(v)
	}
	return p.Check(v.run, v.terms)
}

var all = []Property{Cancel, Blast, Errors, Context, Conserve, Starve, Leak, Linear, Heal, Expect}

// All lists the properties of a single run, in the order in which they are
// asked.
func All() []Property { return slices.Clone(all) }

// ByID finds one of [All].
func ByID(id string) (p Property, ok bool) {
	i := slices.IndexFunc(all, func(p Property) bool { return p.ID == id })
	if i < 0 {
		return Property{}, false
	}
	return all[i], true
}

// Judge asks the properties in order and returns the findings of the first one
// that is broken; what follows a root failure is noise. If none is, it returns
// those of the first that was not decided: then nothing is proved. The history
// is indexed once for all of them.
func Judge(run *history.Run, terms Terms, properties []Property) []Finding {
	v := open(run, terms)
	defer v.close()
	var undecided []Finding
	for i := range properties {
		switch found := properties[i].ask(v); {
		case len(found) == 0:
		case !found[0].Undecided:
			return found
		case undecided == nil:
			undecided = found
		}
	}
	return undecided
}
