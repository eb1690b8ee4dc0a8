package scope

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// node is one task of the tree: what scopes, jobs, sections and calls have in
// common. Lock order: a node's mu before its parent's, never the reverse.
type node struct {
	task    faults.Task // also the name
	parent  *node       // nil for a root
	base    context.Context
	rare    *rare
	created birthplace
	born    time.Time

	kind       kind
	failed     bool // what it ended with is a failure, not a cancellation
	closed     bool // no child is admitted any more
	concluding bool // of a long-lived scope: someone is ending it
	state      atomic.Uint32

	// The standard library's context of the node. Most jobs never look at
	// theirs, and until somebody does, the parent's tells all there is to
	// tell: a node that is cancelled itself always has one.
	made      atomic.Bool // std and cancelStd are set for good
	live      int32       // children; guarded by mu
	std       context.Context
	cancelStd context.CancelCauseFunc

	mu         sync.Mutex // of the rest, and of failed, closed and concluding
	prev, next *node      // siblings, or roots of the registry
	first      *node      // children, oldest first
	last       *node
	serial     int
	idle       chan struct{} // made by a waiter, closed when live is 0
	done       chan struct{} // made by a waiter, closed when the node has ended
	failures   []error
	err        error // what it ended with
	shown      *shown
}

// rare is what few tasks have, so that the others are small: a launch costs what
// its memory costs. It is made before anyone else can reach the task.
type rare struct {
	origin     string        // of an island: path of the task that made it
	timeout    *TimeoutError // its own, nil if it has none or an outer one fires first
	handler    func(*Failure) error
	dispatcher Dispatcher
	unwatch    func() bool // of a queued job: stop waiting for its cancellation
	due        time.Time   // of a timeout or a bound: when it fires
	late       error       // and the cause
	tell       func(*TimeoutError, Node)
	alarm      *alarm // of a timeout that is told of
}

// parentTask is the task of n's base, which for a job is the parent's own: that
// need not be looked up.
func (n *node) parentTask() *faults.Task {
	if n.parent != nil && n.base == n.parent.context() {
		return &n.parent.task
	}
	return faults.TaskOf(n.base)
}

func (n *node) name() string { return n.task.Name() }

func (n *node) origin() string {
	if n.rare == nil {
		return ""
	}
	return n.rare.origin
}

// timeout is nil as an error too.
func (n *node) timeout() error {
	if n.rare == nil || n.rare.timeout == nil {
		return nil
	}
	return n.rare.timeout
}

type kind uint8

const (
	kindScope kind = iota
	kindSupervisor
	kindLongScope
	kindLongSupervisor
	kindJob
	kindAsync
	kindIsland
	kindSection
	kindCall
)

var kindNames = [...]string{
	"scope", "supervisor", "scope", "supervisor", "job", "async", "island", "section", "call",
}

// eventNames is what the kinds are called in a history.
var eventNames = [...]string{
	"scope", "supervisor", "scope", "supervisor", "launch", "async", "detached", "noncancellable", "call",
}

func (k kind) isJob() bool       { return k == kindJob || k == kindAsync || k == kindIsland }
func (k kind) supervises() bool  { return k == kindSupervisor || k == kindLongSupervisor }
func (k kind) isLongLived() bool { return k == kindLongScope || k == kindLongSupervisor }

const (
	stateNew uint32 = iota
	stateQueued
	stateRunning
	stateStuck
	stateEnded
)

// setUp makes n a task below the one that base carries. It must come before n
// is reachable by anyone else.
func (n *node) setUp(k kind, name string, base context.Context, parent *node, owner faults.Canceler, o *options) {
	n.kind, n.base, n.parent = k, base, parent
	n.born = time.Now()
	n.task.Init(n.parentTask(), name, owner)
	n.noteOpened()
	if o != nil {
		n.rare = &rare{origin: o.origin, handler: o.handler, dispatcher: o.dispatcher}
		if o.timed {
			n.arm(o.timeout, o.onTimeout)
		}
	}
}

// numbered is name, or the next number if there is none.
func (n *node) numbered(name string) string {
	if name != "" {
		return name
	}
	n.mu.Lock()
	n.serial++
	serial := n.serial
	n.mu.Unlock()
	return strconv.Itoa(serial)
}

// admit makes c a child of n, or says why not.
func (n *node) admit(c *node) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.refusal(); err != nil {
		return err
	}
	n.link(c)
	return nil
}

