package dispatcher

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pingcap/failpoint"
)

// Stall is work that has waited for longer than [OnStall] allows.
type Stall struct {
	Dispatcher string  // in whose queue it waits
	Limit      int     // of that one
	Waiting    Entry   // the work
	Holders    []Entry // who has its places: those that run, longest first, then those that wait at its base
	Deadlock   string  // as in [Snapshot]
}

// String says who waits for whom.
func (s Stall) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "dispatcher: stall: %s waits for %v for a place in %s; its %d are held by", s.Waiting.Name, s.Waiting.For, s.Dispatcher, s.Limit)
	for i, h := range s.Holders {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(" " + h.String())
	}
	if s.Deadlock != "" {
		b.WriteString("; deadlock: " + s.Deadlock)
	}
	return b.String()
}

// watch is the timer of OnStall. Its fields but timer and armed never change.
type watch struct {
	ctx    context.Context // with the task of the timer's goroutine
	after  time.Duration
	report func(Stall)

	// Guarded by the pool's lock. armed is true from the moment a timer is
	// started until its function is over or it was stopped in time, so that
	// there is one such goroutine at most.
	timer *time.Timer
	armed bool
}

// watchWaiting starts the timer when somebody waits, and stops it when nobody
// does. A timer that is found running stays: it may be early, never late.
func (p *pool) watchWaiting() {
	w := p.watch
	switch {
	case w == nil:
	case p.waiting == 0 && w.armed && w.timer.Stop():
		w.armed = false
	case p.waiting > 0 && !w.armed:
		w.arm(p, w.after)
	}
}

func (w *watch) busy() bool { return w != nil && w.armed }

func (w *watch) arm(p *pool, after time.Duration) {
	w.armed = true
	w.timer = time.AfterFunc(after, func() {
		stallWoken(w.ctx)
		p.timeUp()
	})
}

// timeUp reports who has waited too long and sets the timer for who is next.
func (p *pool) timeUp() {
	defer p.rearm()
	for _, s := range p.stalls() {
		p.watch.report(s)
	}
}

func (p *pool) stalls() []Stall {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	var stalls []Stall
	for _, g := range p.root.family() {
		for it := range g.queue.all() {
			if !it.reported && now.Sub(it.since) >= p.watch.after {
				it.reported = true
				stalls = append(stalls, g.stall(it, now))
			}
		}
	}
	return stalls
}

func (d *Dispatcher) stall(it *item, now time.Time) Stall {
	return Stall{
		Dispatcher: d.name,
		Limit:      d.limit,
		Waiting:    it.entry(now),
		Holders:    entries(append(d.running(), d.upstream()...), now),
		Deadlock:   d.deadlock(),
	}
}

// rearm sets the timer for the earliest of those not yet reported.
func (p *pool) rearm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watch.armed = false
	var next *item
	for _, g := range p.root.family() {
		for it := range g.queue.all() {
			if !it.reported && (next == nil || it.since.Before(next.since)) {
				next = it
			}
		}
	}
	if next != nil {
		p.watch.arm(p, max(0, p.watch.after-time.Since(next.since)))
	}
	p.root.settle()
}

func stallWoken(ctx context.Context) {
	failpoint.Inject("stall", func() { stallPoint.At(ctx) })
}
