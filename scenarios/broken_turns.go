package scenarios

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/harness"
)

// The readers of those who have heard of turns and listeners, and get them wrong.

// waitingCall is a call whose answer a callback brings.
type waitingCall struct {
	answered chan struct{} // closed with result
	result   cardreader.DeviceInfoResult
}

func newWaitingCall() *waitingCall { return &waitingCall{answered: make(chan struct{})} }

func (c *waitingCall) take(result cardreader.DeviceInfoResult) {
	if c.result == nil {
		c.result = result
		close(c.answered)
	}
}

// wait returns the answer, unless the timeout or ctx is over first.
func (c *waitingCall) wait(ctx context.Context, r *harness.Run, mu *sync.Mutex) cardreader.DeviceInfoResult {
	due := time.Now().Add(readerTimeout)
	timer := time.NewTimer(readerTimeout)
	defer timer.Stop()
	select {
	case <-c.answered:
	case <-timer.C:
	case <-ctx.Done():
	}
	r.Step(ctx)
	mu.Lock()
	defer mu.Unlock()
	switch {
	case c.result != nil:
		return c.result
	case !time.Now().Before(due):
		return cardreader.DeviceInfoTimeout{After: readerTimeout}
	}
	return cardreader.DeviceInfoFailure{Err: context.Cause(ctx)}
}

// pipelined gives every command at once, and takes the first callback for the
// answer to the call that has waited longest.
type pipelined struct {
	r          *harness.Run
	controller *cardreader.Controller
	mu         sync.Mutex
	waiting    []*waitingCall
}

func withPipelined(r *harness.Run) openReader {
	return func(c *cardreader.Controller) tillReader {
		p := &pipelined{r: r, controller: c}
		subscribe(c, p)
		return p
	}
}

// subscribe installs l for all calls, outside the run's tasks, where nothing
// strikes.
func subscribe(c *cardreader.Controller, l cardreader.Listener) {
	if _, err := c.Subscribe(context.Background(), l); err != nil {
		panic(err)
	}
}

func (p *pipelined) DeviceInfo(ctx context.Context) cardreader.DeviceInfoResult {
	c := newWaitingCall()
	p.mu.Lock()
	p.waiting = append(p.waiting, c)
	p.mu.Unlock()
	defer p.forget(c)
	p.controller.GetDeviceInfo(ctx)
	return c.wait(ctx, p.r, &p.mu)
}

func (p *pipelined) forget(c *waitingCall) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = slices.DeleteFunc(p.waiting, func(other *waitingCall) bool { return other == c })
}

func (p *pipelined) first(result cardreader.DeviceInfoResult) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) > 0 {
		p.waiting[0].take(result)
		p.waiting = slices.Delete(p.waiting, 0, 1)
	}
}

func (p *pipelined) OnReturnDeviceInfo(info cardreader.DeviceInfo) {
	p.first(cardreader.DeviceInfoSuccess{Info: info})
}
func (p *pipelined) OnError(err error)      { p.first(cardreader.DeviceInfoFailure{Err: err}) }
func (p *pipelined) OnUSBDisconnected()     { p.OnError(cardreader.ErrUnplugged) }
func (p *pipelined) OnUSBConnected()        {}
func (p *pipelined) OnUSBAlreadyConnected() {}

// tardy gives the command, and installs its listener then; clearing installs it
// in time, and forgets what it was told when it begins to wait.
type tardy struct {
	r          *harness.Run
	controller *cardreader.Controller
	turn       chan struct{} // holds one value: the turn
	mu         sync.Mutex
	call       *waitingCall
	clears     bool
}

func withTardy(r *harness.Run) openReader { return withListener(r, false) }

func withClearing(r *harness.Run) openReader { return withListener(r, true) }

func withListener(r *harness.Run, clears bool) openReader {
	return func(c *cardreader.Controller) tillReader {
		t := &tardy{r: r, controller: c, turn: make(chan struct{}, 1), clears: clears}
		t.turn <- struct{}{}
		return t
	}
}

