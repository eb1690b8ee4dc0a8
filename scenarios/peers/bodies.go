package peers

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
)

var (
	errTooLate    = errors.New("the request took too long")
	errClientLeft = errors.New("the client left")
	errUnwanted   = errors.New("no longer wanted")
)

// unwantedName is the child that is cancelled alone.
const unwantedName = "unwanted"

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

// fanOut starts a few children at once and waits for all of them.
func fanOut(s *stage, form Form) {
	children := s.draw("children", 2, 4)
	takes := make([]time.Duration, children)
	for i := range takes {
		takes[i] = s.latency("latency of " + letter(i))
	}
	ctx, cancel := context.WithTimeoutCause(s.ctx, answerWithin, errTooLate)
	defer cancel()
	_ = s.request(ctx, form, func(start launch) {
		for i, d := range takes {
			start(letter(i), func(ctx context.Context) error { return answer(ctx, d) })
		}
	})
	t := read(s.engine.History())
	first := t.firstToFail()
	s.sometimes("every child answered", first == nil)
	s.sometimes("a child failed while another ran", first != nil && t.failed(first) && t.anotherRanAt(first, first.ended))
}

var keptApart = []string{"a child failed while another ran"}

// failedAlone: under a supervisor the failure is the child's, and is told to the
// group's caller.
var failedAlone = judge.Terms{Radius: func(failed, other *history.Task) bool {
	return other.Within(failed) || other.Name == groupName || other.Name == requestName
}}

// keepApart starts children whose failures are their own.
func keepApart(s *stage, form Form) {
	children := s.draw("children", 2, 5)
	_ = s.request(s.ctx, form, func(start launch) {
		for i := range children {
			start(letter(i), func(ctx context.Context) error { return sleep(ctx, time.Duration(i+1)*time.Millisecond) })
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

// growLate starts children that start children, some of them when nobody does
// anything but wait.
func growLate(s *stage, form Form) {
	children, generations := s.draw("children", 1, 3), s.draw("generations", 1, 2)
	takes := make([]time.Duration, children)
	for i := range takes {
		takes[i] = s.latency("latency of " + letter(i))
	}
	var waiting, late atomic.Bool
	_ = s.request(s.ctx, form, func(begin launch) {
		var start func(name string, d time.Duration, generations int)
		start = func(name string, d time.Duration, generations int) {
			begin(name, func(ctx context.Context) error {
				err := sleep(ctx, d)
				if err == nil && generations > 0 {
					if waiting.Load() {
						late.Store(true)
					}
					start(name+"'", d, generations-1)
				}
				return err
			})
		}
		for i, d := range takes {
			start(letter(i), d, generations)
		}
		waiting.Store(true)
	})
	s.sometimes("a child was started while the group was waited for", late.Load())
}

// cancelParent cancels the request when everybody below it has begun; one child
// has a group of its own.
func cancelParent(s *stage, form Form) {
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
	_ = s.request(ctx, form, func(start launch) {
		for i := range children {
			if i > 0 || below == 0 {
				start(letter(i), work)
				continue
			}
			start(letter(i), func(ctx context.Context) error {
				enter()
				return form.enclose(ctx, func(inner launch) {
					for k := range below {
						inner(fmt.Sprintf("A%d", k+1), work)
					}
				})
			})
		}
	})
	wait()
	s.sometimes("the parent was cancelled while children of children ran", below > 0 && left.Load() == 0)
}

var cancelledWhileRunning = []string{"the child was cancelled while it and another ran"}

// cancelChild cancels one child and leaves the others alone.
func cancelChild(s *stage, form Form) {
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
	_ = s.request(s.ctx, form, func(start launch) {
		handed <- start(unwantedName, func(ctx context.Context) error { return sleep(ctx, 2*answerWithin) })
		for i, d := range takes {
			start(letter(i), func(ctx context.Context) error { return sleep(ctx, d) })
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
