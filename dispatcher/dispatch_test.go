package dispatcher_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
)

var errStop = errors.New("stop")

// gauge counts how many overlap.
type gauge struct{ now, most, total atomic.Int64 }

func (g *gauge) enter() {
	now := g.now.Add(1)
	for most := g.most.Load(); now > most && !g.most.CompareAndSwap(most, now); most = g.most.Load() {
	}
}

func (g *gauge) leave() {
	g.now.Add(-1)
	g.total.Add(1)
}

func (g *gauge) work(d time.Duration) func(context.Context) error {
	return func(context.Context) error {
		g.enter()
		defer g.leave()
		time.Sleep(d)
		return nil
	}
}

// never is the abandon of work that must run.
func never(g *WithT) func(error) {
	return func(cause error) { g.Expect(cause).NotTo(HaveOccurred(), "abandoned") }
}

// hold occupies a place of d until the function it returns is called.
func hold(d *dispatcher.Dispatcher, name string) (release func()) {
	held := make(chan struct{})
	_, err := dispatcher.Submit(context.Background(), d, name, func(context.Context) error {
		<-held
		return nil
	})
	if err != nil {
		panic(err)
	}
	return sync.OnceFunc(func() { close(held) })
}

func TestLimitIsReachedAndNeverExceeded(t *testing.T) {
	for _, limit := range []int{1, 3, 64} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				ctx := context.Background()
				d := dispatcher.NewIO(ctx, dispatcher.Limit(limit))
				var busy gauge
				for range 200 {
					_, err := dispatcher.Submit(ctx, d, "", busy.work(time.Millisecond))
					g.Expect(err).NotTo(HaveOccurred())
				}
				g.Expect(d.Drain(ctx)).To(Succeed())
				g.Expect(busy.total.Load()).To(BeEquivalentTo(200))
				g.Expect(busy.most.Load()).To(BeEquivalentTo(limit))
			})
		})
	}
}

func TestConstructorsLimits(t *testing.T) {
	g := NewWithT(t)
	ctx := context.Background()
	g.Expect(dispatcher.NewDefault(ctx).Limit()).To(Equal(runtime.GOMAXPROCS(0)))
	g.Expect(dispatcher.NewDefault(ctx, dispatcher.Limit(3)).Limit()).To(Equal(3))
	g.Expect(dispatcher.NewIO(ctx).Limit()).To(Equal(64))
	g.Expect(dispatcher.NewIO(ctx, dispatcher.Named("net"), dispatcher.Limit(200)).String()).To(Equal("net: 0 of 200 busy"))
	g.Expect(dispatcher.NewFixed(ctx, "db", 16).Limit()).To(Equal(16))
	g.Expect(dispatcher.NewUnconfined().Limit()).To(Equal(0))
}

func TestMisusePanics(t *testing.T) {
	g := NewWithT(t)
	ctx := context.Background()
	d := dispatcher.NewFixed(ctx, "db", 1)
	g.Expect(func() { dispatcher.NewFixed(ctx, "db", 0) }).To(PanicWith("dispatcher: limit of db is 0; it must be at least 1"))
	g.Expect(func() { dispatcher.NewIO(ctx, dispatcher.Limit(-1)) }).To(PanicWith("dispatcher: limit of io is -1; it must be at least 1"))
	g.Expect(func() { d.Limited("x", 0) }).To(PanicWith("dispatcher: limit of db/x is 0; it must be at least 1"))
	g.Expect(func() { dispatcher.NewUnconfined().Limited("x", 1) }).To(PanicWith(`dispatcher: Limited("x", 1): unconfined has no queue to wait in`))
	g.Expect(func() { dispatcher.OnStall(0, func(dispatcher.Stall) {}) }).To(PanicWith("dispatcher: OnStall(0s): needs a positive duration and a function"))
}

func TestQueueIsFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx := context.Background()
		d := dispatcher.NewFixed(ctx, "one", 1)
		var order []int
		for i := range 50 {
			g.Expect(d.Dispatch(ctx, func() { order = append(order, i) }, never(g))).To(Succeed())
		}
		g.Expect(d.Drain(ctx)).To(Succeed())
		g.Expect(order).To(HaveLen(50))
		for i, v := range order {
			g.Expect(v).To(Equal(i))
		}
	})
}

func TestIdleDispatcherHasNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails if a goroutine is left
		g := NewWithT(t)
		ctx := context.Background()
		d := dispatcher.NewIO(ctx, dispatcher.OnStall(time.Hour, func(dispatcher.Stall) {}))
		for range 100 {
			_, err := dispatcher.Submit(ctx, d, "", func(context.Context) error { return nil })
			g.Expect(err).NotTo(HaveOccurred())
		}
	})
}

func TestDispatcherMayServeOneBubbleAfterAnother(t *testing.T) {
	d := dispatcher.NewFixed(context.Background(), "shared", 1, dispatcher.OnStall(time.Hour, func(dispatcher.Stall) {}))
	for range 3 {
		synctest.Test(t, func(t *testing.T) {
			g := NewWithT(t)
			release := hold(d, "holder")
			_, err := dispatcher.Submit(context.Background(), d, "waiter", func(context.Context) error { return nil })
			g.Expect(err).NotTo(HaveOccurred())
			release()
			g.Expect(d.Drain(context.Background())).To(Succeed())
		})
	}
}

