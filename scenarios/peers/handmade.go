package peers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// HandMade is a group as one writes it in an afternoon, with that flaw.
func HandMade(flaw Flaw) Library {
	l := Library{Name: "hand-made", Waits: "Wait", Hands: "Go", symbol: HandMade}
	form := func(kind handMadeKind) *Form {
		return &Form{How: "hand-made; flaw: " + string(flaw), enclose: l.foreign(func(ctx context.Context, n int) session {
			return newHandMade(ctx, n, flaw, kind).session()
		})}
	}
	l.FailFast, l.Plain, l.Supervise, l.Grow = form(0), form(0), form(supervising), form(0)
	l.Bounded, l.Saturated, l.Closable, l.Share = form(limited), form(limited|refusing), form(limited), form(limited)
	l.Futures = form(supervising)
	return l
}

type handMadeKind uint8

const (
	supervising handMadeKind = 1 << iota
	limited
	refusing // when there is no place
)

// handMade is the group. It knows a cancelled child by the stories' own error.
type handMade struct {
	flaw   Flaw
	kind   handMadeKind
	ctx    context.Context
	cancel context.CancelCauseFunc
	places chan struct{} // nil: no limit
	shut   chan struct{}

	mu       sync.Mutex
	changed  *sync.Cond
	live     int
	waiting  bool
	joined   bool
	failures []error
}

var (
	errExited  = errors.New("a child called runtime.Goexit")
	errJoined  = errors.New("the group is over")
	errFull    = errors.New("there is no place")
	errStalled = errors.New("nobody has got a place for too long")
)

func newHandMade(ctx context.Context, n int, flaw Flaw, kind handMadeKind) *handMade {
	g := &handMade{flaw: flaw, kind: kind, shut: make(chan struct{})}
	g.changed = sync.NewCond(&g.mu)
	g.ctx, g.cancel = context.WithCancelCause(ctx)
	if flaw == Deaf {
		g.ctx = context.WithoutCancel(ctx)
	}
	if flaw == LosesCause {
		g.ctx, g.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
		context.AfterFunc(ctx, func() { g.cancel(context.Canceled) })
	}
	if flaw == OneTooMany {
		n++
	}
	if kind&limited != 0 {
		g.places = make(chan struct{}, n)
	}
	if flaw == LeavesWatcher {
		go func() { <-g.shut }()
	}
	if flaw == GivesUp {
		context.AfterFunc(g.ctx, g.changed.Broadcast)
	}
	return g
}

func (g *handMade) session() session {
	s := session{
		start: func(fn work) (func(), error) { return nil, g.start(fn, nil) },
		join:  g.wait,
		async: g.async,
		close: func() { close(g.shut) },
		leave: func() { _ = g.wait() },
	}
	if g.flaw == LeavesChildren {
		s.leave = nil
	}
	return s
}

// async also tells the failure to who asks for it.
func (g *handMade) async(fn work) func() error {
	over := make(chan struct{})
	var failure error
	if refused := g.start(fn, func(err error) { failure = err; close(over) }); refused != nil {
		return func() error { return refused }
	}
	asked := false
	return func() error {
		<-over
		if asked && g.flaw == TellsOnce {
			return nil
		}
		asked = true
		return failure
	}
}

// start hands f over; then, if not nil, is called with its failure.
func (g *handMade) start(f work, then func(error)) error {
	if err := g.place(); err != nil {
		if err == errClosed && g.flaw == DropsInLine || err == errJoined && g.flaw == DropsLate {
			return nil
		}
		return err
	}
	g.mu.Lock()
	counted := !g.waiting || g.flaw != MissesLate
	if counted {
		g.live++
	}
	g.mu.Unlock()
	go func() {
		normal := false
		var err error
		defer func() {
			exited := false
			if !normal {
				if r := recover(); r != nil {
					err = g.panicked(r)
				} else {
					err, exited = g.exited(), true
				}
			}
			g.over(err, counted && !(exited && g.flaw == WaitsForTheExited))
			if then != nil {
				then(err)
			}
		}()
		err = f(g.ctx)
		normal = true
	}()
	return nil
}

// place waits for a place, where there is a limit. Of several things that are so
// at a time, the order of the checks decides.
func (g *handMade) place() error {
	g.mu.Lock()
	joined := g.joined
	g.mu.Unlock()
	switch {
	case joined:
		return errJoined
	case g.places == nil:
		return nil
	}
	done, tooLong := g.ctx.Done(), time.NewTimer(stallAfter)
	defer tooLong.Stop()
	if g.flaw == IgnoresCancel {
		done = nil
	}
	stalled := tooLong.C
	if g.flaw == Silent {
		stalled = nil
	}
	select {
	case g.places <- struct{}{}:
		if done != nil && g.ctx.Err() != nil {
			<-g.places
			return context.Cause(g.ctx)
		}
		return nil
	default:
	}
	if g.kind&refusing != 0 && g.flaw != Silent {
		return errFull
	}
	got := false
	select {
	case g.places <- struct{}{}:
		got = true
	case <-done:
	case <-g.shut:
	case <-stalled:
		g.cancel(errStalled)
	}
	var err error
	switch {
	case isClosed(g.shut):
		err = errClosed
	case done != nil && g.ctx.Err() != nil:
		err = context.Cause(g.ctx)
	}
	if err != nil && got {
		<-g.places
	}
	return err
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (g *handMade) panicked(r any) error {
	if g.flaw == SwallowsPanics {
		return nil
	}
	if err, ok := r.(error); ok {
		return fmt.Errorf("panic: %w", err)
	}
	return fmt.Errorf("panic: %v", r)
}

func (g *handMade) exited() error {
	if g.flaw == ForgetsGoexit {
		return nil
	}
	return errExited
}

// over counts the child down, after its failure has done what it does.
func (g *handMade) over(err error, counted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		g.fail(err)
	}
	if counted {
		g.live--
	}
	if g.places != nil {
		<-g.places
	}
	g.changed.Broadcast()
}

func (g *handMade) fail(err error) {
	reports, stops := true, g.kind&supervising == 0
	if errors.Is(err, errUnwanted) {
		reports, stops = g.flaw == CancelIsReported, g.flaw == CancelStopsAll
	}
	if reports {
		g.failures = append(g.failures, err)
	}
	if (stops || g.flaw == StopsSiblings) && g.flaw != SiblingsGoOn {
		g.cancel(err)
	}
}

func (g *handMade) wait() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = true
	for g.live > 0 && !(g.flaw == ReturnsEarly && len(g.failures) > 0) && !(g.flaw == GivesUp && g.ctx.Err() != nil) {
		g.changed.Wait()
	}
	g.joined = true
	n := len(g.failures)
	switch {
	case n == 0:
		return nil
	case g.flaw == LastWins:
		return g.failures[n-1]
	case g.kind&supervising != 0 && g.flaw != KeepsOne:
		return errors.Join(g.failures...)
	}
	return g.failures[0]
}
