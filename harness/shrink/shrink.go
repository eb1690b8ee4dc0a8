// Package shrink makes a failing tape as small as it goes: delta debugging over
// its choices, then over the values in them. It knows nothing of runs; whether
// a tape still fails in the same way is a question it asks.
//
// # What is tried, in this order
//
//  1. no choice at all; then without all switches, all clock moves, all cases of
//     selects, all parameters;
//  2. for switches, clock moves, cases, parameters and faults in turn: without
//     halves, quarters and so on down to single ones, the last ones first;
//  3. simpler values: parameters towards their smallest value (binary search);
//     cases that stand higher up in their select;
//     durations shorter (1ns, 10ns, … then fewer digits); faults of a simpler
//     kind (panic, goexit, hang and wedge to error, other cancellations to
//     cancel-task) if the failpoint allows it; messages to "boom"; hits to #1.
//
// All of it is repeated until a whole round finds nothing: what is left can be
// shrunk no further by these means, now or later. Every step makes the tape
// strictly simpler, so that the end is reached. For n choices of which k matter,
// the first round of 1 and 2 takes about 2k·log2(n) runs if the failure is
// monotone; if it is not, more rounds follow, and Options.MaxRuns is the bound.
package shrink

import (
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/tape"
)

// DefaultMaxRuns is the limit when Options.MaxRuns is 0.
const DefaultMaxRuns = 5000

// Options limit and guide the search; the zero value is ready to use.
type Options struct {
	// MaxRuns is how often the question may be asked; 0 is DefaultMaxRuns, and
	// less than 2 counts as 2.
	MaxRuns int
	// Allows says which faults a failpoint allows; nil leaves the kinds of
	// faults as they are.
	Allows func(site string) faults.Kind
}

// Shrink returns the smallest tape it finds that still fails, and the number of
// runs, which is how often it called fails. It asks about t first and about the
// result last; if one of the two does not fail, the failure is not
// reproducible, and min is nil.
//
// No single choice of min can be taken away without losing the failure, unless
// the runs were used up. The same t and the same answers give the same min.
// fails must be deterministic, and is never asked about one list of choices
// twice, but for the last question. It gets a tape of its own each time, with
// Hash and Total 0, and may set these two: min keeps what the last question
// set. t is not changed. A caller that wants to stop early lets fails return
// false from then on; min is nil then too, and the smallest tape so far is the
// last one for which fails returned true.
func Shrink(t *tape.Tape, fails func(*tape.Tape) bool, opts Options) (min *tape.Tape, runs int) {
	s := newSearch(t, fails, opts)
	if !s.ask(s.best) {
		return nil, s.runs
	}
	for before := -1; s.kept != before; {
		before = s.kept
		s.round()
	}
	if !s.ask(s.best) {
		return nil, s.runs
	}
	return s.last, s.runs
}

// round goes once through all that can be tried.
func (s *search) round() {
	s.drop(func(tape.Choice) bool { return true })
	for _, kind := range [...]tape.Kind{tape.Switch, tape.Clock, tape.Select, tape.Param} {
		s.drop(func(c tape.Choice) bool { return c.Kind == kind })
	}
	for _, kind := range [...]tape.Kind{tape.Switch, tape.Clock, tape.Select, tape.Param, tape.Strike} {
		s.halve(kind)
	}
	s.simplify()
}
