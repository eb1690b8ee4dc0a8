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
}

func (s *Settings) watchdog() time.Duration {
	if s.Watchdog == 0 {
		return 20 * time.Second
	}
	return s.Watchdog
}

func (s *Settings) maxShrink() int {
	if s.MaxShrink == 0 {
		return 3000
	}
	return s.MaxShrink
}
