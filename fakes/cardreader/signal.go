package cardreader

import (
	"context"

	"github.com/pingcap/failpoint"
)

// Signal is a control: no polling, but a callback that hands its answer only to
// a caller who stands there to take it. Its bugs are
//
//   - lost wake-up: a callback that comes before its caller listens is lost, and
//     the call never returns (R7);
//   - blocked for ever: without a callback the call never returns (R3), and it
//     does not look at its context either;
//   - hang after unplug: OnUSBDisconnected is ignored (R8);
//   - garbage accepted: the answer is not checked (R11).
type Signal struct {
	controller *Controller
	answers    chan answer
	abandoned  chan struct{}
}

// NewSignal installs itself on c as the listener of all calls.
func NewSignal(ctx context.Context, c *Controller) (*Signal, error) {
	s := &Signal{controller: c, answers: make(chan answer), abandoned: make(chan struct{})}
	_, err := c.Subscribe(ctx, s)
	return s, err
}

// DeviceInfo gives the command and waits for its answer.
func (s *Signal) DeviceInfo(ctx context.Context) (DeviceInfo, error) {
	s.controller.GetDeviceInfo(ctx)
	failpoint.Inject("listen", func() { listenPoint.At(ctx) })
	a := s.receive()
	awake(ctx)
	return a.info, a.err
}

func (s *Signal) receive() answer {
	select {
	case a := <-s.answers:
		return a
	case <-s.abandoned:
		return answer{err: ErrAbandoned}
	}
}

func (s *Signal) hand(a answer) {
	select {
	case s.answers <- a:
	default: // nobody there
	}
}

// Abandon ends every call, now and later. It is how a run gets rid of a control
// that will not end. Call it once.
func (s *Signal) Abandon() { close(s.abandoned) }

// OnReturnDeviceInfo hands the answer to a caller who waits.
func (s *Signal) OnReturnDeviceInfo(info DeviceInfo) { s.hand(answer{info: info}) }

// OnError hands the error to a caller who waits.
func (s *Signal) OnError(err error) { s.hand(answer{err: err}) }

// OnUSBConnected is ignored.
func (s *Signal) OnUSBConnected() {}

// OnUSBAlreadyConnected is ignored.
func (s *Signal) OnUSBAlreadyConnected() {}

// OnUSBDisconnected is ignored.
func (s *Signal) OnUSBDisconnected() {}
