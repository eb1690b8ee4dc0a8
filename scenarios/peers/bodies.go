package peers

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/squall-go/squall/harness/history"
)

var (
	errTooLate    = errors.New("the request took too long")
	errClientLeft = errors.New("the client left")
	errUnwanted   = errors.New("no longer wanted")
)

// unwantedName is the child that is cancelled alone, lateName the one that comes
// after the join.
const (
	unwantedName = "unwanted"
	lateName     = "late"
)

// answerWithin is how long the request may take: it frees injected hangs.
const answerWithin = time.Second

func letter(i int) string { return string(rune('A' + i)) }

// answer takes d, and when it is stopped it returns what most functions return:
// an error that says nothing about why.
func answer(ctx context.Context, d time.Duration) error {
	if sleep(ctx, d) != nil {
		return ctx.Err()
	}
	return nil
}

// fanOut starts a few children at once and waits for all of them. Actors stay
// when they have answered.
func fanOut(s *stage) {
	children := s.draw("children", 2, 4)
	takes := make([]time.Duration, children)
	for i := range takes {
		takes[i] = s.latency("latency of " + letter(i))
	}
	ctx, cancel := context.WithTimeoutCause(s.ctx, answerWithin, errTooLate)
	defer cancel()
	s.request(ctx, 0, func(c *crew) {
		for i, d := range takes {
			_, _ = c.start(c.ctx, letter(i), func(ctx context.Context) error {
				err := answer(ctx, d)
				if err == nil && s.form.Actors {
					_ = untilDone(ctx)
				}
				return err
			})
		}
	})
	t := read(s.engine.History())
	first := t.firstToFail()
	s.sometimes("every child answered", first == nil)
	s.sometimes("a child failed while another ran", first != nil && t.failed(first) && t.anotherRanAt(first, first.ended))
}

// keepApart starts children whose failures are their own.
func keepApart(s *stage) {
	children := s.draw("children", 2, 5)
	s.request(s.ctx, 0, func(c *crew) {
		for i := range children {
			_, _ = c.start(c.ctx, letter(i), func(ctx context.Context) error { return sleep(ctx, time.Duration(i+1)*time.Millisecond) })
		}
	})
	t := read(s.engine.History())
	first, failures := t.firstToFail(), 0
	for _, c := range t.children {
		if t.failed(c) {
			failures++
		}
	}
	s.sometimes("a child failed while another ran", first != nil && t.failed(first) && t.anotherRanAt(first, first.ended))
	s.sometimes("two children failed", failures > 1)
}

// awaitEach asks for the result of each child, twice.
func awaitEach(s *stage) {
	children := s.draw("children", 2, 3)
	s.request(s.ctx, 0, func(c *crew) {
		results := make([]func(context.Context) error, children)
		for i := range results {
			d := s.latency("latency of " + letter(i))
			results[i] = c.async(c.ctx, letter(i), func(ctx context.Context) error { return sleep(ctx, d) })
		}
		for range 2 {
			for i, result := range results {
				err := result(c.ctx)
				s.engine.Record(c.ctx, history.Said, awaited+letter(i), err)
			}
		}
	})
	t, failures := read(s.engine.History()), 0
	for _, c := range t.children {
		if t.failed(c) {
			failures++
		}
	}
	s.sometimes("one child failed and another did not", failures > 0 && failures < children)
}

// awaited begins what is said when a result was waited for.
const awaited = "note: awaited "

// growLate starts children that start children, some of them when nobody does
// anything but wait.
func growLate(s *stage) {
	children, generations := s.draw("children", 1, 3), s.draw("generations", 1, 2)
	takes := make([]time.Duration, children)
	for i := range takes {
		takes[i] = s.latency("latency of " + letter(i))
	}
	var waiting, late atomic.Bool
	s.request(s.ctx, 0, func(c *crew) {
		var start func(caller context.Context, name string, d time.Duration, generations int)
		start = func(caller context.Context, name string, d time.Duration, generations int) {
			_, _ = c.start(caller, name, func(ctx context.Context) error {
				err := sleep(ctx, d)
				if err == nil && generations > 0 {
					if waiting.Load() {
						late.Store(true)
					}
					start(ctx, name+"'", d, generations-1)
				}
				return err
			})
		}
		for i, d := range takes {
			start(c.ctx, letter(i), d, generations)
		}
		waiting.Store(true)
	})
	s.sometimes("a child was handed over while the group was waited for", late.Load())
}

// cancelParent cancels the request when everybody below it has begun; one child
// has a group of its own.
func cancelParent(s *stage) {
	children, below := s.draw("children", 1, 3), s.draw("children of A", 0, 2)
	after := s.latency("client leaves after")
	begun, left := make(chan struct{}), atomic.Int64{}
	left.Store(int64(children + below))
	enter := func() {
		if left.Add(-1) == 0 {
			close(begun)
		}
	}
	work := func(ctx context.Context) error { enter(); return untilDone(ctx) }
	ctx, cancel := context.WithCancelCause(s.ctx)
	wait := s.aside("client", func(own context.Context) error {
		<-begun
		wakePoint.At(own)
		defer cancel(errClientLeft)
		return sleep(own, after)
	})
	s.request(ctx, 0, func(c *crew) {
		for i := range children {
			if i > 0 || below == 0 {
				_, _ = c.start(c.ctx, letter(i), work)
				continue
			}
			_, _ = c.start(c.ctx, letter(i), func(ctx context.Context) error {
				enter()
				return s.form.enclose(ctx, 0, func(inner *crew) {
					for k := range below {
						_, _ = inner.start(inner.ctx, fmt.Sprintf("A%d", k+1), work)
					}
				})
			})
		}
	})
	wait()
	s.sometimes("the parent was cancelled while children of children ran", below > 0 && left.Load() == 0)
}

