package scope

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// OnTimeout calls fn when the task's own [Timeout] fires, which the same call has
// to set: with the timeout, and with the task and everything below it as they
// were just before, when nobody had been cancelled yet (a hundredth of the
// timeout before, at most ten milliseconds). fn does not wait for a task that
// hangs; the task is over when fn is. fn runs in a goroutine of its own; it must
// not wait for the task, and a panic in it ends the program. For Run, Supervise,
// Launch, Async and Detach.
//
// Cost: a timer, and at the timeout a goroutine.
func OnTimeout(fn func(timeout *TimeoutError, task Node)) Option {
	return Option{"OnTimeout", onRun | onLaunch | onAsync | onDetach, func(o *options) { o.onTimeout = fn }}
}

// DumpOnTimeout is [OnTimeout] with a function that writes what it is given to w
// as a dump, in one Write, below a line that names the timeout. An error of w is
// ignored.
func DumpOnTimeout(w io.Writer) Option {
	return OnTimeout(func(timeout *TimeoutError, task Node) {
		_, _ = fmt.Fprintf(w, "%v; just before:\n%v", timeout, task)
	})
}

// alarm tells of a task's timeout. It looks a moment before, because whoever
// answers a cancellation is elsewhere a moment after.
type alarm struct {
	timer *time.Timer
	tell  func(*TimeoutError, Node)
	over  chan struct{} // closed when the task is over
	rung  chan struct{} // closed when the alarm is
	late  bool          // the task is over, and timed out
}

// lead is how long before the timeout the task is looked at.
func lead(after time.Duration) time.Duration {
	return max(1, min(after/100, 10*time.Millisecond))
}

// setAlarm comes when n is in the tree, and before it can end.
func (n *node) setAlarm() {
	if n.rare == nil || n.rare.tell == nil {
		return
	}
	a := &alarm{tell: n.rare.tell, over: make(chan struct{}), rung: make(chan struct{})}
	n.rare.alarm = a
	ctx := n.watchman()
	a.timer = time.AfterFunc(time.Until(n.rare.due)-lead(n.rare.timeout.After), func() { a.ring(ctx, n) })
}

// watchman is the context in which the alarm passes failpoints: in a run with a
// task of its own.
//
//go:noinline
func (n *node) watchman() context.Context {
	failpoint.Inject("note", func() {
		failpoint.Return(faults.WithTask(n.context(), "alarm"))
	})
	return n.context()
}

func (a *alarm) ring(ctx context.Context, n *node) {
	defer close(a.rung)
	alarmStarted(ctx)
	seen := n.snapshot()
	select {
	case <-n.std.Done():
	case <-a.over:
	}
	alarmResumed(ctx)
	if a.due(n) {
		a.tell(n.rare.timeout, seen)
	}
}

// due: what the end of the task decided counts, if it has.
func (a *alarm) due(n *node) bool {
	select {
	case <-a.over:
		return a.late
	default:
		cause, _ := n.cancelled()
		return same(cause, n.timeout())
	}
}

// silence ends the alarm of a task that is over; one that has rung is waited for.
func (n *node) silence() {
	if n.rare == nil || n.rare.alarm == nil {
		return
	}
	a := n.rare.alarm
	cause, _ := n.cancelled()
	a.late = same(cause, n.timeout())
	close(a.over)
	if !a.timer.Stop() {
		<-a.rung
		alarmOver(n.context())
	} else if a.late {
		a.tell(n.rare.timeout, n.snapshot())
	}
}
