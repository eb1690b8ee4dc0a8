// Package tape is the list of choices that decide a run, as data and as a file
// that a person can read. Only choices other than the default are on the tape,
// each keyed by the place where it is made, so that taking one away leaves the
// meaning of the others: the default is that nothing strikes, the current task
// goes on, the clock waits its turn, a select takes the first case that is ready,
// and a parameter has its smallest value.
//
// # The file
//
// A tape is a text of UTF-8, at most 1 MiB ([MaxSize]), which a person may
// write and change:
//
//	squall tape 1
//	scenario S3 version 1
//	control cancels-siblings
//	seed 42 run 17 strategy pct
//	failure P-BLAST fanout/A
//	hash 9f2c41d0a1b2c3d4
//	choices 8 of 61
//	param children = 4
//	param size in fanout/B = 2
//	fault scope/run #1 in fanout/B: error "boom"
//	switch at scope/await #1 in fanout to "fanout/order 7"
//	switch after scope/await #1 in fanout to fanout/B
//	switch at wake 3 to fanout/B
//	clock at scope/await #1 in fanout +1.5ms
//	select pool/(*Pool).Submit/select-1 #1 in fanout/B takes case 2
//	end
//
// The first line, scenario and end must be there. end is the last line, so
// that a file cut short is found out. The other lines above the choices may be
// left out; the number after choices, if given, must be that of the choices.
// Empty lines and lines that start with # do not count. Names are quoted as in
// [faults.QuoteWord].
package tape

import (
	"time"

	"github.com/squall-go/squall/faults"
)

// Kind says what a [Choice] decides.
type Kind uint8

const (
	// Param gives the parameter Name of the workload the value Value.
	Param Kind = iota
	// Strike makes Fault strike at Place.
	Strike
	// Switch lets the task To go on at Place, instead of the default one.
	Switch
	// Clock lets the clock move by Advance at Place although tasks are runnable.
	Clock
	// Select makes the select at Place take the case with the index Value, which
	// is ready, before those that stand above it in the source.
	Select
)

// Place is where a choice is made. For Param, only Name and Task are used.
type Place struct {
	Site string // full name of the failpoint or select; "" for a wake-up
	Hit  int    // visit number from 1; for a wake-up its number in the run
	Task string // path; "" for a wake-up
	// After: the task went on from the point and has blocked or ended since.
	After bool
}

// Choice is one choice that differs from the default.
type Choice struct {
	Kind    Kind
	Place   Place
	Name    string        // Param
	Value   int           // Param: offset from the smallest value, > 0; Select: index of the case, > 0
	Fault   faults.Fault  // Strike
	To      string        // Switch: path of the task
	Advance time.Duration // Clock
}

// Tape decides one run of one scenario.
type Tape struct {
	Scenario string
	Version  int    // of the scenario; another version may not replay it
	Control  string // name of the broken variant that was run; "" for the real one
	Seed     uint64
	Run      int // number of the run under Seed, from 0
	Strategy string
	Failure  string // signature of what failed; "" if the run held
	Hash     uint64 // trace hash of the run
	Total    int    // number of choices the run had in which it was found, defaults included
	Choices  []Choice
}

// Plan is the faults on the tape.
func (t *Tape) Plan() faults.Plan {
	var plan faults.Plan
	for _, c := range t.Choices {
		if c.Kind == Strike {
			plan = append(plan, c.strike())
		}
	}
	return plan
}
