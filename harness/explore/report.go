package explore

import (
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/harness/tape"
)

// Report is the result of an exploration.
type Report struct {
	Verdict        Verdict
	Runs           int
	Steps          int
	Struck         int
	Hash           uint64 // of the histories of all runs, in order
	Counterexample *Counterexample
	// Unseen are the declared facts that no run showed, Seen those that some did;
	// that a property found anything to judge is one of them.
	Unseen, Seen []string
	// Dead are patterns and planned faults that matched nothing or never struck,
	// each with the reason.
	Dead []string
	// Unstruck: faults were declared, and not one struck in any run.
	Unstruck bool
	// Unvisited: no run reached a failpoint or had a choice to make, so that all
	// of them were one and the same. Taskless are failpoints that were reached in a
	// context without a task, sorted.
	Unvisited bool
	Taskless  []string
	// Flaky: the path of a task that two goroutines used at once; else
	// the two histories of one tape, and the tape.
	Shared        string
	SharedAt      [2]string // the failpoints that the two stood at
	First, Second *history.Run
	FlakyTape     *tape.Tape
	// Replayed is how often the flaky tape was run, if it was given and not found,
	// and ReplayedBroke how many of those runs broke anything.
	Replayed, ReplayedBroke int
	// Luck is what a run on the real clock broke, and no repetition did again.
	Luck []judge.Finding
	// Wedge is the dump of a run that did not come back, WedgedAfter the real
	// time it was given, and WedgeTape what it had chosen, if that could be read.
	Wedge       string
	WedgedAfter time.Duration
	// WedgeAlive is what the layers had alive then.
	WedgeAlive string
	WedgeTape  *tape.Tape
	// WedgeSteps is how many steps it took, WedgeAt its virtual time, and
	// WedgeLast its last step, if that could be read.
	WedgeSteps int
	WedgeAt    time.Duration
	WedgeLast  *history.Step
	// Misfits are the tapes that were replayed and do not fit any more, and whose
	// runs broke nothing; of a single replay, also one that broke something.
	Misfits []*Misfit
	// Undecided is the guarantee of which nobody knows whether the last run broke
	// it; the verdict is then Inconclusive.
	Undecided *judge.Finding
	// Raced: the race detector spoke up. It tells of each race once a process:
	// an exploration that follows in this one may race and not show it.
	Raced bool
	// Stopped: the exploration was interrupted.
	Stopped bool
	// Coverage counts the strikes.
	Coverage map[Cell]int
	// Failures counts the runs that did not hold by signature, and Handovers
	// the places where one task gave way to another, when the exploration goes on.
	Failures  map[string]int
	Handovers map[Handover]int
	// Last is the history of the last run, for a look at a scenario that holds.
	Last *history.Run
}

// Cell is a failpoint and a fault.
type Cell struct {
	Site string
	Kind faults.Kind
}

// Handover is two failpoints of different tasks that were passed one right after
// the other.
type Handover struct{ From, To string }

// Finding is a run that did not hold, in an exploration that goes on.
type Finding struct {
	Signature string // property and task of a broken run, of a race its functions; else the verdict
	Run       int
	Report    *Report // with the verdict and what goes with it
}

// Counterexample is a broken run, confirmed and shrunk, unless Unshrunk says why not.
type Counterexample struct {
	Findings   []judge.Finding // of the shrunk run
	Tape       *tape.Tape      // the smallest storm, or, unshrunk, the one that found it
	Found      *tape.Tape      // the storm that found it
	Run        *history.Run    // of Tape
	FoundAt    int             // number of runs until it was found, itself included
	ShrinkRuns int
	ShrinkTime time.Duration
	// Races are what the race detector said during the run, in that order; none
	// if it broke something else, or the detector writes where nobody can read it.
	Races    []racelog.Race
	Known    bool   // it was in the corpus
	Unshrunk string // why Tape was left as it was found; "" if it was made smaller
}
