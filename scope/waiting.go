package scope

import "time"

// wait is what a task waits for, as dumps show it.
type wait struct {
	verb  string // what it waits for, or
	on    *node  // the task, or
	lock  *Mutex // the lock
	since time.Time
}

func (w wait) real() bool { return w.verb != "" || w.on != nil || w.lock != nil }

func (w wait) String() string {
	switch {
	case w.on != nil:
		return w.on.path()
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
	if n.wait == nil {
		n.wait = new(wait)
	}
	*n.wait = w
	n.mu.Unlock()
}

// waitingFor is what n waits for. Called with n.mu held.
func (n *node) waitingFor() wait {
	if n.wait == nil {
		return wait{}
	}
	return *n.wait
}

func (n *node) stopWaiting() {
	if n == nil {
		return
	}
	n.mu.Lock()
	*n.wait = wait{}
	n.mu.Unlock()
}
