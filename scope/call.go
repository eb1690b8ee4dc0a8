package scope

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// CloseOnCancel makes a blocking call that ignores contexts cancellable: it
// runs fn in a goroutine of its own, waits for it, and returns what it returns.
// When ctx is done first it closes c, which has to make fn return, waits for
// that, and returns the cause; if fn then returned an error, the cause is in an
// [*InterruptedError] with it. A failed Close and a panic are attached to the
// cause as failures. A result wins over a cancellation that is ready at the same
// time. When ctx is done already, fn does not run and c is closed.
//
// When fn or Close have not returned a grace period ([Grace], one second) after
// closing, CloseOnCancel gives up with a [*StuckError]. The leaked goroutine is
// listed by [Dump] until it ends. fn must not share unsynchronised variables
// with its caller beyond that point.
//
// Cost: one goroutine for the call, another for closing.
//
//go:noinline
func CloseOnCancel(ctx context.Context, name string, c io.Closer, fn func() error, opts ...Option) error {
	k := &call{closer: c, fn: fn, grace: time.Second, over: make(chan struct{})}
	if o := collect(onCall, opts); o != nil {
		k.grace = o.grace
	}
	k.created = caller()
	k.setUp(kindCall, name, ctx, nodeOf(ctx), nil, nil)
	k.enroll()
	defer k.leave()
	if ctx.Err() == nil && k.wait(ctx) {
		return k.delivered(ctx, k.err)
	}
	return k.delivered(ctx, k.interrupt(ctx))
}

// call is one blocking call and the closing of its resource.
type call struct {
	node
	closer io.Closer
	fn     func() error
	grace  time.Duration
	over   chan struct{} // closed when neither fn nor Close is running

	guard    sync.Mutex // of the rest
	running  int        // of fn and Close, how many have not returned
	closed   bool
	closeErr error
	leak     *node // stands for the call in dumps once its caller has given up
}

// wait runs fn and reports whether it returned before ctx was done.
func (k *call) wait(ctx context.Context) bool {
	k.running++
	go k.main()
	w := nodeOf(ctx)
	w.startWaiting(wait{on: &k.node, verb: "call"})
	k.noteAwaitedBy(ctx)
	select {
	case <-k.doneChan():
	case <-ctx.Done():
	}
	failpoint.Inject("call-resume", func() { callResumePoint.At(ctx) })
	w.stopWaiting()
	return k.ended()
}

func (k *call) main() {
	var err error
	normal := false
	defer func() {
		if !normal {
			err = abnormal(recover())
		}
		k.end(err, err != nil)
		k.returned()
	}()
	err = k.perform()
	normal = true
}

// perform is not inlined: whether it were would depend on its markers.
//
//go:noinline
func (k *call) perform() error {
	failpoint.Inject("call", func() {
		if err := callPoint.Err(k.context()); err != nil {
			failpoint.Return(err)
		}
	})
	k.state.Store(stateRunning)
	failpoint.Inject("note", func() { k.task.Note(k.context(), faults.Event{Kind: faults.Started}) })
	err := k.fn()
	failpoint.Inject("call-end", func() {
		if end := callEndPoint.Err(k.context()); end != nil {
			failpoint.Return(spoiled(err, end))
		}
	})
	return err
}

// interrupt closes the resource, in a goroutine of its own because Close may
// hang as well, and says how the call ended.
func (k *call) interrupt(ctx context.Context) error {
	cause := context.Cause(ctx)
	k.guard.Lock()
	if k.running == 0 {
		k.over = make(chan struct{}) // fn returned since wait looked, and closed it
	}
	k.running++
	k.guard.Unlock()
	go k.close(faults.WithTask(ctx, "close"))
	grace := time.NewTimer(k.grace)
	defer grace.Stop()
	w := nodeOf(ctx)
	w.startWaiting(wait{on: &k.node, verb: "call, whose resource is closed"})
	k.noteAwaitedBy(ctx)
	select {
	case <-k.over:
	case <-grace.C:
	}
	failpoint.Inject("call-grace-resume", func() { callGraceResumePoint.At(ctx) })
	w.stopWaiting()
	return k.interrupted(cause)
}

func (k *call) close(ctx context.Context) {
	var err error
	normal := false
	defer func() {
		if !normal {
			err = abnormal(recover())
		}
		k.guard.Lock()
		k.closed, k.closeErr = true, err
		k.guard.Unlock()
		k.returned()
	}()
	err = k.closeResource(ctx)
	normal = true
}

// closeResource is not inlined: whether it were would depend on its marker.
//
//go:noinline
func (k *call) closeResource(ctx context.Context) error {
	failpoint.Inject("call-close", func() {
		if err := callClosePoint.Err(ctx); err != nil {
			failpoint.Return(err)
		}
	})
	return k.closer.Close()
}

// returned is the last step of both goroutines.
func (k *call) returned() {
	k.guard.Lock()
	defer k.guard.Unlock()
	k.running--
	if k.running > 0 {
		return
	}
	if k.leak != nil {
		roots.remove(k.leak)
	}
	close(k.over)
}

func (k *call) interrupted(cause error) error {
	k.guard.Lock()
	defer k.guard.Unlock()
	if k.running > 0 {
		return k.giveUp(cause)
	}
	var failures []error
	switch err := k.err.(type) {
	case nil:
	case *PanicError, *GoexitError:
		failures = append(failures, err)
	default:
		if !isCancellation(err, cause, context.Canceled) {
			cause = &InterruptedError{Name: k.path(), Cause: cause, Err: err}
		}
	}
	if k.closeErr != nil {
		failures = append(failures, k.closeErr)
	}
	return combine(prepend(cause, failures))
}

// giveUp leaves a root behind that shows the stuck call for as long as it is.
func (k *call) giveUp(cause error) error {
	k.leak = &node{kind: kindCall, created: k.created, born: k.born, base: k.base}
	k.leak.task.Init(nil, k.path(), nil)
	k.leak.state.Store(stateStuck)
	k.leak.shown = &shown{cause: cause}
	roots.add(k.leak)
	return &StuckError{
		Name: k.path(), Created: k.created.String(), Stack: stack(), Grace: k.grace,
		Cause: cause, Close: k.closeErr, Closing: !k.closed, Returned: k.ended(),
	}
}

// delivered is not inlined: its marker would change the caller.
//
//go:noinline
func (k *call) delivered(ctx context.Context, result error) error {
	failpoint.Inject("note", func() {
		if k.ended() && k.err != nil {
			faults.Note(ctx, faults.Event{Kind: faults.Delivered, Of: &k.task, Name: "caller", Err: k.err})
		}
	})
	return result
}
