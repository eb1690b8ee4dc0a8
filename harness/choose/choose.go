// Package choose holds the choosers of the engine: [Drawn], which a seed
// decides; [Replayed], which a tape decides; and the strategies that choose the
// schedule.
//
// # Strategies
//
// One behind one narrow interface each, one file each:
//
//   - [Calm]: no preemption; faults alone.
//   - [Walk]: a uniform choice at every step.
//   - [PCT]: random priorities and d-1 random priority changes (Burckhardt,
//     Kothari, Musuvathi, Nagarakatte: A Randomized Scheduler with
//     Probabilistic Guarantees of Finding Bugs, ASPLOS 2010).
//
// None of them wins everywhere, so runs go round robin ([Portfolio]).
//
// # Swarm
//
// Each run leaves out a random half of the faults and draws how often the rest
// strike, and whether the clock may move by choice (Groce et al.: Swarm Testing,
// ISSTA 2012): a fault that always strikes first hides what comes after it.
package choose

import "github.com/squall-go/squall/harness/engine"

// Strategy chooses the schedule of a run.
type Strategy interface {
	// Name is the strategy's name on tapes.
	Name() string
	// Begin starts a run that is expected to take about steps steps.
	Begin(r *engine.Rand, steps int)
	// Next picks one of ready; 0 is the default. len(ready) > 1.
	Next(ready []*engine.Task) int
}

// Portfolio makes the strategies that runs take in turn.
func Portfolio() []Strategy {
	return []Strategy{Calm{}, &Walk{}, &PCT{Depth: 3}, &Walk{}}
}

// ByName makes the strategy with the given name, or returns nil.
func ByName(name string) Strategy {
	for _, s := range Portfolio() {
		if s.Name() == name {
			return s
		}
	}
	return nil
}
