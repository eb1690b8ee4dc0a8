package peers

import (
	"context"
	"fmt"
	"time"

	"github.com/squall-go/squall/harness/history"
)

// queued fails a child while others wait in line behind it.
func queued(s *stage) {
	children := s.draw("children", 2, 3)
	takes := s.latency("latency")
	s.request(s.ctx, 1, func(c *crew) {
		for i := range children {
			_, _ = c.start(c.ctx, letter(i), func(ctx context.Context) error { return sleep(ctx, takes) })
		}
	})
	t := read(s.engine.History())
	first := t.firstToFail()
	s.sometimes("a child failed while another waited in line", first != nil && t.failed(first) && first.task.Name == letter(0))
}

// cleansUp is how long the child that has the only place takes to end.
const cleansUp = 5 * time.Second

// blocked cancels the request while it hands over more than there is room for.
func blocked(s *stage) {
	more, after := s.draw("more", 2, 3), s.latency("client leaves after")
	ctx, cancel := context.WithCancelCause(s.ctx)
	begun := make(chan struct{})
	wait := s.aside("client", func(own context.Context) error {
		<-begun
		wakePoint.At(own)
		defer cancel(errClientLeft)
		return sleep(own, after)
	})
	s.request(ctx, 1, func(c *crew) {
		_, _ = c.start(c.ctx, letter(0), func(ctx context.Context) error {
			close(begun)
			_ = untilDone(ctx)
			return deafly(ctx, cleansUp)
		})
		for i := 1; i <= more; i++ {
			_, _ = c.start(c.ctx, letter(i), func(ctx context.Context) error { return nil })
		}
		s.engine.Record(c.ctx, history.Said, handedOver, nil)
	})
	wait()
	s.sometimes("the parent was cancelled while a child waited in line", read(s.engine.History()).cancelledInLine())
}

// cancelledInLine: when the request was cancelled it was still handing over, or a
// child that it had handed over had not started.
func (t *tale) cancelledInLine() bool {
	cancelled := t.request.done
	if cancelled == never {
		return false
	}
	if handed := t.saying(handedOver); handed == never || handed > cancelled {
		return true
	}
	for _, c := range t.children {
		if c.started == never || c.started > cancelled {
			return true
		}
	}
	return false
}

// handedOver is said when the request has handed all over.
const handedOver = "note: all handed over"

// patienceFor is how long one waits in line before somebody should be told.
const patienceFor = 2 * stallAfter

// oneTooMany takes all places with children that wait to be cancelled, and hands
// over one more.
func oneTooMany(s *stage) {
	places := s.draw("places", 1, 2)
	ctx, cancel := context.WithCancelCause(s.ctx)
	defer cancel(nil)
	taken := 0
	full := make(chan struct{})
	wait := s.aside("client", func(own context.Context) error {
		<-full
		wakePoint.At(own)
		defer cancel(errTooLate)
		return sleep(own, patienceFor)
	})
	s.request(ctx, places, func(c *crew) {
		for i := range places {
			_, _ = c.start(c.ctx, letter(i), func(ctx context.Context) error {
				if taken++; taken == places {
					close(full)
				}
				return untilDone(ctx)
			})
		}
		_, _ = c.start(c.ctx, extraName, func(ctx context.Context) error { return nil })
	})
	wait()
	s.sometimes("all places were taken", taken == places)
}

// extraName is the child that there is no place for.
const extraName = "extra"

// exchange hands over producers, then consumers, of a queue with one place: as
// many of them as there are places.
func exchange(s *stage) {
	const places = 2
	values := s.draw("values", 2, 3)
	queue := make(chan int, 1)
	producers := 0
	put := func(ctx context.Context) error {
		producers++
		for i := range values {
			select {
			case queue <- i:
			case <-ctx.Done():
			}
			wakePoint.At(ctx)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
		return nil
	}
	take := func(ctx context.Context) error {
		for range values {
			select {
			case <-queue:
			case <-ctx.Done():
			}
			wakePoint.At(ctx)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
		return nil
	}
	s.request(s.ctx, places, func(c *crew) {
		for i := range places {
			_, _ = c.start(c.ctx, fmt.Sprintf("producer %d", i+1), put)
		}
		for i := range places {
			_, _ = c.start(c.ctx, fmt.Sprintf("consumer %d", i+1), take)
		}
	})
	s.sometimes("producers took all places", producers == places)
}

// crowd hands over more than there are places for.
func crowd(s *stage) {
	places, children := s.draw("places", 1, 2), s.draw("children", 3, 5)
	takes := make([]time.Duration, children)
	for i := range takes {
		takes[i] = s.latency("latency of " + letter(i))
	}
	s.engine.Record(s.ctx, history.Said, limitOf(places), nil)
	s.request(s.ctx, places, func(c *crew) {
		for i, d := range takes {
			_, _ = c.start(c.ctx, letter(i), func(ctx context.Context) error { return sleep(ctx, d) })
		}
	})
	most, _ := read(s.engine.History()).mostAtOnce()
	s.sometimes("all places were taken", most >= places)
}

func limitOf(n int) string { return fmt.Sprintf("note: limit %d", n) }

// nested hands a child over from inside the only place.
func nested(s *stage) {
	depth := s.draw("depth", 1, 2)
	s.request(s.ctx, 1, func(c *crew) {
		var start func(caller context.Context, name string, depth int)
		start = func(caller context.Context, name string, depth int) {
			_, _ = c.start(caller, name, func(ctx context.Context) error {
				s.sometimes("a child was handed over from inside the only place", true)
				if depth > 0 {
					start(ctx, name+"'", depth-1)
				}
				return nil
			})
		}
		start(c.ctx, letter(0), depth)
	})
}

// nestedAwait hands a child over from inside the only place and waits for it.
func nestedAwait(s *stage) {
	takes := s.latency("latency")
	s.request(s.ctx, 1, func(c *crew) {
		_, _ = c.start(c.ctx, letter(0), func(ctx context.Context) error {
			s.sometimes("a child was handed over from inside the only place", true)
			return c.await(ctx, letter(1), func(ctx context.Context) error { return sleep(ctx, takes) })
		})
	})
}

// closeFull closes a pool whose only place is taken and whose line is not empty.
func closeFull(s *stage) {
	inLine, takes := s.draw("in line", 1, 2), s.latency("latency")
	var waits []func()
	s.request(s.ctx, 1, func(c *crew) {
		begun := make(chan struct{})
		_, _ = c.start(c.ctx, letter(0), func(ctx context.Context) error {
			close(begun)
			return deafly(ctx, takes)
		})
		<-begun
		wakePoint.At(c.ctx)
		for i := range inLine {
			waits = append(waits, s.aside(fmt.Sprintf("submitter %d", i+1), func(own context.Context) error {
				_, err := c.start(own, letter(i+1), func(ctx context.Context) error { return nil })
				return err
			}))
		}
		_ = sleep(c.ctx, takes/2)
		s.sometimes("it was closed while a child waited in line", read(s.engine.History()).waitsInLine())
		c.close(c.ctx)
	})
	for _, wait := range waits {
		wait()
	}
}

// waitsInLine: a child was handed over, and has neither started nor been refused.
func (t *tale) waitsInLine() bool {
	for _, c := range t.children {
		if c.started == never && c.refused == never && c.ended == never {
			return true
		}
	}
	return false
}
