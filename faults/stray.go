package faults

import (
	"fmt"
	"sync/atomic"
)

// Watcher is told, in the goroutine that makes it, of each task that a layer
// makes without a task in its context: nothing ties such a task to whoever made
// it. name is the task's, created where (file:line).
type Watcher func(name, created string)

var watcher atomic.Pointer[Watcher]

// WatchStrays sets the process's watcher, until stop is called or another one is
// set. The harness watches while a run is under way.
func WatchStrays(w Watcher) (stop func()) {
	watcher.Store(&w)
	return func() { watcher.CompareAndSwap(&w, nil) }
}

// Stray tells the watcher, if there is one; created is asked only then. Call it
// inside a failpoint marker, so that a normal build pays nothing.
//
//go:noinline
func Stray(name string, created fmt.Stringer) {
	if w := watcher.Load(); w != nil {
		(*w)(name, created.String())
	}
}
