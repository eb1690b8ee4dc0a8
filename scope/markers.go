package scope

import (
	"context"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// Markers that stand in functions of their own: inside the bigger functions, and
// inlined into them just as well, they would move the compiler's spills about in
// a normal build. So each of these costs a normal build the call of an empty
// function, a nanosecond: once a task, when it is set up, and where one fails, is
// about to block or has blocked.

//go:noinline
func (n *node) noteOpened() {
	failpoint.Inject("note", func() {
		n.task.Note(n.context(), faults.Event{Kind: faults.Opened, Name: eventNames[n.kind], Flag: n.kind.supervises()})
		switch {
		case !n.task.InRun():
			if n.parent == nil {
				faults.Stray(n.name(), n.created)
			}
		case n.kind == kindIsland:
			n.task.Note(n.context(), faults.Event{Kind: faults.Detached, Name: n.created.String()})
		case n.severed():
			n.task.Note(n.context(), faults.Event{Kind: faults.Severed, Name: n.created.String()})
		}
	})
}

// noteAwaitedBy tells that the task of ctx waits for n.
//
//go:noinline
func (n *node) noteAwaitedBy(ctx context.Context) {
	failpoint.Inject("note", func() {
		faults.Note(ctx, faults.Event{Kind: faults.Waiting, Name: n.path()})
	})
}

// noteReturned tells that err, the failure of n, goes to the caller, whose
// context is ctx.
//
//go:noinline
func (n *node) noteReturned(ctx context.Context, err error) {
	failpoint.Inject("note", func() {
		faults.Note(ctx, faults.Event{Kind: faults.Delivered, Of: &n.task, Name: "caller", Err: err})
	})
}

// noteInherited tells that err, the failure of c, a child, becomes one of n.
//
//go:noinline
func (n *node) noteInherited(c *node, err error) {
	failpoint.Inject("note", func() {
		n.task.Note(n.context(), faults.Event{Kind: faults.Delivered, Of: &c.task, Name: "parent", Err: err})
	})
}

// noteHandled tells that the handler took the failure.
//
//go:noinline
func (r *report) noteHandled(handler string) {
	failpoint.Inject("note", func() {
		r.of.task.Note(r.failure.Context, faults.Event{Kind: faults.Delivered, Of: &r.of.task, Name: handler, Err: r.failure.Err})
	})
}

//go:noinline
func beforeClose(ctx context.Context) {
	failpoint.Inject("close", func() { closePoint.At(ctx) })
}

//go:noinline
func closeResumed(ctx context.Context) {
	failpoint.Inject("close-resume", func() { closeResumePoint.At(ctx) })
}

//go:noinline
func beforeAwait(ctx context.Context) {
	failpoint.Inject("await", func() { awaitPoint.At(ctx) })
}

//go:noinline
func awaitResumed(ctx context.Context) {
	failpoint.Inject("await-resume", func() { awaitResumePoint.At(ctx) })
}

// noteAwaited tells that the failure of j went to the task of ctx.
//
//go:noinline
func (j *Job) noteAwaited(ctx context.Context) {
	failpoint.Inject("note", func() {
		if j.failed {
			faults.Note(ctx, faults.Event{Kind: faults.Delivered, Of: &j.task, Name: "await", Err: j.err})
		}
	})
}

//go:noinline
func beforeJoin(ctx context.Context) {
	failpoint.Inject("join", func() { joinPoint.At(ctx) })
}

//go:noinline
func joinResumed(ctx context.Context) {
	failpoint.Inject("join-resume", func() { joinResumePoint.At(ctx) })
}

// watcher is the context of whoever waits for the cancellation of the queued
// job: the job's own, in a run with a task of its own.
//
//go:noinline
func (j *Job) watcher() context.Context {
	failpoint.Inject("note", func() {
		failpoint.Return(faults.WithTask(j.context(), "unqueue"))
	})
	return j.context()
}

//go:noinline
func unqueued(ctx context.Context) {
	failpoint.Inject("unqueue", func() { unqueuePoint.At(ctx) })
}

//go:noinline
func alarmStarted(ctx context.Context) {
	failpoint.Inject("alarm", func() { alarmPoint.At(ctx) })
}

//go:noinline
func alarmResumed(ctx context.Context) {
	failpoint.Inject("alarm-resume", func() { alarmResumePoint.At(ctx) })
}

//go:noinline
func alarmOver(ctx context.Context) {
	failpoint.Inject("alarm-over", func() { alarmOverPoint.At(ctx) })
}