func (n *node) refusal() error {
	switch {
	case n.closed && !n.kind.isLongLived():
		return ErrClosed
	case len(n.failures) > 0 && !n.kind.supervises():
		return n.failures[0]
	case n.err != nil:
		return n.err
	case n.closed:
		return ErrClosed
	case n.context().Err() != nil:
		return context.Cause(n.context())
	}
	return nil
}

// enroll puts a node that is no job into the tree: below its parent, or among
// the roots if it has none that is alive.
func (n *node) enroll() {
	if n.parent != nil && n.parent.adopt(n) {
		return
	}
	n.parent = nil
	roots.add(n)
}

func (n *node) adopt(c *node) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.state.Load() == stateEnded || n.closed && n.live == 0 {
		return false
	}
	n.link(c)
	return true
}

// leave is the last step of a node: it takes it out of the tree and wakes who
// waited for that.
func (n *node) leave() {
	if n.parent == nil {
		roots.remove(n)
		return
	}
	n.parent.forget(n)
}

func (n *node) forget(c *node) {
	n.mu.Lock()
	n.unlink(c)
	conclude := n.concludable()
	if n.live == 0 && !n.concluding && n.idle != nil {
		close(n.idle)
		n.idle = nil
	}
	n.mu.Unlock()
	if conclude {
		n.conclude()
	}
}

func (n *node) link(c *node) {
	c.prev = n.last
	if n.last == nil {
		n.first = c
	} else {
		n.last.next = c
	}
	n.last = c
	n.live++
}

func (n *node) unlink(c *node) {
	if c.prev == nil {
		n.first = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		n.last = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.prev, c.next = nil, nil
	n.live--
}

func (n *node) hasChildren() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.live > 0
}

// idleChan is nil when n has no children, else it is closed when it has none.
func (n *node) idleChan() chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ended() || n.live == 0 && !n.concluding {
		return nil
	}
	if n.idle == nil {
		n.idle = make(chan struct{})
	}
	return n.idle
}

// finishChildren waits, whatever happens, until n has no children, and admits
// none from then on. Long-lived scopes below n are closed first.
func (n *node) finishChildren() {
	for !n.closeIfIdle() {
		n.closeScopes()
		idle := n.idleChan()
		if idle == nil {
			continue
		}
		n.startWaiting(wait{verb: "its children"})
		failpoint.Inject("note", func() {
			n.task.Note(n.context(), faults.Event{Kind: faults.Waiting, Name: "its children"})
		})
		<-idle
		failpoint.Inject("wait-resume", func() { waitResumePoint.At(n.context()) })
		n.stopWaiting()
	}
}

func (n *node) closeIfIdle() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = n.closed || n.live == 0
	return n.live == 0
}

// decideTimeout is where the end of a task and its timeout meet: a timeout that
// has fired by now is the outcome.
func (n *node) decideTimeout() {
	timeout := n.timeout()
	if timeout == nil {
		return
	}
	failpoint.Inject("timeout", func() { timeoutPoint.At(n.context()) })
	if cause, _ := n.cancelled(); !same(cause, timeout) {
		return
	}
	failpoint.Inject("note", func() {
		n.task.Note(n.context(), faults.Event{Kind: faults.Cancelled, Err: timeout})
	})
}

// closeScopes closes the long-lived scopes among n's children.
func (n *node) closeScopes() {
	for _, c := range n.openScopes() {
		c.shut()
	}
}

func (n *node) openScopes() (open []*node) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := n.first; c != nil; c = c.next {
		if c.kind.isLongLived() {
			open = append(open, c)
		}
	}
	return open
}

// end makes the result visible. Everything that n did happens before.
func (n *node) end(err error, failed bool) {
	failpoint.Inject("note", func() {
		ended := faults.Event{Kind: faults.Ended}
		if failed {
			ended.Err = err
		}
		n.task.Note(n.context(), ended)
	})
	n.mu.Lock()
	n.err, n.failed = err, failed
	n.state.Store(stateEnded)
	if n.done != nil {
		close(n.done)
	}
	if n.idle != nil {
		close(n.idle)
		n.idle = nil
	}
	n.mu.Unlock()
	n.release()
}

func (n *node) ended() bool { return n.state.Load() == stateEnded }

func (n *node) doneChan() chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.done == nil {
		n.done = make(chan struct{})
		if n.ended() {
			close(n.done)
		}
	}
	return n.done
}

// forbidWaitBy panics if waiter is n or runs below it: it would wait for itself.
func (n *node) forbidWaitBy(waiter *node) {
	for w := waiter; w != nil; w = w.parent {
		if w == n {
			panic("scope: " + waiter.path() + " would wait for itself, being " + n.path() + " or below it")
		}
	}
}
