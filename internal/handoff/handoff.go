// Package handoff is the floor that benchmarks are measured against: what it
// costs, whatever the engine does, to let one goroutine of a bubble run and to
// wait until it is blocked again. A ratio to it means the same on every machine.
package handoff

import (
	"testing"
	"testing/synctest"
	"time"
)

// Bare is how long the given number of steps takes: a controller sends to each
// of some goroutines in turn and waits until all are blocked, without any
// decision. The bubble's own start and end are included.
func Bare(goroutines, steps int) time.Duration {
	from := time.Now()
	synctest.Test(new(testing.T), func(*testing.T) {
		turns := make([]chan struct{}, goroutines)
		for i := range turns {
			turn := make(chan struct{})
			turns[i] = turn
			go func() {
				for range turn {
				}
			}()
		}
		synctest.Wait()
		for i := range steps {
			turns[i%goroutines] <- struct{}{}
			synctest.Wait()
		}
		for _, turn := range turns {
			close(turn)
		}
	})
	return time.Since(from)
}
