package dispatcher_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
)

func TestCloseRefusesNewWorkLoudly(t *testing.T) {
	g := NewWithT(t)
	ctx := context.Background()
	d := dispatcher.NewFixed(ctx, "db", 1)
	view := d.Limited("view", 1)
	d.Close(ctx, errStop)
	d.Close(ctx, errors.New("another"))
	for _, at := range []*dispatcher.Dispatcher{d, view, d.Limited("late", 1)} {
		err := dispatcher.Do(ctx, at, "report", func(context.Context) error { return nil })
		g.Expect(err).To(Equal(&dispatcher.ClosedError{Dispatcher: "db", Cause: errStop}))
		g.Expect(err).To(MatchError("dispatcher: db is closed: stop"))
	}
	u := dispatcher.NewUnconfined()
	u.Close(ctx, nil)
	g.Expect(u.Dispatch(ctx, func() {}, never(g))).To(MatchError("dispatcher: unconfined is closed"))
}

func TestCloseAbandonsWhatWaitsInOrderAndLetsTheRestFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx := context.Background()
		d := dispatcher.NewFixed(ctx, "db", 1)
		view := d.Limited("view", 1)
		held := make(chan struct{})
		running := submit(g, d, "running", func(context.Context) error {
			<-held
			return nil
		})
		var abandoned []string
		for i := range 3 {
			for _, at := range []*dispatcher.Dispatcher{d, view} {
				g.Expect(at.Dispatch(ctx, func() { t.Error("run was called") }, func(cause error) {
					g.Expect(cause).To(MatchError(errStop))
					abandoned = append(abandoned, fmt.Sprintf("%s %d: %v", at.Name(), i, cause))
				})).To(Succeed())
			}
		}
		d.Close(ctx, errStop)
		g.Expect(abandoned).To(Equal([]string{
			"db 0: dispatcher: db is closed: stop",
			"db/view 0: dispatcher: db is closed: stop",
			"db 1: dispatcher: db is closed: stop",
			"db 2: dispatcher: db is closed: stop",
			"db/view 1: dispatcher: db is closed: stop",
			"db/view 2: dispatcher: db is closed: stop",
		}))
		close(held)
		g.Expect(running.Wait(ctx)).To(Succeed())
		g.Expect(d.Drain(ctx)).To(Succeed())
		g.Expect(view.Stats()).To(Equal(dispatcher.Stats{Name: "db/view", Limit: 1}))
	})
}

func TestClosingAViewLeavesTheBaseOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx := context.Background()
		d := dispatcher.NewFixed(ctx, "db", 1)
		view := d.Limited("view", 1)
		inner := view.Limited("inner", 1)
		release := hold(d, "holder")
		lost := submit(g, inner, "lost", func(context.Context) error { return nil })
		kept := submit(g, d, "kept", func(context.Context) error { return nil })
		view.Close(ctx, errStop)
		g.Expect(lost.Wait(ctx)).To(MatchError("dispatcher: db/view is closed: stop"))
		_, err := dispatcher.Submit(ctx, inner, "late", func(context.Context) error { return nil })
		g.Expect(err).To(MatchError("dispatcher: db/view is closed: stop"))
		g.Expect(d.Snapshot().Views).To(BeEmpty())
		release()
		g.Expect(kept.Wait(ctx)).To(Succeed())
		g.Expect(d.Drain(ctx)).To(Succeed())
	})
}

func TestCloseAbandonsTheRestWhenACallbackDoesNotReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx := context.Background()
		d := dispatcher.NewFixed(ctx, "db", 1)
		release := hold(d, "holder")
		abandoned := 0
		for range 3 {
			g.Expect(d.Dispatch(ctx, func() {}, func(error) {
				abandoned++
				runtime.Goexit()
			})).To(Succeed())
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			d.Close(ctx, errStop)
		}()
		<-ended
		g.Expect(abandoned).To(Equal(3))
		release()
	})
}

func TestDrainWaitsUntilNothingRunsOrGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx := context.Background()
		d := dispatcher.NewFixed(ctx, "db", 2)
		view := d.Limited("view", 1)
		g.Expect(d.Drain(ctx)).To(Succeed())
		var busy gauge
		for range 3 {
			submit(g, view, "", busy.work(time.Second))
			submit(g, d, "", busy.work(time.Second))
		}
		short, cancel := context.WithTimeoutCause(ctx, time.Second/2, errStop)
		defer cancel()
		g.Expect(d.Drain(short)).To(MatchError(errStop))
		start := time.Now()
		g.Expect(view.Drain(ctx)).To(Succeed())
		g.Expect(d.Drain(ctx)).To(Succeed())
		g.Expect(time.Since(start)).To(Equal(7*time.Second/2), "views queue behind direct work")
		g.Expect(busy.total.Load()).To(BeEquivalentTo(6))
	})
}

func TestCloseRacesWithEverything(t *testing.T) {
	g := NewWithT(t)
	ctx := context.Background()
	for range 20 {
		d := dispatcher.NewFixed(ctx, "db", 2)
		view := d.Limited("view", 1)
		outcomes := make(chan string, 200)
		for i := range 100 {
			at := []*dispatcher.Dispatcher{d, view}[i%2]
			go func() {
				err := at.Dispatch(ctx, func() { outcomes <- "run" }, func(error) { outcomes <- "abandoned" })
				if err != nil {
					outcomes <- "refused"
				}
			}()
		}
		go d.Close(ctx, errStop)
		for range 100 {
			<-outcomes
		}
		g.Expect(d.Drain(ctx)).To(Succeed())
		g.Expect(outcomes).To(BeEmpty(), "each has one outcome")
	}
}
