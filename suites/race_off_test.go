//go:build !race

package suites_test

const growthCycles = 100_000

// peerRuns is how often a library is run in a story unless it is said otherwise.
const peerRuns = 100
