package choose

import (
	"slices"

	"github.com/squall-go/squall/harness/engine"
)

// PCT is probabilistic concurrency testing. Every task gets a random priority
// when it first appears, and the highest one that is ready goes on; at Depth-1
// random steps the task about to run falls below all others. A bug that needs d
// ordering constraints among n tasks in a run of k steps is found with a
// probability of at least 1/(n·k^(d-1)) a run, if Depth >= d and k is not
// underestimated.
type PCT struct {
	Depth int

	r        *engine.Rand
	priority []uint64 // by task id; higher goes first
	changes  []int    // steps, ascending
	step     int
}

// Name is "pct".
func (*PCT) Name() string { return "pct" }

// Begin draws the steps at which priorities change.
func (p *PCT) Begin(r *engine.Rand, steps int) {
	p.r, p.step = r, 0
	p.priority, p.changes = p.priority[:0], p.changes[:0]
	for range p.Depth - 1 {
		p.changes = append(p.changes, r.Below(max(steps, 1)))
	}
	slices.Sort(p.changes)
}

// Next picks the task with the highest priority.
func (p *PCT) Next(ready []*engine.Task) int {
	best := p.highest(ready)
	for len(p.changes) > 0 && p.step >= p.changes[0] {
		// Below every initial priority, and the later the higher: the paper's d-i.
		p.priority[ready[best].ID] = uint64(p.Depth - len(p.changes))
		p.changes = p.changes[1:]
		best = p.highest(ready)
	}
	p.step++
	return best
}

func (p *PCT) highest(ready []*engine.Task) int {
	best := 0
	for i, t := range ready {
		for len(p.priority) <= t.ID {
			p.priority = append(p.priority, p.r.Uint64()|1<<32)
		}
		if p.priority[t.ID] > p.priority[ready[best].ID] {
			best = i
		}
	}
	return best
}