func (t *tardy) DeviceInfo(ctx context.Context) cardreader.DeviceInfoResult {
	<-t.turn
	t.r.Step(ctx)
	defer func() { t.turn <- struct{}{} }()
	if !t.clears {
		t.controller.GetDeviceInfo(ctx)
	}
	listening, err := t.controller.Subscribe(ctx, t)
	if err != nil {
		return cardreader.DeviceInfoFailure{Err: err}
	}
	defer listening.Cancel(ctx)
	if t.clears {
		t.controller.GetDeviceInfo(ctx)
		t.r.Step(ctx)
	}
	return t.listen().wait(ctx, t.r, &t.mu)
}

func (t *tardy) listen() *waitingCall {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.call = newWaitingCall()
	return t.call
}

func (t *tardy) take(result cardreader.DeviceInfoResult) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.call != nil {
		t.call.take(result)
	}
}

func (t *tardy) OnReturnDeviceInfo(info cardreader.DeviceInfo) {
	t.take(cardreader.DeviceInfoSuccess{Info: info})
}
func (t *tardy) OnError(err error)      { t.take(cardreader.DeviceInfoFailure{Err: err}) }
func (t *tardy) OnUSBDisconnected()     { t.OnError(cardreader.ErrUnplugged) }
func (t *tardy) OnUSBConnected()        {}
func (t *tardy) OnUSBAlreadyConnected() {}

// gatePolicy is what is wrong with a gate.
type gatePolicy int

const (
	newestFirst    gatePolicy = iota // the turn goes to whoever came last
	barging                          // the turn goes to whoever looks first
	deafInQueue                      // who waits does not look at its context
	takesTurnAlong                   // a cancellation wins over the turn, which nobody has then
)

// gate stands before the extension and has turns of its own.
type gate struct {
	*cardreader.Extension
	r       *harness.Run
	policy  gatePolicy
	mu      sync.Mutex
	taken   bool
	waiting []*gatePlace
}

// gatePlace is a place in the queue. had is guarded by the gate's lock.
type gatePlace struct {
	called chan struct{}
	had    bool
}

func withGate(r *harness.Run, policy gatePolicy) openReader {
	return func(c *cardreader.Controller) tillReader {
		return &gate{Extension: cardreader.NewExtension(c, readerTimeout), r: r, policy: policy}
	}
}

func (g *gate) DeviceInfo(ctx context.Context) cardreader.DeviceInfoResult {
	for {
		place := g.come()
		if place == nil {
			break
		}
		if !g.wait(ctx, place) {
			return cardreader.DeviceInfoFailure{Err: context.Cause(ctx)}
		}
		if g.policy != barging {
			break
		}
	}
	defer g.leave()
	return g.Extension.DeviceInfo(ctx)
}

// come takes the turn, or a place in the queue.
func (g *gate) come() *gatePlace {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.taken {
		g.taken = true
		return nil
	}
	p := &gatePlace{called: make(chan struct{})}
	g.waiting = append(g.waiting, p)
	return p
}

// wait reports whether the place was called.
func (g *gate) wait(ctx context.Context, p *gatePlace) bool {
	gone := ctx.Done()
	if g.policy == deafInQueue {
		gone = nil
	}
	select {
	case <-p.called:
	case <-gone:
	}
	g.r.Step(ctx)
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.had && !(g.policy == takesTurnAlong && ctx.Err() != nil) {
		return true
	}
	g.waiting = slices.DeleteFunc(g.waiting, func(other *gatePlace) bool { return other == p })
	return false
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.taken = false
		return
	}
	next := 0
	if g.policy == newestFirst {
		next = len(g.waiting) - 1
	}
	p := g.waiting[next]
	g.waiting = slices.Delete(g.waiting, next, next+1)
	g.taken, p.had = g.policy != barging, true
	close(p.called)
}
