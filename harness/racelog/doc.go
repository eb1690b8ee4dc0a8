// Package racelog is what Go's race detector says of a process: where it writes it
// ([Environ], [Collect], [Mark], [Since]), and what it means ([Parse], [Race]).
//
// # Where
//
// The detector writes to the standard error, unless the option log_path of GORACE
// names a file: then to that name with a dot and the process' id behind it. Squall
// starts its suites, replays and workers with one, so that a run that raced can be
// told with the stacks. A log_path that the user has set stays as it is; it is
// read all the same.
//
// # What
//
// A report has two accesses, each with its stack, and where their goroutines were
// created. Addresses and numbers of goroutines are another in each process, and
// are left out: goroutines are A, B, … in the order in which the report names
// them.
package racelog

import "strings"

// Property is the property that a data race breaks. No judge stands for it: the
// race detector speaks up.
const Property = "P-RACE"

// Signs reports whether a signature, or what a tape says that it failed with, is
// that of a data race.
func Signs(signature string) bool {
	return signature == Property || strings.HasPrefix(signature, Property+" ")
}
