package faults

import (
	"context"
	"sync/atomic"
)

// Site is one failpoint: its name, the faults that make sense there, and what
// happens there. Declare it as a package variable beside its marker.
type Site struct {
	// Name is the marker's name, unique in its package. Register completes it by
	// the package's path below its module, as in "scope/launch".
	Name string
	// Doc says in a few words where the code stands when it gets here.
	Doc string
	// Allows is the set of faults that may strike here. Empty: the point is
	// only a place where the schedule may change.
	Allows Kind

	id   atomic.Int32 // index in the registry + 1; 0 is not registered
	full string       // set by Register, in init functions
	name name         // likewise
}

// At is the failpoint itself: a place where the schedule may change and where a
// fault may strike. A fault of the engine's group has been carried out when At
// returns (or At does not return); what is left to do is in the result: Err for
// faults that make the operation fail, Kind for those of [Carried].
//
// Outside a run, At returns the zero Fault. Cost there: one context lookup.
func (s *Site) At(ctx context.Context) Fault {
	t := TaskOf(ctx)
	if t == nil || t.engine == nil {
		tellTaskless(s)
		return Fault{}
	}
	return t.engine.At(ctx, t, s)
}

// Err is At for failpoints that allow no fault of [Carried]: it returns the
// error that the operation has to fail with, or nil.
func (s *Site) Err(ctx context.Context) error { return s.At(ctx).Err }

// ID is the site's index in the registry, -1 before it is registered. It is
// the same in every process of one binary, and no longer than a process lives.
func (s *Site) ID() int { return int(s.id.Load()) - 1 }

// String is the failpoint's full name, as plans write it.
func (s *Site) String() string {
	if s.full != "" {
		return s.full
	}
	return s.Name
}
