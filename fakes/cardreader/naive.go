package cardreader

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pingcap/failpoint"
)

// Errors of the naive callers.
var (
	// ErrAbandoned ends the calls of a naive caller whose Abandon was called.
	ErrAbandoned = errors.New("cardreader: abandoned")
	// ErrBusy is how a [NewBusy] caller refuses a call.
	ErrBusy = errors.New("cardreader: the reader is busy")
)

// Naive is a control: the polling loop of *Coroutine Case Study & Lessons
// Learned*, over two fields that callbacks write and calls read. The fields have
// a lock, which they have not in the account: the data race is the one bug that
// was mended, so that the others can be seen under the race detector. Those are
//
//   - endless loop: without a callback the call never returns (R3), and it does
//     not look at its context either;
//   - hang after unplug: OnUSBDisconnected is ignored, the call never returns (R8);
//   - error left for the next call: the second of two errors fails the next call,
//     whatever the device answered (R2);
//   - duplicate answers the next call: as above, with an answer (R5);
//   - garbage accepted: the answer is not checked (R11);
//   - crossed callers: of two calls at a time, either takes the other's answer (R9);
//   - with [NewImpatient], stale event: the late answer to a call that has given
//     up answers the next one (R4);
//   - with [NewBusy], reader stays busy: a call that gives up never frees it (R10).
type Naive struct {
	controller *Controller
	poll       time.Duration
	impatient  bool
	exclusive  bool

	mu        sync.Mutex
	info      *DeviceInfo
	err       error
	busy      bool
	abandoned bool
}

// NewNaive is the loop as it stands in the account, which sleeps poll between two
// looks. It installs itself on c as the listener of all calls.
func NewNaive(ctx context.Context, c *Controller, poll time.Duration) (*Naive, error) {
	return (&Naive{controller: c, poll: poll}).install(ctx)
}

// NewImpatient is the first repair one thinks of: the loop ends when the context
// is done.
func NewImpatient(ctx context.Context, c *Controller, poll time.Duration) (*Naive, error) {
	return (&Naive{controller: c, poll: poll, impatient: true}).install(ctx)
}

// NewBusy is the second: one call at a time, guarded by a flag.
func NewBusy(ctx context.Context, c *Controller, poll time.Duration) (*Naive, error) {
	return (&Naive{controller: c, poll: poll, impatient: true, exclusive: true}).install(ctx)
}

func (n *Naive) install(ctx context.Context) (*Naive, error) {
	_, err := n.controller.Subscribe(ctx, n)
	return n, err
}

// DeviceInfo gives the command and looks for its answer every now and then.
func (n *Naive) DeviceInfo(ctx context.Context) (DeviceInfo, error) {
	if !n.enter() {
		return DeviceInfo{}, ErrBusy
	}
	n.controller.GetDeviceInfo(ctx)
	for {
		info, err, over := n.look()
		if over {
			return info, err
		}
		if n.impatient && ctx.Err() != nil {
			return DeviceInfo{}, context.Cause(ctx) // and busy stays set
		}
		time.Sleep(n.poll)
		failpoint.Inject("poll", func() { pollPoint.At(ctx) })
	}
}

func (n *Naive) enter() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.exclusive && n.busy {
		return false
	}
	n.busy = true
	return true
}

// look is the inside of the account's loop, and what follows it.
func (n *Naive) look() (info DeviceInfo, err error, over bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.abandoned:
		return DeviceInfo{}, ErrAbandoned, true
	case n.err != nil:
		err, n.err = n.err, nil // null the value for next time
	case n.info != nil:
		info, n.info = *n.info, nil // null the value for next time
	default:
		return DeviceInfo{}, nil, false
	}
	n.busy = false
	return info, err, true
}

// Abandon ends every call, now and later, at its next look. It is no part of the
// account: it is how a run gets rid of a control that will not end.
func (n *Naive) Abandon() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.abandoned = true
}

// OnReturnDeviceInfo keeps the answer for whoever looks.
func (n *Naive) OnReturnDeviceInfo(info DeviceInfo) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.info = &info
}

// OnError keeps the error for whoever looks.
func (n *Naive) OnError(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.err = err
}

// OnUSBConnected is ignored.
func (n *Naive) OnUSBConnected() {}

// OnUSBAlreadyConnected is ignored.
func (n *Naive) OnUSBAlreadyConnected() {}

// OnUSBDisconnected is ignored.
func (n *Naive) OnUSBDisconnected() {}
