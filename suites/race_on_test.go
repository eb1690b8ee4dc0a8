//go:build race

package suites_test

// The race detector makes a cycle ten times dearer, and has seen all there is to
// see long before the last one.
const growthCycles = 10_000

// peerRuns is how often a library is run in a story unless it is said otherwise: a
// run takes many times as long.
const peerRuns = 60
