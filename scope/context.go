package scope

import (
	"context"
	"strings"
	"time"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// nodeContext is a node seen as the context of its task.
type nodeContext node

// nodeKey is the key under which a context carries its node.
type nodeKey struct{}

func nodeOf(ctx context.Context) *node {
	n, _ := ctx.Value(nodeKey{}).(*node)
	return n
}

// Name is the name of the innermost task that ctx belongs to, "" if none.
func Name(ctx context.Context) string {
	if n := nodeOf(ctx); n != nil {
		return n.name()
	}
	return ""
}

// Path is the names from the root to the innermost task that ctx belongs to,
// joined by "/"; "" if there is none.
func Path(ctx context.Context) string {
	if n := nodeOf(ctx); n != nil {
		return n.path()
	}
	return ""
}

func (n *node) path() string {
	if n.parent == nil {
		return n.name()
	}
	var b strings.Builder
	n.writePath(&b)
	return b.String()
}

func (n *node) writePath(b *strings.Builder) {
	if n.parent != nil {
		n.parent.writePath(b)
		b.WriteByte('/')
	}
	b.WriteString(n.name())
}

func (n *node) context() context.Context { return (*nodeContext)(n) }

// standard makes the node's own context if there is none yet.
func (n *node) standard() context.Context {
	if n.made.Load() {
		return n.std
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.made.Load() {
		return n.std
	}
	n.std, n.cancelStd = context.WithCancelCause(n.base)
	if n.ended() {
		n.cancelStd(nil)
	}
	n.made.Store(true)
	return n.std
}

// arm starts the node's timeout. When an outer deadline is due no later, the
// outer one is left to fire: of two timers due at one instant, which one the
// runtime runs first is chance.
func (n *node) arm(after time.Duration, tell func(*TimeoutError, Node)) {
	deadline := n.born.Add(after)
	// One that has expired is not left to an outer timer that is just about to
	// fire: the function must not run.
	if outer, ok := n.base.Deadline(); ok && after > 0 && !deadline.Before(outer) {
		return
	}
	n.rare.timeout = &TimeoutError{Name: n.path(), After: after}
	n.armWith(deadline, n.rare.timeout)
	n.rare.tell = tell
}

func (n *node) armWith(deadline time.Time, cause error) {
	n.rare.due, n.rare.late = deadline, cause
	ctx, cancel := context.WithCancelCause(n.base)
	timed, stop := context.WithDeadlineCause(ctx, deadline, cause)
	n.std = timed
	n.cancelStd = func(cause error) { cancel(cause); stop() }
	n.made.Store(true)
}

// release lets go of the parent's context and of timers.
func (n *node) release() {
	if n.made.Load() {
		n.cancelStd(nil)
	}
}

// cancel cancels the node and everything below it, if nobody did so before. It
// is not inlined: whether it were would depend on its marker.
//
//go:noinline
func (n *node) cancel(cause error) {
	if n.ended() || !n.tryCancel(cause) {
		return
	}
	failpoint.Inject("note", func() {
		n.task.Note(n.context(), faults.Event{Kind: faults.Cancelled, Err: cause})
	})
}

func (n *node) tryCancel(cause error) bool {
	std := n.standard()
	n.mu.Lock()
	defer n.mu.Unlock()
	if std.Err() != nil {
		return false
	}
	n.show().cause = cause
	n.cancelStd(cause)
	return true
}

func orCanceled(cause error) error {
	if cause == nil {
		return context.Canceled
	}
	return cause
}

// cancelled is the cause of n's cancellation and its context's error, or nil.
func (n *node) cancelled() (cause, ctxErr error) {
	ctx := n.context()
	if ctxErr = ctx.Err(); ctxErr == nil {
		return nil, nil
	}
	return context.Cause(ctx), ctxErr
}

func (c *nodeContext) Done() <-chan struct{} { return (*node)(c).standard().Done() }

func (c *nodeContext) Err() error {
	switch {
	case c.made.Load():
		return c.std.Err()
	case (*node)(c).ended():
		return context.Canceled
	}
	return c.base.Err()
}

func (c *nodeContext) Deadline() (time.Time, bool) {
	if c.made.Load() {
		return c.std.Deadline()
	}
	return c.base.Deadline()
}

// Value answers the keys of the task and of the node itself. Any other key,
// also the one under which package context looks for a cause, is answered by
// what the node derives from.
func (c *nodeContext) Value(key any) any {
	switch key.(type) {
	case faults.Key:
		return &c.task
	case nodeKey:
		return (*node)(c)
	}
	if c.made.Load() {
		return c.std.Value(key)
	}
	return c.base.Value(key)
}

// String is what %v prints for the context.
func (c *nodeContext) String() string { return "scope.Context(" + (*node)(c).path() + ")" }
