package choose

import "github.com/squall-go/squall/harness/engine"

// Calm never preempts: the task goes on until it blocks. What it finds needs no
// unlucky schedule, and makes the shortest counterexamples.
type Calm struct{}

// Name is "calm".
func (Calm) Name() string { return "calm" }

// Begin does nothing.
func (Calm) Begin(*engine.Rand, int) {}

// Next returns 0.
func (Calm) Next([]*engine.Task) int { return 0 }
