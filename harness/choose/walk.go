package choose

import "github.com/squall-go/squall/harness/engine"

// Walk chooses uniformly at every step. It has no bound, yet finds most bugs
// that need a few switches close together.
type Walk struct{ r *engine.Rand }

// Name is "walk".
func (*Walk) Name() string { return "walk" }

// Begin keeps the source of randomness.
func (w *Walk) Begin(r *engine.Rand, _ int) { w.r = r }

// Next is uniform.
func (w *Walk) Next(ready []*engine.Task) int { return w.r.Below(len(ready)) }
