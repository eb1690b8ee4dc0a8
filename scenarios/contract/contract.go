// Package contract is what a fake and the real part have in common: clauses that
// both must keep, so that what a scenario proves on the fake is true of the real
// part as far as these clauses go.
//
//   - [Listener]: fakes/listener, fakes/memnet, a TCP listener;
//   - [Connection]: fakes/memnet, a TCP connection;
//   - [Database]: fakes/legacydb, database/sql on an embedded database.
//
// A clause is a function of a part, for any clock: in a bubble its waits cost
// nothing, on the real clock they are on events, and [Bound] is only for what
// never comes. Who runs a clause makes a new part for it, calls its Over
// afterwards, and looks for goroutines that are left.
package contract

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Clause is one sentence of a contract. Check returns how a part breaks it.
type Clause[P any] struct {
	Says  string
	Check func(p P) error
}

// Bound is how long anything may take that has to happen. It is wide, since the
// machine may be busy: what breaks a clause does not come at all.
const Bound = 20 * time.Second

// errGone is why callers are cancelled.
var errGone = errors.New("the caller has gone")

// late is a wait that went over the bound.
func late(what string, bound time.Duration) error {
	return fmt.Errorf("%s: not within %v", what, bound)
}

// within waits for what comes out of c.
func within[T any](what string, c <-chan T) (value T, err error) {
	timer := time.NewTimer(Bound)
	defer timer.Stop()
	select {
	case value = <-c:
		return value, nil
	case <-timer.C:
		return value, late(what, Bound)
	}
}

// start runs fn in a goroutine and returns where its error comes out.
func start(fn func() error) <-chan error {
	out := make(chan error, 1)
	go func() { out <- fn() }()
	return out
}

// until polls for what tells of itself only when it is asked.
func until(what string, holds func() bool) error { return untilWithin(Bound, what, holds) }

func untilWithin(bound time.Duration, what string, holds func() bool) error {
	for deadline := time.Now().Add(bound); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return late(what, bound)
		}
	}
	return nil
}

// matches: err is target.
func matches(what string, err, target error) error {
	if !errors.Is(err, target) {
		return fmt.Errorf("%s: %v, not %q", what, err, target)
	}
	return nil
}

func cancellable() (context.Context, context.CancelCauseFunc) {
	return context.WithCancelCause(context.Background())
}
