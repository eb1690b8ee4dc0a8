package dispatcher

import (
	"fmt"
	"time"
)

// Option is a setting of a new pool.
type Option func(*settings)

type settings struct {
	name    string
	limit   int
	after   time.Duration
	stalled func(Stall)
}

// Limit sets how many tasks run at a time. It is the only limit there is; the
// constructors panic if n is below 1.
func Limit(n int) Option {
	return func(s *settings) { s.limit = n }
}

// Named sets the name that errors, snapshots and histories use.
func Named(name string) Option {
	return func(s *settings) { s.name = name }
}

// OnStall has report called for each piece of work that has waited for longer
// than after, in the pool or in a view of it: once for each, in a goroutine of
// its own, one call at a time. There is one timer for the pool, and it exists
// only while something waits. OnStall panics if after is not positive or report
// is nil.
func OnStall(after time.Duration, report func(Stall)) Option {
	if after <= 0 || report == nil {
		panic(fmt.Sprintf("dispatcher: OnStall(%v): needs a positive duration and a function", after))
	}
	return func(s *settings) { s.after, s.stalled = after, report }
}
