package dispatcher_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
)

func TestViewsKeepTheirLimitsAndTheBases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx := context.Background()
		base := dispatcher.NewFixed(ctx, "base", 4)
		wide := base.Limited("wide", 3)
		narrow := base.Limited("narrow", 2)
		inner := wide.Limited("inner", 1)
		var onBase, onWide, onNarrow, onInner gauge
		passes := map[*dispatcher.Dispatcher][]*gauge{
			base:   {&onBase},
			wide:   {&onBase, &onWide},
			narrow: {&onBase, &onNarrow},
			inner:  {&onBase, &onWide, &onInner},
		}
		for i := range 100 {
			for _, d := range []*dispatcher.Dispatcher{inner, wide, narrow, base} {
				submit(g, d, "", func(context.Context) error {
					for _, gauge := range passes[d] {
						gauge.enter()
						defer gauge.leave()
					}
					time.Sleep(time.Duration(i%7) * time.Millisecond)
					return nil
				})
			}
		}
		g.Expect(base.Drain(ctx)).To(Succeed())
		g.Expect(onBase.total.Load()).To(BeEquivalentTo(400))
		g.Expect(onBase.most.Load()).To(BeEquivalentTo(4))
		g.Expect(onWide.most.Load()).To(BeEquivalentTo(3))
		g.Expect(onNarrow.most.Load()).To(BeEquivalentTo(2))
		g.Expect(onInner.most.Load()).To(BeEquivalentTo(1))
		for d := range passes {
			g.Expect(d.Stats()).To(Equal(dispatcher.Stats{Name: d.Name(), Limit: d.Limit()}))
		}
	})
}

func submit(g *WithT, d *dispatcher.Dispatcher, name string, fn func(context.Context) error) *dispatcher.Ticket {
	t, err := dispatcher.Submit(context.Background(), d, name, fn)
	g.Expect(err).NotTo(HaveOccurred())
	return t
}

func TestWaitingInAViewHoldsNoWorkerOfTheBase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx := context.Background()
		base := dispatcher.NewFixed(ctx, "base", 2)
		view := base.Limited("view", 1)
		release := hold(view, "holder")
		for range 10 {
			submit(g, view, "waiter", func(context.Context) error { return nil })
		}
		g.Expect(dispatcher.Do(ctx, base, "other", func(context.Context) error { return nil })).To(Succeed())
		g.Expect(view.Stats()).To(Equal(dispatcher.Stats{Name: "base/view", Limit: 1, Running: 1, Waiting: 10}))
		g.Expect(base.Stats()).To(Equal(dispatcher.Stats{Name: "base", Limit: 2, Running: 1}))
		release()
	})
}

func TestAViewDoesNotOvertakeWhoWaitsAtTheBase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		base := dispatcher.NewFixed(context.Background(), "base", 1)
		one, two := base.Limited("one", 1), base.Limited("two", 1)
		var order []string
		record := func(name string) func(context.Context) error {
			return func(context.Context) error {
				order = append(order, name)
				return nil
			}
		}
		release := hold(base, "holder")
		submit(g, one, "", record("one-1"))
		submit(g, one, "", record("one-2"))
		submit(g, two, "", record("two-1"))
		submit(g, base, "", record("base-1"))
		submit(g, two, "", record("two-2"))
		release()
		g.Expect(base.Drain(context.Background())).To(Succeed())
		g.Expect(order).To(Equal([]string{"one-1", "two-1", "base-1", "one-2", "two-2"}))
	})
}

func TestAViewOfOneConfinesState(t *testing.T) {
	g := NewWithT(t)
	ctx := context.Background()
	view := dispatcher.NewFixed(ctx, "base", 8).Limited("state", 1)
	count := 0 // no lock: the race detector judges
	for range 1000 {
		submit(g, view, "", func(context.Context) error {
			count++
			return nil
		})
	}
	g.Expect(view.Drain(ctx)).To(Succeed())
	g.Expect(count).To(Equal(1000))
}

func TestCancellingWhoWaitsAtTheBaseFreesItsPlaceInTheView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		base := dispatcher.NewFixed(context.Background(), "base", 1)
		view := base.Limited("view", 1)
		release := hold(base, "holder")
		ctx, cancel := context.WithCancelCause(context.Background())
		first, err := dispatcher.Submit(ctx, view, "first", func(context.Context) error { return nil })
		g.Expect(err).NotTo(HaveOccurred())
		second := submit(g, view, "second", func(context.Context) error { return nil })
		g.Expect(waitingAt(view)).To(Equal([]string{"first at base", "second at base/view"}))
		cancel(errStop)
		g.Expect(first.Wait(context.Background())).To(MatchError(errStop))
		g.Expect(waitingAt(view)).To(Equal([]string{"second at base"}))
		release()
		g.Expect(second.Wait(context.Background())).To(Succeed())
		g.Expect(base.Drain(context.Background())).To(Succeed())
		g.Expect(view.Stats()).To(Equal(dispatcher.Stats{Name: "base/view", Limit: 1}))
	})
}

func waitingAt(d *dispatcher.Dispatcher) []string {
	var list []string
	for _, e := range d.Snapshot().Waiting {
		list = append(list, e.Name+" at "+e.At)
	}
	return list
}
