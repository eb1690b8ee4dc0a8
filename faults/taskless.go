package faults

import "sync/atomic"

var taskless atomic.Pointer[func(*Site)]

// WatchTaskless sets the process's watcher of failpoints that are reached in a
// context without a task, where nothing can strike; w is called in the goroutine
// that came there, until stop is called or another watcher is set. The harness
// watches while a run is under way.
func WatchTaskless(w func(*Site)) (stop func()) {
	taskless.Store(&w)
	return func() { taskless.CompareAndSwap(&w, nil) }
}

func tellTaskless(s *Site) {
	if w := taskless.Load(); w != nil {
		(*w)(s)
	}
}
