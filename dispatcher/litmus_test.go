package dispatcher_test

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
)

// The happens-before list of the package comment, a test a line. The variables
// have no other synchronisation: under -race the detector judges, too.

func TestTheCallHappensBeforeTheWork(t *testing.T) {
	g := NewWithT(t)
	ctx := context.Background()
	for range 100 {
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
}

func TestTheWorkHappensBeforeItsResult(t *testing.T) {
	g := NewWithT(t)
	ctx := context.Background()
	d := dispatcher.NewFixed(ctx, "db", 4)
	for range 100 {
		x, y, z := 0, 0, 0
		first := submit(g, d, "", func(context.Context) error { x = 1; return nil })
		second := submit(g, d, "", func(context.Context) error { y = 1; return nil })
		g.Expect(dispatcher.Do(ctx, d, "", func(context.Context) error { z = 1; return nil })).To(Succeed())
		g.Expect(first.Wait(ctx)).To(Succeed())
		<-second.Done()
		g.Expect([]int{x, y, z}).To(Equal([]int{1, 1, 1}))
	}
}

func TestWithLimitNTheKthEndHappensBeforeTheKPlusNthBegin(t *testing.T) {
	g := NewWithT(t)
	ctx := context.Background()
	const n, rounds = 4, 400
	places := make(chan *int, n) // one is free whenever one begins
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
				t.Error("more than the limit run")
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

func TestTheWorkHappensBeforeDrainReturns(t *testing.T) {
	g := NewWithT(t)
	ctx := context.Background()
	d := dispatcher.NewFixed(ctx, "db", 4)
	view := d.Limited("view", 2)
	for _, drained := range []*dispatcher.Dispatcher{d, view} {
		done := make([]int, 100)
		for i := range done {
			submit(g, view, "", func(context.Context) error { done[i] = 1; return nil })
		}
		g.Expect(drained.Drain(ctx)).To(Succeed())
		for _, x := range done {
			g.Expect(x).To(Equal(1))
		}
	}
}

func TestCloseHappensBeforeItsAbandonedWorkLearnsOfIt(t *testing.T) {
	g := NewWithT(t)
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
	x = 1
	d.Close(ctx, errStop)
	g.Expect(<-learned).To(Equal(1))
	release()
}
