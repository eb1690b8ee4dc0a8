package explore

import (
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/tape"
)

// Settings say how much is run, and from which seed.
type Settings struct {
	Seed uint64
	Runs int           // number of runs; ignored if For is set
	For  time.Duration // real time to run for
	// Watchdog is how long, in real time, one run may take; 0 is 20 s.
	Watchdog time.Duration
	Plan     faults.Plan  // strikes in every run, in place of what the seed draws
	Known    []*tape.Tape // replayed first
	// MaxShrink bounds the runs that shrinking may take; 0 is 3,000.
	MaxShrink int
	// Stop, if not nil, ends the exploration after the current run when it is
	// closed; the verdict is then Inconclusive unless something was broken.
	Stop <-chan struct{}
	// Progress, if not nil, is called now and then with the number of runs done.
	Progress func(done, total int)
	// Begun, if not nil, is called before each run that the seed draws.
	Begun func(run int)
	// Replayed, if not nil, is called before each of the known tapes is.
	Replayed func(known *tape.Tape)
	// Beat, if not nil, is called before each run, those that repeat and shrink
	// included: while it is, the exploration is alive.
	Beat func()
	// Skip are runs that are left out, because they ended a process before.
	Skip []int
	// Record, if not nil, is told each choice of a drawn run as it is made: what
	// is left of a run that ends the process.
	Record func(run int, c tape.Choice)
	// Found, if not nil, makes the exploration go on after a run that did not
	// hold, and is told of the first one of each signature.
	Found func(*Finding)
	// Familiar, if not nil, tells signatures which are counted and no more, when
	// Found is set.
	Familiar func(signature string) bool
}

func (s *Settings) watchdog() time.Duration {
	if s.Watchdog == 0 {
		return 20 * time.Second
	}
	return s.Watchdog
}

// longestDelay is that of an injected delay on the real clock, where a run has no
// more time than the watchdog gives it.
func (s *Settings) longestDelay() time.Duration { return max(s.watchdog()/10, 2*time.Microsecond) }

func (s *Settings) maxShrink() int {
	if s.MaxShrink == 0 {
		return 3000
	}
	return s.MaxShrink
}