func TestDispatchWithDoneContextReturnsTheCause(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errStop)
	called := func() { t.Error("run was called") }
	abandoned := func(error) { t.Error("abandon was called") }
	for _, d := range []*dispatcher.Dispatcher{dispatcher.NewIO(ctx), dispatcher.NewUnconfined()} {
		g.Expect(d.Dispatch(ctx, called, abandoned)).To(MatchError(errStop))
		g.Expect(d.Drain(context.Background())).To(Succeed())
	}
}

func TestQueuedWorkWhoseContextIsDoneIsAbandonedInItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		d := dispatcher.NewFixed(context.Background(), "db", 1)
		release := hold(d, "holder")
		ctx, cancel := context.WithCancelCause(context.Background())
		var causes []error
		abandon := func(cause error) { causes = append(causes, cause) }
		g.Expect(d.Dispatch(ctx, func() { t.Error("run was called") }, abandon)).To(Succeed())
		cancel(errStop)
		synctest.Wait()
		g.Expect(causes).To(BeEmpty())
		release()
		g.Expect(d.Drain(context.Background())).To(Succeed())
		g.Expect(causes).To(Equal([]error{errStop}))
	})
}

func TestWithdrawTakesBackQueuedWorkOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		d := dispatcher.NewFixed(context.Background(), "db", 1)
		view := d.Limited("view", 1)
		held := make(chan struct{})
		running, cancel := context.WithCancelCause(context.Background())
		g.Expect(d.Dispatch(running, func() { <-held }, never(g))).To(Succeed())
		synctest.Wait()
		for _, at := range []*dispatcher.Dispatcher{d, view} {
			ctx, cancel := context.WithCancelCause(context.Background())
			var causes []error
			abandon := func(cause error) { causes = append(causes, cause) }
			g.Expect(at.Dispatch(ctx, func() { t.Error("run was called") }, abandon)).To(Succeed())
			cancel(errStop)
			g.Expect(d.Withdraw(ctx)).To(BeTrue())
			g.Expect(d.Withdraw(ctx)).To(BeFalse())
			g.Expect(causes).To(Equal([]error{errStop}))
			g.Expect(at.Stats().Waiting).To(Equal(0))
		}
		cancel(errStop)
		g.Expect(d.Withdraw(running)).To(BeFalse())
		close(held)
		g.Expect(d.Drain(context.Background())).To(Succeed())
	})
}

func TestGoexitInRawWorkDoesNotCostCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx := context.Background()
		d := dispatcher.NewFixed(ctx, "db", 2)
		view := d.Limited("view", 1)
		for _, at := range []*dispatcher.Dispatcher{d, view, d, view, d} {
			g.Expect(at.Dispatch(ctx, runtime.Goexit, never(g))).To(Succeed())
		}
		var busy gauge
		for range 10 {
			_, err := dispatcher.Submit(ctx, d, "", busy.work(time.Second))
			g.Expect(err).NotTo(HaveOccurred())
		}
		g.Expect(d.Drain(ctx)).To(Succeed())
		g.Expect(busy.total.Load()).To(BeEquivalentTo(10))
		g.Expect(busy.most.Load()).To(BeEquivalentTo(2))
		g.Expect(d.Stats()).To(Equal(dispatcher.Stats{Name: "db", Limit: 2}))
	})
}

func TestUnconfinedRunsAtOnceInTheCallersGoroutine(t *testing.T) {
	g := NewWithT(t)
	d := dispatcher.NewUnconfined()
	var order []string
	for i := range 3 {
		g.Expect(d.Dispatch(context.Background(), func() { order = append(order, fmt.Sprint("run ", i)) }, never(g))).To(Succeed())
		order = append(order, fmt.Sprint("back ", i))
	}
	g.Expect(order).To(Equal([]string{"run 0", "back 0", "run 1", "back 1", "run 2", "back 2"}))
	g.Expect(d.Stats()).To(Equal(dispatcher.Stats{Name: "unconfined"}))
}

func TestUnconfinedNeverOverlaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		d := dispatcher.NewUnconfined()
		var busy gauge
		start := time.Now()
		for range 10 {
			_, err := dispatcher.Submit(context.Background(), d, "", busy.work(time.Second))
			g.Expect(err).NotTo(HaveOccurred())
		}
		g.Expect(busy.most.Load()).To(BeEquivalentTo(1))
		g.Expect(time.Since(start)).To(Equal(10 * time.Second))
	})
}

func TestUnconfinedAfterPanicAndGoexit(t *testing.T) {
	g := NewWithT(t)
	d := dispatcher.NewUnconfined()
	g.Expect(func() { _ = d.Dispatch(context.Background(), func() { panic("boom") }, never(g)) }).To(PanicWith("boom"))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = d.Dispatch(context.Background(), runtime.Goexit, never(g))
		t.Error("Goexit did not end the caller")
	}()
	<-ended
	g.Expect(d.Stats().Running).To(Equal(0))
}
