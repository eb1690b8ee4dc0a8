// Package judge holds the properties: pure functions over the recorded history
// of a run, one file each, each quoting the guarantee it judges.
package judge

import (
	"time"

	"github.com/squall-go/squall/harness/history"
)

// Terms is what a scenario declares about its own bounds. The zero value is
// the strictest reading of every guarantee.
type Terms struct {
	// EndWithin is how long, in virtual time, a task may take to end after its
	// context is done. Injected delays and hangs that the task is inside of
	// when cancelled are not counted against it beyond their own length.
	EndWithin time.Duration
	// DispatchWithin is how long, in virtual time, a task may be queued while
	// capacity exists; it is also the longest wait at full capacity if that is
	// longer than FullWithin.
	DispatchWithin time.Duration
	// QueuedWithin is how long a task may be queued at all; 0 is no bound.
	QueuedWithin time.Duration
	// HealWithin is how long the second act may take.
	HealWithin time.Duration
	// Radius, if not nil, replaces the allowed blast radius: it reports
	// whether a failure in task `failed` may affect task `other`.
	Radius func(failed, other *history.Task) bool
	// AllowLeft, if not nil, exempts tasks from leak judging (wedged calls that
	// the scenario itself reports, for example).
	AllowLeft func(l history.Live) bool
}

// Finding is one broken guarantee.
type Finding struct {
	Property string // "P-BLAST"
	Subject  string // path of the task it is about: part of the failure's signature
	Message  string // one line: what was seen against what is allowed
}

// Property is one judge.
type Property struct {
	ID        string // "P-BLAST"
	Title     string // "blast-radius containment"
	Guarantee string // "a failed child of a supervisor must not affect its siblings"
	// Check returns at most one finding a broken guarantee, the root cause first.
	Check func(run *history.Run, terms Terms) []Finding
}
