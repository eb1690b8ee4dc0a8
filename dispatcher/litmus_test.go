package dispatcher_test

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/internal/litmus"
)

// The variables of each test are ordered by the edge alone: see package litmus.
func TestHappensBefore(t *testing.T) {
	g := NewWithT(t)
	with := func(body func(*WithT)) func() { return func() { body(g) } }
	litmus.Check(t, "doc.go", []litmus.Line{
		litmus.That("the call of Dispatch, Do or Submit happens before the first step of the work",
			with(callFirst), with(callBroken)),
		litmus.That("the last step of the work happens before Do, Ticket.Wait or a receive from Ticket.Done returns with its result",
			with(workFirst), with(workBroken)),
		litmus.That("on a pool or view with the limit 1, the last step of one piece of work happens before the first step of the next; "+
			"with the limit n, the last step of the k-th to end happens before the first of the (k+n)-th to begin",
			with(oneAfterTheOther), with(oneBesideTheOther)),
		litmus.That("the last step of all work handed over before Drain was called happens before Drain returns nil",
			with(allBeforeDrain), with(drainBroken)),
		litmus.That("the call of Close happens before the work that it abandons learns of it",
			with(closeFirst), with(closeBroken)),
	})
}

func callFirst(g *WithT) {
	ctx := context.Background()
	d := dispatcher.NewFixed(ctx, "db", 1)
	x := 0
	seen := make(chan int, 3)
	x = 1
	g.Expect(d.Dispatch(ctx, func() { seen <- x }, never(g))).To(Succeed())
	submit(g, d, "", func(context.Context) error { seen <- x; return nil })
	g.Expect(dispatcher.Do(ctx, d, "", func(context.Context) error { seen <- x; return nil })).To(Succeed())
	for range 3 {
		g.Expect(<-seen).To(Equal(1))
	}
}

func callBroken(g *WithT) {
	x := 0
	ticket := submit(g, dispatcher.NewFixed(context.Background(), "db", 1), "", func(context.Context) error { x++; return nil })
	x++
	<-ticket.Done()
}

func workFirst(g *WithT) {
	ctx := context.Background()
	d := dispatcher.NewFixed(ctx, "db", 4)
	x, y, z := 0, 0, 0
	first := submit(g, d, "", func(context.Context) error { x = 1; return nil })
	second := submit(g, d, "", func(context.Context) error { y = 1; return nil })
	g.Expect(dispatcher.Do(ctx, d, "", func(context.Context) error { z = 1; return nil })).To(Succeed())
	g.Expect(first.Wait(ctx)).To(Succeed())
	<-second.Done()
	g.Expect([]int{x, y, z}).To(Equal([]int{1, 1, 1}))
}

// workBroken: Wait gives up, without the result.
func workBroken(g *WithT) {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	x := 0
	ticket := submit(g, dispatcher.NewFixed(context.Background(), "db", 1), "", func(context.Context) error { x++; return nil })
	_ = ticket.Wait(gone)
	x++
	<-ticket.Done()
}

func oneAfterTheOther(g *WithT) {
	ctx := context.Background()
	d := dispatcher.NewFixed(ctx, "db", 4)
	view, x := d.Limited("view", 1), 0
	for range 20 {
		submit(g, view, "", func(context.Context) error { x++; return nil })
	}
	g.Expect(d.Drain(ctx)).To(Succeed())
	g.Expect(x).To(Equal(20))
	nPlaces(g)
}

// nPlaces: one of n is free whenever one begins.
func nPlaces(g *WithT) {
	ctx := context.Background()
	const n, rounds = 4, 40
	places := make(chan *int, n)
	total := 0
	counters := make([]int, n)
	for i := range counters {
		places <- &counters[i]
	}
	d := dispatcher.NewFixed(ctx, "db", n)
	for range rounds {
		submit(g, d, "", func(context.Context) error {
			select {
			case place := <-places:
				*place++
				places <- place
			default:
				panic("more than the limit run")
			}
			return nil
		})
	}
	g.Expect(d.Drain(ctx)).To(Succeed())
	for _, c := range counters {
		total += c
	}
	g.Expect(total).To(Equal(rounds))
}

// oneBesideTheOther: the limit is 2.
func oneBesideTheOther(g *WithT) {
	ctx := context.Background()
	d := dispatcher.NewFixed(ctx, "db", 2)
	x := 0
	for range 20 {
		submit(g, d, "", func(context.Context) error { x++; return nil })
	}
	g.Expect(d.Drain(ctx)).To(Succeed())
}

func allBeforeDrain(g *WithT) {
	ctx := context.Background()
	d := dispatcher.NewFixed(ctx, "db", 4)
	view := d.Limited("view", 2)
	for _, drained := range []*dispatcher.Dispatcher{d, view} {
		done := make([]int, 20)
		for i := range done {
			submit(g, view, "", func(context.Context) error { done[i] = 1; return nil })
		}
		g.Expect(drained.Drain(ctx)).To(Succeed())
		for _, x := range done {
			g.Expect(x).To(Equal(1))
		}
	}
}

// drainBroken: the work is handed over after Drain was called.
func drainBroken(g *WithT) {
	ctx := context.Background()
	d := dispatcher.NewFixed(ctx, "db", 1)
	g.Expect(d.Drain(ctx)).To(Succeed())
	x := 0
	ticket := submit(g, d, "", func(context.Context) error { x++; return nil })
	x++
	<-ticket.Done()
}

func closeFirst(g *WithT) { closed(g, true) }

func closeBroken(g *WithT) { closed(g, false) }

func closed(g *WithT, inTime bool) {
	ctx := context.Background()
	d := dispatcher.NewFixed(ctx, "db", 1)
	release := hold(d, "holder")
	x := 0
	ticket := submit(g, d, "", func(context.Context) error { return nil })
	learned := make(chan int)
	go func() {
		<-ticket.Done()
		learned <- x
	}()
	if inTime {
		x = 1
	}
	d.Close(ctx, errStop)
	if !inTime {
		x = 1
	}
	if seen := <-learned; inTime {
		g.Expect(seen).To(Equal(1))
	}
	release()
}
