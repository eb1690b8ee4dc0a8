package cardreader

import (
	"context"
	"fmt"
	"time"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

type command uint8

const (
	deviceInfo command = iota
	startUSB
)

// String is the command's name, and the name of the device's task for it.
func (k command) String() string {
	return [...]string{"GetDeviceInfo", "StartUSB"}[k]
}

// callback is what comes back for one command.
type callback struct {
	kind    command
	to      *Subscription // nil: nobody listened
	plug    int           // the state of the cable when the command was given
	err     error         // set: OnError
	info    DeviceInfo
	already bool
	garbled bool
}

// call gives the callback to its listener.
func (cb *callback) call() {
	switch {
	case cb.to == nil:
	case cb.err != nil:
		cb.to.listener.OnError(cb.err)
	case cb.kind == deviceInfo:
		cb.to.listener.OnReturnDeviceInfo(cb.info)
	case cb.already:
		cb.to.listener.OnUSBAlreadyConnected()
	default:
		cb.to.listener.OnUSBConnected()
	}
}

// carryOut is the device's goroutine for one command.
func (c *Controller) carryOut(ctx context.Context, cb *callback) {
	defer c.running.Done()
	c.begun(ctx)
	if !c.pause(ctx, c.latency) || !c.read(ctx, cb) {
		c.lose()
		return
	}
	c.answer(ctx, cb)
}

// pause lets d pass, and reports whether the controller is still open.
func (c *Controller) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.stop:
	}
	paused(ctx)
	select {
	case <-c.stop:
		return false
	default:
		return true
	}
}

// read does what the command says, and reports whether there is an answer: a
// cable that was pulled meanwhile takes it away.
//
//go:noinline
func (c *Controller) read(ctx context.Context, cb *callback) bool {
	if !c.perform(cb) {
		return false
	}
	failpoint.Inject("payload", func() {
		if payloadPoint.At(ctx).Is(faults.Corrupt) {
			c.garble(cb)
		}
	})
	return true
}

func (c *Controller) perform(cb *callback) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case cb.plug%2 != 0:
		cb.err = ErrUnplugged
	case cb.plug != c.plug:
		return false
	case cb.err != nil:
	case cb.kind == deviceInfo:
		cb.info.Battery, cb.info.Firmware, cb.info.Serial = 87, "4.11.2", "TST-0042"
	default:
		cb.already = c.started
		c.started = true
	}
	return true
}

// answer gives the callback, if nothing comes between.
//
//go:noinline
func (c *Controller) answer(ctx context.Context, cb *callback) {
	failpoint.Inject("callback", func() {
		if c.misdelivered(ctx, cb, callbackPoint.At(ctx)) {
			failpoint.Return()
		}
	})
	c.deliver(cb)
}

// misdelivered carries out what struck a callback, and reports whether that was
// all: if not, the callback is still to be given.
func (c *Controller) misdelivered(ctx context.Context, cb *callback, f faults.Fault) bool {
	switch {
	case f.Err != nil:
		cb.err = fmt.Errorf("cardreader: %s: %w", cb.kind, f.Err)
	case f.Is(faults.Corrupt):
		c.garble(cb)
	case f.Is(faults.Drop):
		c.lose()
		return true
	case f.Is(faults.Reorder):
		c.hold(cb)
		return true
	case f.Is(faults.Late):
		return c.lateBy(ctx, f.Delay)
	case f.Is(faults.Duplicate):
		c.copied()
		c.deliver(cb)
		return c.lateBy(ctx, c.latency)
	}
	return false
}

// lateBy reports whether the controller was closed before the callback could be
// given.
func (c *Controller) lateBy(ctx context.Context, d time.Duration) bool {
	if c.pause(ctx, d) {
		return false
	}
	c.lose()
	return true
}

// copied books a second callback.
func (c *Controller) copied() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Duplicated++
	c.stats.Pending++
}

// deliver gives cb to its listener, and then those that it has overtaken.
func (c *Controller) deliver(cb *callback) {
	c.turn.Lock()
	defer c.turn.Unlock()
	for _, one := range c.due(cb) {
		one.call()
	}
}

// garble makes nonsense of an answer.
func (c *Controller) garble(cb *callback) {
	if cb.err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !cb.garbled {
		cb.garbled = true
		c.stats.Garbled++
	}
	if cb.kind != deviceInfo {
		cb.err = ErrGarbled
		return
	}
	switch c.garbled % 3 {
	case 0:
		cb.info.Battery = 300
	case 1:
		cb.info.Serial = ""
	case 2:
		cb.info.Firmware = "4.11"
	}
	c.garbled++
}
