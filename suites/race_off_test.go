//go:build !race

package suites_test

const growthCycles = 100_000
