// Package portable proves that a seed means the same on another processor: its
// test builds the catalogue for several architectures and compares what each came
// to, scenario by scenario, down to the hash of every step and event. 386 tells of
// the size of an int, arm64 of another instruction set, under emulation.
//
// It builds the suites once for each, so it is run by make verify-portable and not
// by make test.
package portable
