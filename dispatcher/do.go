package dispatcher

import (
	"context"
	"runtime/debug"

	"github.com/pingcap/failpoint"

	"github.com/squall-go/squall/faults"
)

// Do runs fn on d and waits for it: the caller hops to d and comes back. fn gets
// a context derived from ctx, and is a task called name, a child of ctx's.
//
// Do returns what fn returned; a [*PanicError] if it panicked; a [*GoexitError] if it
// called runtime.Goexit (which on [NewUnconfined] ends the caller, too). If ctx is
// cancelled while fn is queued, it is taken out of the queue, never runs, and Do
// returns context.Cause(ctx) at once; while fn runs, Do waits for it and returns
// its result: a result wins over a cancellation. A closed dispatcher: [*ClosedError].
//
// Do blocks its goroutine. When that is a worker of d itself, it keeps its place:
// nested Do on a full pool waits for itself; see [Snapshot.Deadlock]. Cost: three
// allocations, and a goroutine as for [Dispatcher.Dispatch].
func Do(ctx context.Context, d *Dispatcher, name string, fn func(ctx context.Context) error) error {
	t, err := Submit(ctx, d, name, fn)
	if err != nil {
		return err
	}
	return t.await(ctx, nil)
}

// Submit is [Do] that does not wait: the result is the ticket's. The error is
// that of [Dispatcher.Dispatch]. If ctx is cancelled while fn is queued and nobody
// waits for the ticket, fn leaves the queue when its turn comes.
func Submit(ctx context.Context, d *Dispatcher, name string, fn func(ctx context.Context) error) (*Ticket, error) {
	t := &Ticket{fn: fn, done: make(chan struct{})}
	t.ctx = callContext{Context: faults.WithTask(ctx, name), ticket: t}
	t.item = item{ctx: &t.ctx, name: name, leaf: d, work: t}
	if err := d.submit(&t.item); err != nil {
		return nil, err
	}
	return t, nil
}

// Ticket is work that was submitted, and later its result.
type Ticket struct {
	item item
	ctx  callContext
	fn   func(context.Context) error
	done chan struct{}
	err  error // final when done is closed
}

// Done is closed when the work has ended or was abandoned.
func (t *Ticket) Done() <-chan struct{} { return t.done }

// Wait waits for the result: see [Do]. If ctx is done first it returns
// context.Cause(ctx), and the work goes on. When several things are so at a time,
// the result comes first, then the cancellation of the submitted work, then that
// of ctx. Any number of goroutines may wait, any number of times.
func (t *Ticket) Wait(ctx context.Context) error { return t.await(ctx, ctx.Done()) }

// await is Wait for whoever gives up when stop is closed.
func (t *Ticket) await(ctx context.Context, stop <-chan struct{}) error {
	if t.over() {
		return t.err
	}
	if waiter := workOf(ctx); waiter != nil {
		waiter.item.awaits.Store(&t.item)
		defer waiter.item.awaits.Store(nil)
	}
	failpoint.Inject("note", func() {
		faults.Note(ctx, faults.Event{Kind: faults.Waiting, Of: faults.TaskOf(&t.ctx), Name: t.item.name})
	})
	cancelled := t.ctx.Done()
	for {
		select {
		case <-t.done:
		case <-cancelled:
		case <-stop:
		}
		failpoint.Inject("wait-resume", func() { waitResumePoint.At(ctx) })
		switch {
		case t.over():
			return t.err
		case t.ctx.Err() != nil && t.takeBack():
			return t.err
		case stop != nil && ctx.Err() != nil:
			return context.Cause(ctx)
		}
		cancelled = nil // a worker has it: only its end counts now
	}
}

func (t *Ticket) over() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// takeBack ends cancelled work that is still queued.
func (t *Ticket) takeBack() bool {
	if !t.item.leaf.withdraw(&t.item) {
		return false
	}
	t.item.drop(context.Cause(&t.ctx))
	return true
}

func (t *Ticket) abandon(cause error) {
	t.err = cause
	close(t.done)
}

// run calls fn; whichever way that ends, the ticket has a result.
func (t *Ticket) run() {
	returned := false
	defer func() {
		if !returned {
			t.err = t.interrupted(recover())
		}
		t.item.ended() // who waits for the result finds the run finished
		close(t.done)
	}()
	t.err = call(&t.ctx, t.fn)
	returned = true
}

// interrupted is the failure of a function that did not return.
func (t *Ticket) interrupted(panicked any) error {
	if panicked == nil {
		return &GoexitError{Task: t.item.label()}
	}
	return &PanicError{Task: t.item.label(), Value: panicked, Stack: debug.Stack()}
}

func call(ctx context.Context, fn func(context.Context) error) error {
	failpoint.Inject("call", func() {
		if err := callPoint.Err(ctx); err != nil {
			failpoint.Return(err)
		}
	})
	return fn(ctx)
}

// callContext is the context of submitted work; it knows which work that is.
type callContext struct {
	context.Context
	ticket *Ticket
}

type callKey struct{}

func (c *callContext) Value(key any) any {
	if key == (callKey{}) {
		return c.ticket
	}
	return c.Context.Value(key)
}

// workOf is the submitted work that ctx was given to, or nil.
func workOf(ctx context.Context) *Ticket {
	t, _ := ctx.Value(callKey{}).(*Ticket)
	return t
}
