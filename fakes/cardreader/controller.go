package cardreader

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/squall-go/squall/faults"
)

// Stats is the books of the device. At every moment
//
//	Commands + Duplicated = Delivered + Unheard + Lost + Held + Pending
type Stats struct {
	Commands   int // commands given
	Duplicated int // callbacks that were made twice
	Delivered  int // callbacks that a listener got; OnUSBDisconnected does not count
	Unheard    int // callbacks of commands given while no listener was installed
	Lost       int // callbacks that never came: struck, cable pulled, controller closed
	Held       int // callbacks that wait for one to overtake them
	Pending    int // callbacks that are still to come
	Garbled    int // callbacks whose answer was made nonsense, wherever they went
	Listeners  int // listeners installed, 0 or 1
}

// Controller is the vendor's handle on one device. It may be used by many
// goroutines. [Controller.Close] ends all it started.
type Controller struct {
	// Asked, if not nil, is told the number of each reading that is asked for
	// ([DeviceInfo.Reading]), in the task that asks and before the device starts
	// on it. It is for judges; set it before the first command.
	Asked func(ctx context.Context, reading int)

	latency time.Duration
	stop    chan struct{}
	running sync.WaitGroup
	turn    sync.Mutex // callbacks are given one at a time

	mu       sync.Mutex
	listener *Subscription
	closed   bool
	plug     int // how often the cable was pulled or put in; even: it is in
	started  bool
	readings int
	garbled  int
	held     []*callback
	stats    Stats
}

// New is a device on its cable, which answers each command after latency.
func New(latency time.Duration) *Controller {
	return &Controller{latency: latency, stop: make(chan struct{})}
}

// Subscription is a listener that was installed.
type Subscription struct {
	controller *Controller
	listener   Listener
}

// Subscribe installs l in place of the listener installed before: commands given
// from now on answer to l. It fails with [ErrClosed] on a closed controller.
func (c *Controller) Subscribe(ctx context.Context, l Listener) (*Subscription, error) {
	if err := beforeSubscribe(ctx); err != nil {
		return nil, fmt.Errorf("cardreader: subscribe: %w", err)
	}
	s := &Subscription{controller: c, listener: l}
	if !c.install(s) {
		return nil, ErrClosed
	}
	note(ctx, faults.Acquired, "cardreader subscription")
	return s, nil
}

func (c *Controller) install(s *Subscription) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.listener = s
	return true
}

// Cancel takes the listener out, unless another has taken its place. Callbacks
// of commands that were given before still come to it.
func (s *Subscription) Cancel(ctx context.Context) {
	s.controller.remove(s)
	note(ctx, faults.Released, "cardreader subscription")
}

func (c *Controller) remove(s *Subscription) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listener == s {
		c.listener = nil
	}
}

// GetDeviceInfo asks the device about itself. The answer is OnReturnDeviceInfo
// or OnError. It needs the cable, and no StartUSB.
func (c *Controller) GetDeviceInfo(ctx context.Context) { c.command(ctx, deviceInfo) }

// StartUSB connects to the device. The answer is OnUSBConnected,
// OnUSBAlreadyConnected or OnError. Pulling the cable ends the connection.
func (c *Controller) StartUSB(ctx context.Context) { c.command(ctx, startUSB) }

func (c *Controller) command(ctx context.Context, kind command) {
	if c.astray(ctx, kind) {
		return
	}
	c.send(ctx, c.give(ctx, kind))
}

// misled carries out what struck a command, and reports whether that was all.
func (c *Controller) misled(ctx context.Context, kind command, f faults.Fault) bool {
	switch {
	case f.Err != nil:
		cb := c.give(ctx, kind)
		if cb != nil {
			cb.err = fmt.Errorf("cardreader: %s: %w", kind, f.Err)
		}
		c.send(ctx, cb)
		return true
	case f.Is(faults.Drop):
		if c.give(ctx, kind) != nil {
			c.lose()
			c.running.Done()
		}
		return true
	}
	return false
}

// give books a command and binds its callback to the listener of this moment.
// The caller has to see to it that running is told when the callback is over.
// It returns nil on a closed controller.
func (c *Controller) give(ctx context.Context, kind command) *callback {
	cb := c.book(kind)
	if cb != nil && kind == deviceInfo && c.Asked != nil {
		c.Asked(ctx, cb.info.Reading)
	}
	return cb
}

func (c *Controller) book(kind command) *callback {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	cb := &callback{kind: kind, to: c.listener, plug: c.plug}
	if kind == deviceInfo {
		c.readings++
		cb.info.Reading = c.readings
	}
	c.stats.Commands++
	c.stats.Pending++
	c.running.Add(1)
	return cb
}

// send starts the device on a command.
func (c *Controller) send(ctx context.Context, cb *callback) {
	if cb == nil {
		return
	}
	// The device is nobody's child: who gave the command may be gone when
	// the answer comes.
	device := faults.WithTask(context.WithoutCancel(ctx), cb.kind.String())
	go c.carryOut(device, cb)
}

// Unplug pulls the cable. The installed listener is told before Unplug returns.
func (c *Controller) Unplug() {
	c.turn.Lock()
	defer c.turn.Unlock()
	if s := c.pull(); s != nil {
		s.listener.OnUSBDisconnected()
	}
}

func (c *Controller) pull() *Subscription {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.plug%2 != 0 {
		return nil
	}
	c.plug++
	c.started = false
	return c.listener
}

// Replug puts the cable in again. Nobody is told.
func (c *Controller) Replug() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.plug%2 != 0 {
		c.plug++
	}
}

// Close ends what is under way and waits for it: no callback is given after Close
// has returned. Later commands are lost.
func (c *Controller) Close(ctx context.Context) {
	c.shut()
	c.running.Wait()
	awake(ctx)
}

func (c *Controller) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.listener = nil
	c.stats.Lost += len(c.held)
	c.held = nil
	close(c.stop)
}

// Stats is the device's books at this moment.
func (c *Controller) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Held = len(c.held)
	if c.listener != nil {
		s.Listeners = 1
	}
	return s
}

// lose books a callback that will not come.
func (c *Controller) lose() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Pending--
	c.stats.Lost++
}

// hold keeps a callback until the next one has been given.
func (c *Controller) hold(cb *callback) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Pending--
	if c.closed {
		c.stats.Lost++
		return
	}
	c.held = append(c.held, cb)
}

// due books cb and returns it with those that it has overtaken.
func (c *Controller) due(cb *callback) []*callback {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		c.stats.Pending--
		c.stats.Lost++
		return nil
	}
	c.stats.Pending--
	all := slices.Concat([]*callback{cb}, c.held)
	c.held = nil
	for _, one := range all {
		if one.to == nil {
			c.stats.Unheard++
		} else {
			c.stats.Delivered++
		}
	}
	return all
}
