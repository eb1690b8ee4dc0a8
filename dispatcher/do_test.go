package dispatcher_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
)

func TestDoReturnsWhatTheFunctionReturned(t *testing.T) {
	g := NewWithT(t)
	type key struct{}
	ctx := context.WithValue(context.Background(), key{}, "trace-7")
	for _, d := range []*dispatcher.Dispatcher{dispatcher.NewIO(ctx), dispatcher.NewUnconfined()} {
		err := dispatcher.Do(ctx, d, "task", func(ctx context.Context) error {
			g.Expect(ctx.Value(key{})).To(Equal("trace-7"))
			return errStop
		})
		g.Expect(err).To(BeIdenticalTo(errStop))
	}
}

func TestDoTurnsAPanicIntoAnError(t *testing.T) {
	g := NewWithT(t)
	ctx := context.Background()
	for _, d := range []*dispatcher.Dispatcher{dispatcher.NewFixed(ctx, "db", 1), dispatcher.NewUnconfined()} {
		err := dispatcher.Do(ctx, d, "report", func(context.Context) error { panic(errStop) })
		var panicked *dispatcher.PanicError
		g.Expect(errors.As(err, &panicked)).To(BeTrue())
		g.Expect(err).To(MatchError("dispatcher: report panicked: stop"))
		g.Expect(err).To(MatchError(errStop))
		g.Expect(string(panicked.Stack)).To(ContainSubstring("TestDoTurnsAPanicIntoAnError"))
		g.Expect(dispatcher.Do(ctx, d, "next", func(context.Context) error { return nil })).To(Succeed())
	}
}

func TestDoTurnsGoexitIntoAnErrorAndReplacesTheWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx := context.Background()
		d := dispatcher.NewFixed(ctx, "db", 1)
		first := submit(g, d, "report", func(context.Context) error {
			runtime.Goexit()
			return nil
		})
		second := submit(g, d, "next", func(context.Context) error { return nil })
		g.Expect(first.Wait(ctx)).To(MatchError("dispatcher: report called runtime.Goexit"))
		g.Expect(first.Wait(ctx)).To(BeAssignableToTypeOf(&dispatcher.GoexitError{}))
		g.Expect(second.Wait(ctx)).To(Succeed())
	})
}

func TestGoexitOnUnconfinedLeavesAResult(t *testing.T) {
	g := NewWithT(t)
	d := dispatcher.NewUnconfined()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = dispatcher.Do(context.Background(), d, "report", func(context.Context) error {
			runtime.Goexit()
			return nil
		})
		t.Error("Goexit did not end the caller")
	}()
	<-ended
	g.Expect(d.Stats().Running).To(Equal(0))
}

func TestDoCancelledWhileQueuedReturnsAtOnceAndNeverRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		d := dispatcher.NewFixed(context.Background(), "db", 1)
		release := hold(d, "holder")
		ctx, cancel := context.WithCancelCause(context.Background())
		start := time.Now()
		time.AfterFunc(time.Second, func() { cancel(errStop) })
		err := dispatcher.Do(ctx, d, "report", func(context.Context) error {
			t.Error("fn was called")
			return nil
		})
		g.Expect(err).To(BeIdenticalTo(errStop))
		g.Expect(time.Since(start)).To(Equal(time.Second))
		g.Expect(d.Stats().Waiting).To(Equal(0))
		release()
	})
}

func TestDoCancelledWhileRunningWaitsAndTheResultWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		d := dispatcher.NewFixed(context.Background(), "db", 1)
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(time.Second, func() { cancel(errStop) })
		start := time.Now()
		result := errors.New("result")
		err := dispatcher.Do(ctx, d, "report", func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			return result
		})
		g.Expect(err).To(BeIdenticalTo(result))
		g.Expect(time.Since(start)).To(Equal(2 * time.Second))
	})
}

func TestWaitGivesUpWithoutTouchingTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		d := dispatcher.NewFixed(context.Background(), "db", 1)
		release := hold(d, "holder")
		ran := false
		ticket := submit(g, d, "report", func(context.Context) error {
			ran = true
			return errStop
		})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		g.Expect(ticket.Wait(ctx)).To(MatchError(context.DeadlineExceeded))
		g.Expect(ran).To(BeFalse())
		release()
		<-ticket.Done()
		g.Expect(ran).To(BeTrue())
		g.Expect(ticket.Wait(ctx)).To(BeIdenticalTo(errStop), "a result wins over a cancellation")
	})
}

func TestManyMayWaitForOneTicketThatIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		d := dispatcher.NewFixed(context.Background(), "db", 1)
		release := hold(d, "holder")
		ctx, cancel := context.WithCancelCause(context.Background())
		ticket, err := dispatcher.Submit(ctx, d, "report", func(context.Context) error { return nil })
		g.Expect(err).NotTo(HaveOccurred())
		results := make(chan error, 5)
		for range 5 {
			go func() { results <- ticket.Wait(context.Background()) }()
		}
		cancel(errStop)
		for range 5 {
			g.Expect(<-results).To(BeIdenticalTo(errStop))
		}
		release()
	})
}

func TestCancellationRacesWithTheWorker(t *testing.T) {
	d := dispatcher.NewFixed(context.Background(), "db", 2)
	view := d.Limited("view", 1)
	var wg sync.WaitGroup
	for i := range 400 {
		at := []*dispatcher.Dispatcher{d, view}[i%2]
		wg.Go(func() {
			ctx, cancel := context.WithCancelCause(context.Background())
			go cancel(errStop)
			ran := false
			err := dispatcher.Do(ctx, at, "", func(context.Context) error {
				ran = true
				return nil
			})
			if ran == errors.Is(err, errStop) {
				t.Errorf("ran is %v, error is %v: want exactly one", ran, err)
			}
		})
	}
	wg.Wait()
	g := NewWithT(t)
	g.Expect(d.Drain(context.Background())).To(Succeed())
	g.Expect(view.Stats()).To(Equal(dispatcher.Stats{Name: "db/view", Limit: 1}))
	g.Expect(d.Stats()).To(Equal(dispatcher.Stats{Name: "db", Limit: 2}))
}
