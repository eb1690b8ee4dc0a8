package engine

import (
	"context"
	"sync"
)

// Raced reports whether the race detector spoke up during the run. It tells of
// each race once a process, so the same run, made again, may not have raced.
func (e *Engine) Raced() bool { return e.raced }

// Detecting reports whether this process has the race detector.
func Detecting() bool { return detecting }

// apart runs the bubble in a goroutine of its own under the race detector: after a
// race, the bubble's T ends the goroutine that asked for it.
func (e *Engine) apart(body func(context.Context, *Engine)) {
	if !detecting {
		e.inBubble(body)
		return
	}
	e.raced = true
	var bubble sync.WaitGroup
	bubble.Go(func() {
		e.inBubble(body)
		e.raced = false
	})
	bubble.Wait()
}
