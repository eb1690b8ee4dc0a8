package scope

import (
	"context"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// What a task tells the history of a run. Each note is a function of its own,
// which a normal build inlines to nothing: inside the bigger functions the
// markers would move the compiler's spills about.

func (n *node) noteOpened() {
	failpoint.Inject("note", func() {
		n.task.Note(n.context(), faults.Event{Kind: faults.Opened, Name: eventNames[n.kind], Flag: n.kind.supervises()})
	})
}

func (n *node) noteDetached() {
	failpoint.Inject("note", func() {
		n.task.Note(n.context(), faults.Event{Kind: faults.Detached})
	})
}

// noteAwaitedBy tells that the task of ctx waits for n.
func (n *node) noteAwaitedBy(ctx context.Context) {
	failpoint.Inject("note", func() {
		faults.Note(ctx, faults.Event{Kind: faults.Waiting, Name: n.path()})
	})
}

// noteReturned tells that err, the failure of n, goes to its caller.
func (n *node) noteReturned(ctx context.Context, err error) {
	failpoint.Inject("note", func() {
		faults.Note(ctx, faults.Event{Kind: faults.Delivered, Of: &n.task, Name: "caller", Err: err})
	})
}

// noteInherited tells that err, the failure of c, a child, becomes one of n.
func (n *node) noteInherited(c *node, err error) {
	failpoint.Inject("note", func() {
		n.task.Note(n.context(), faults.Event{Kind: faults.Delivered, Of: &c.task, Name: "parent", Err: err})
	})
}

// noteHandled tells that the handler took the failure.
func (r *report) noteHandled(handler string) {
	failpoint.Inject("note", func() {
		r.of.task.Note(r.failure.Context, faults.Event{Kind: faults.Delivered, Of: &r.of.task, Name: handler, Err: r.failure.Err})
	})
}
