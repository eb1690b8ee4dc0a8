package scope

import "time"

// wait is what a task waits for, as dumps show it.
type wait struct {
	on    *node  // the task, or
	lock  *Mutex // the lock
	verb  string // how it waits for the task; alone: what it waits for
	since time.Time
}

// shown is what dumps tell of a task beyond its state. It is made when there is
// something to tell.
type shown struct {
	wait  wait
	cause error // of its cancellation, if that was asked for by this package
}

// show is made if need be. Called with n.mu held.
func (n *node) show() *shown {
	if n.shown == nil {
		n.shown = new(shown)
	}
	return n.shown
}

func (w wait) real() bool { return w.verb != "" || w.on != nil || w.lock != nil }

func (w wait) String() string {
	switch {
	case w.on != nil:
		return w.on.path() + " (" + w.verb + ")"
	case w.lock != nil:
		return "lock " + w.lock.describe()
	}
	return w.verb
}

// startWaiting is a no-op for code outside every task, which has no node.
func (n *node) startWaiting(w wait) {
	if n == nil {
		return
	}
	w.since = time.Now()
	n.mu.Lock()
	n.show().wait = w
	n.mu.Unlock()
}

// waitingFor is what n waits for. Called with n.mu held.
func (n *node) waitingFor() wait {
	if n.shown == nil {
		return wait{}
	}
	return n.shown.wait
}

func (n *node) stopWaiting() {
	if n == nil {
		return
	}
	n.mu.Lock()
	n.shown.wait = wait{}
	n.mu.Unlock()
}
