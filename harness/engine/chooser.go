package engine

import (
	"time"

	"github.com/squall-go/squall/faults"
)

// Place is where a scheduling choice is made.
type Place struct {
	Task *Task // the task that ran last; nil after a wake-up
	Site *faults.Site
	Hit  int  // visit of Task to Site; the number of the wake-up if Task is nil
	Gone bool // Task has blocked or ended since Site; else it is parked there
}

// Chooser makes every choice of a run. In controlled mode its methods are
// called one at a time, in an order that its own answers decide; in free mode
// they are called under the engine's lock.
type Chooser interface {
	// Param picks the value of a workload parameter, in [0, n).
	Param(t *Task, name string, n int) int
	// Strike picks what strikes t at its hit-th visit to s: one of allowed,
	// which is not empty, or the zero Fault.
	Strike(t *Task, s *faults.Site, hit int, allowed faults.Kind) faults.Fault
	// Select picks the case of p that t looks at first at its hit-th visit, in
	// [0, n); 0 is the default. n > 1.
	Select(t *Task, p *faults.SelectPoint, hit, n int) int
	// Next picks the task that goes on; 0 is the default. len(ready) > 1.
	Next(at Place, ready []*Task) int
	// Clock picks how far the clock moves first; 0 is the default.
	Clock(at Place) time.Duration
}

// Calm is the chooser of the default: nothing strikes, nothing is preempted.
type Calm struct{}

// Param returns 0.
func (Calm) Param(*Task, string, int) int { return 0 }

// Strike returns the zero Fault.
func (Calm) Strike(*Task, *faults.Site, int, faults.Kind) faults.Fault { return faults.Fault{} }

// Select returns 0.
func (Calm) Select(*Task, *faults.SelectPoint, int, int) int { return 0 }

// Next returns 0.
func (Calm) Next(Place, []*Task) int { return 0 }

// Clock returns 0.
func (Calm) Clock(Place) time.Duration { return 0 }
