package cardreader

import (
	"context"
	"sync"
	"time"

	"github.com/pingcap/failpoint"
)

// Extension is one call, one answer, on a [Controller]: the API extension of
// *Coroutine Case Study & Lessons Learned*. It may be used by many goroutines,
// and has to be the only one who uses its Controller.
//
//   - Calls are carried out one at a time, first come, first served. A call that
//     waits for its turn gives up when its context is done.
//   - A call takes at most the timeout from its turn on, and returns at that
//     instant, not before. Waiting for the turn does not count: the context
//     bounds that.
//   - An answer wins over a timeout, and a timeout over a cancellation, when
//     several are ready.
//   - An answer that belongs to a call which is over is discarded and counted;
//     see the package comment for how it is told.
//   - An answer that comes before the call listens is not lost.
//   - A pulled cable ends the call under way at once, with [ErrUnplugged].
//   - However a call ends, the reader is free for the next one.
type Extension struct {
	controller *Controller
	timeout    time.Duration
	turn       turn

	mu    sync.Mutex
	stats ExtensionStats
}

// ExtensionStats is what became of calls and callbacks.
type ExtensionStats struct {
	Calls     int // calls that had their turn
	Answered  int // calls that returned what a callback brought
	TimedOut  int // calls that returned a timeout
	Cancelled int // calls that were cancelled during their turn
	Failed    int // calls that could not listen, or did not return
	Duplicate int // callbacks discarded: the call had its answer
	Late      int // callbacks discarded: the call was over without one
}

// NewExtension gives every call on c at most timeout. It panics if timeout is not
// positive.
func NewExtension(c *Controller, timeout time.Duration) *Extension {
	if timeout <= 0 {
		panic("cardreader: the timeout of an extension must be positive, and " + timeout.String() + " is not")
	}
	return &Extension{controller: c, timeout: timeout}
}

// DeviceInfo asks the device about itself.
func (e *Extension) DeviceInfo(ctx context.Context) DeviceInfoResult {
	a := e.ask(ctx, deviceInfo)
	switch {
	case a.timedOut:
		return DeviceInfoTimeout{After: e.timeout}
	case a.err != nil:
		return DeviceInfoFailure{Err: a.err}
	}
	if err := a.info.Validate(); err != nil {
		return DeviceInfoFailure{Err: err}
	}
	return DeviceInfoSuccess{Info: a.info}
}

// StartUSB connects to the device.
func (e *Extension) StartUSB(ctx context.Context) StartUSBResult {
	a := e.ask(ctx, startUSB)
	switch {
	case a.timedOut:
		return StartUSBTimeout{After: e.timeout}
	case a.err != nil:
		return StartUSBFailure{Err: a.err}
	case a.already:
		return StartUSBAlreadyConnected{}
	}
	return StartUSBSuccess{}
}

// ask waits for the turn and makes one call.
func (e *Extension) ask(ctx context.Context, kind command) answer {
	if ctx.Err() != nil {
		return answer{err: context.Cause(ctx)}
	}
	if err := e.turn.acquire(ctx); err != nil {
		return answer{err: err}
	}
	defer e.turn.release(ctx)
	if ctx.Err() != nil { // the turn won over the cancellation
		return answer{err: context.Cause(ctx)}
	}
	return e.call(ctx, e.begin(kind))
}

// call installs the call's own listener before it gives the command: a callback
// cannot be too early, nor meant for another call.
func (e *Extension) call(ctx context.Context, c *call) answer {
	defer e.end(c)
	due := time.Now().Add(e.timeout)
	timer := time.NewTimer(e.timeout)
	defer timer.Stop()
	listening, err := e.controller.Subscribe(ctx, c)
	if err != nil {
		return answer{err: err}
	}
	defer listening.Cancel(ctx)
	e.controller.command(ctx, c.kind)
	failpoint.Inject("listen", func() { listenPoint.At(ctx) })
	select {
	case <-c.answered:
	case <-timer.C:
	case <-ctx.Done():
	}
	awake(ctx)
	return e.outcome(ctx, c, due)
}

// outcome decides what ended the call, in the order that [Extension] promises;
// several may be ready by now.
func (e *Extension) outcome(ctx context.Context, c *call, due time.Time) answer {
	e.mu.Lock()
	defer e.mu.Unlock()
	c.over = true
	switch {
	case c.has:
		e.stats.Answered++
		return c.answer
	case !time.Now().Before(due):
		e.stats.TimedOut++
		return answer{timedOut: true}
	}
	e.stats.Cancelled++
	return answer{err: context.Cause(ctx)}
}

func (e *Extension) begin(kind command) *call {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stats.Calls++
	return &call{extension: e, kind: kind, answered: make(chan struct{})}
}

// end is deferred: a call that could not listen, or that a panic carried off, is
// over too.
func (e *Extension) end(c *call) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !c.over {
		c.over = true
		e.stats.Failed++
	}
}

// Stats counts calls and callbacks so far.
func (e *Extension) Stats() ExtensionStats {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stats
}