// cancelChild cancels one child and leaves the others alone.
func cancelChild(s *stage) {
	others := s.draw("others", 1, 3)
	takes := make([]time.Duration, others)
	for i := range takes {
		takes[i] = s.latency("latency of " + letter(i))
	}
	after := s.latency("cancelled after")
	handed := make(chan func(error), 1)
	wait := s.aside("client", func(own context.Context) error {
		cancel := <-handed
		wakePoint.At(own)
		err := sleep(own, after)
		cancel(errUnwanted)
		return err
	})
	s.request(s.ctx, 0, func(c *crew) {
		cancel, _ := c.start(c.ctx, unwantedName, func(ctx context.Context) error { return sleep(ctx, 2*answerWithin) })
		handed <- cancel
		for i, d := range takes {
			_, _ = c.start(c.ctx, letter(i), func(ctx context.Context) error { return sleep(ctx, d) })
		}
	})
	wait()
	s.sometimes("the child was cancelled while it and another ran", read(s.engine.History()).unwantedInCompany())
}

// unwantedInCompany: the child was cancelled while it and another one ran.
func (t *tale) unwantedInCompany() bool {
	for _, c := range t.children {
		if c.task.Name == unwantedName && c.done != never {
			return t.anotherRanAt(c, c.done)
		}
	}
	return false
}

// anotherRanAt: at event i a sibling of one was running.
func (t *tale) anotherRanAt(one *part, i int) bool {
	for _, c := range t.children {
		if c != one && c.runsAt(i) {
			return true
		}
	}
	return false
}

// leaving cancels the context that it returns after d.
func (s *stage) leaving(d time.Duration) (ctx context.Context, wait func()) {
	ctx, cancel := context.WithCancelCause(s.ctx)
	return ctx, s.aside("client", func(own context.Context) error {
		defer cancel(errClientLeft)
		return sleep(own, d)
	})
}

// stubborn has a child that goes on for long after its parent was cancelled.
func stubborn(s *stage) {
	takes := []time.Duration{time.Second, 15 * time.Second}[s.draw("takes", 0, 1)]
	ctx, wait := s.leaving(s.latency("client leaves after"))
	s.request(ctx, 0, func(c *crew) {
		_, _ = c.start(c.ctx, "stubborn", func(ctx context.Context) error { return deafly(ctx, takes) })
		_, _ = c.start(c.ctx, letter(0), func(ctx context.Context) error { return answer(ctx, answerWithin) })
	})
	wait()
	s.sometimes("a child ran on for long after the cancellation", takes > time.Second)
}

// cycles opens, cancels and joins one group after the other.
func cycles(s *stage) {
	n, midway := s.draw("cycles", 2, 4), false
	for range n {
		children, takes := s.draw("children", 1, 2), s.latency("latency")
		ctx, wait := s.leaving(s.latency("client leaves after"))
		s.request(ctx, 0, func(c *crew) {
			for i := range children {
				_, _ = c.start(c.ctx, letter(i), func(ctx context.Context) error {
					err := answer(ctx, takes)
					midway = midway || err != nil
					return err
				})
			}
		})
		wait()
	}
	s.sometimes("a cycle was cancelled midway", midway)
}

// unjoined hands children over and forgets about them.
func unjoined(s *stage) {
	children, takes := s.draw("children", 1, 2), s.latency("latency")
	s.request(s.ctx, 0, func(c *crew) {
		for i := range children {
			_, _ = c.start(c.ctx, letter(i), func(ctx context.Context) error { return sleep(ctx, takes) })
		}
		c.forgotten = true
		s.sometimes("nobody waited", true)
	})
}

// late hands a child over when the join has returned.
func late(s *stage) {
	children, takes := s.draw("children", 1, 2), s.latency("latency")
	s.request(s.ctx, 0, func(c *crew) {
		for i := range children {
			_, _ = c.start(c.ctx, letter(i), func(ctx context.Context) error { return sleep(ctx, takes) })
		}
	}, func(ctx context.Context, c *crew) {
		s.sometimes("a child was handed over after the join", true)
		_, _ = c.start(ctx, lateName, func(ctx context.Context) error { return nil })
		_ = sleep(ctx, answerWithin)
	})
}

// shortly uses the library and is done.
func shortly(s *stage) {
	children, takes := s.draw("children", 1, 2), s.latency("latency")
	s.request(s.ctx, 0, func(c *crew) {
		for i := range children {
			_, _ = c.start(c.ctx, letter(i), func(ctx context.Context) error { return sleep(ctx, takes) })
		}
	})
	s.sometimes("the join returned", true)
}
