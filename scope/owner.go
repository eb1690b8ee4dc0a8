package scope

// deliver hands n's failure to its owner, and is told what is left over: a
// report that nobody took has to crash the program.
func (n *node) deliver(err error, r *report) {
	p := n.parent
	switch {
	case p == nil || p.kind.supervises() && n.kind != kindAsync:
		r.start(n, err)
	case p.kind.supervises():
		// The awaiters of an async job own its failure.
	default:
		p.childFailed(n, err)
	}
}

// childFailed makes the failure of c, a child, one of n.
func (n *node) childFailed(c *node, err error) {
	n.noteInherited(c, err)
	for _, err := range flatten(err) {
		n.die(err)
	}
}

// die counts the failure and cancels n. The owner of a long-lived scope learns
// of its death now, not when the last child is over: it has to stop too.
func (n *node) die(err error) {
	if !n.addFailure(err) {
		return
	}
	n.cancel(err)
	if n.kind == kindLongScope && n.parent != nil && !n.parent.kind.supervises() {
		n.parent.die(err)
	}
	if n.kind.isLongLived() {
		n.closeScopes()
	}
}

// concludable claims the right to end a long-lived scope. Called with n.mu held.
func (n *node) concludable() bool {
	if !n.kind.isLongLived() || n.live > 0 || n.concluding {
		return false
	}
	dead := len(n.failures) > 0 || n.context().Err() != nil
	if !n.closed && !dead {
		return false
	}
	n.closed, n.concluding = true, true
	return true
}

// bury ends a long-lived scope if it is closed or dead and has no children.
func (n *node) bury() {
	n.closeScopes()
	n.mu.Lock()
	conclude := n.concludable()
	n.mu.Unlock()
	if conclude {
		n.conclude()
	}
}

// shut refuses further launches, and ends the scope if it has no children.
func (n *node) shut() {
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	n.bury()
}

// conclude ends a long-lived scope in the goroutine of whoever was the last to
// leave it.
func (n *node) conclude() {
	err, failed := n.settle(nil)
	var r report
	defer func() {
		n.end(err, failed)
		n.leave()
		r.crash()
	}()
	if failed {
		n.deliver(err, &r)
	}
}
