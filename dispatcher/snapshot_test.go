package dispatcher_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
)

func dump(g *WithT, d *dispatcher.Dispatcher) string {
	var b strings.Builder
	g.Expect(d.Dump(&b)).To(Succeed())
	return b.String()
}

func TestDumpSaysWhoRunsAndWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx := context.Background()
		d := dispatcher.NewIO(ctx, dispatcher.Limit(2))
		view := d.Limited("heavy", 1)
		first, second := hold(d, "fetch-1"), hold(view, "fetch-2")
		time.Sleep(2 * time.Second)
		submit(g, d, "report", func(context.Context) error { return nil })
		submit(g, view, "crunch", func(context.Context) error { return nil })
		time.Sleep(time.Second)
		g.Expect(d.String()).To(Equal("io: 2 of 2 busy, 1 waits: #3 report for 1s"))
		g.Expect(dump(g, d)).To(Equal(`io: 2 of 2 busy, 1 waits
  #1 fetch-1 runs for 3s
  #2 fetch-2 runs for 3s
  #3 report waits for 1s
  io/heavy: 1 of 1 busy, 1 waits
    #1 fetch-2 runs for 3s
    #2 crunch waits for 1s
`))
		d.Close(ctx, errStop)
		g.Expect(d.String()).To(Equal("io: 2 of 2 busy, closed"))
		first()
		second()
		g.Expect(d.Drain(ctx)).To(Succeed())
		g.Expect(d.String()).To(Equal("io: 0 of 2 busy, closed"))
	})
}

func nested(d, inner *dispatcher.Dispatcher, suffix string) func(context.Context) error {
	return func(ctx context.Context) error {
		time.Sleep(time.Millisecond)
		return dispatcher.Do(ctx, inner, "inner"+suffix, func(context.Context) error { return nil })
	}
}

func TestNestedDoOnAFullPoolIsAVisibleDeadlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx, cancel := context.WithCancelCause(context.Background())
		d := dispatcher.NewFixed(ctx, "db", 2)
		var tickets []*dispatcher.Ticket
		for _, suffix := range []string{"-1", "-2"} {
			ticket, err := dispatcher.Submit(ctx, d, "outer"+suffix, nested(d, d, suffix))
			g.Expect(err).NotTo(HaveOccurred())
			tickets = append(tickets, ticket)
			g.Expect(d.Snapshot().Deadlock).To(BeEmpty())
			time.Sleep(time.Microsecond)
		}
		time.Sleep(time.Second)
		g.Expect(d.Snapshot().Deadlock).To(Equal("inner-1 waits for a place in db, held by outer-1 (awaits inner-1), outer-2 (awaits inner-2)"))
		g.Expect(dump(g, d)).To(ContainSubstring("deadlock: inner-1 waits for a place in db"))
		g.Expect(d.Snapshot().Running[0].Awaits).To(Equal("inner-1"))
		cancel(errStop)
		for _, ticket := range tickets {
			g.Expect(ticket.Wait(context.Background())).To(MatchError(errStop))
		}
		g.Expect(d.Snapshot().Deadlock).To(BeEmpty())
	})
}

func TestNestedDoThroughAViewIsAVisibleDeadlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx, cancel := context.WithCancelCause(context.Background())
		d := dispatcher.NewFixed(ctx, "db", 4)
		view := d.Limited("state", 1)
		ticket, err := dispatcher.Submit(ctx, view, "outer", nested(d, view, ""))
		g.Expect(err).NotTo(HaveOccurred())
		time.Sleep(time.Second)
		g.Expect(view.Snapshot().Deadlock).To(Equal("inner waits for a place in db/state, held by outer (awaits inner)"))
		g.Expect(d.Snapshot().Deadlock).To(BeEmpty(), "the base has places left")
		cancel(errStop)
		g.Expect(ticket.Wait(context.Background())).To(MatchError(errStop))
	})
}

func TestADeadlockReachesThroughWorkThatHasAPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx, cancel := context.WithCancelCause(context.Background())
		d := dispatcher.NewFixed(ctx, "db", 2)
		outer, err := dispatcher.Submit(ctx, d, "outer", func(ctx context.Context) error {
			return dispatcher.Do(ctx, d, "middle", nested(d, d, ""))
		})
		g.Expect(err).NotTo(HaveOccurred())
		time.Sleep(time.Microsecond)
		g.Expect(d.Snapshot().Deadlock).To(BeEmpty(), "the one in the middle can move")
		time.Sleep(time.Second)
		g.Expect(d.Snapshot().Deadlock).To(Equal("inner waits for a place in db, held by outer (awaits middle), middle (awaits inner)"))
		cancel(errStop)
		g.Expect(outer.Wait(context.Background())).To(MatchError(errStop))
	})
}

func TestThoseWhoWaitForEachOtherAreADeadlockForWhoQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx, cancel := context.WithCancelCause(context.Background())
		d := dispatcher.NewFixed(ctx, "db", 2)
		var tickets [2]*dispatcher.Ticket
		both := make(chan struct{})
		for i := range tickets {
			ticket, err := dispatcher.Submit(ctx, d, string(rune('A'+i)), func(ctx context.Context) error {
				<-both
				return tickets[1-i].Wait(ctx)
			})
			g.Expect(err).NotTo(HaveOccurred())
			tickets[i] = ticket
		}
		close(both)
		third, err := dispatcher.Submit(ctx, d, "C", func(context.Context) error { return nil })
		g.Expect(err).NotTo(HaveOccurred())
		time.Sleep(time.Second)
		g.Expect(d.Snapshot().Deadlock).To(Equal("C waits for a place in db, held by A (awaits B), B (awaits A)"))
		cancel(errStop)
		g.Expect(third.Wait(context.Background())).To(MatchError(errStop))
	})
}

func TestAFullPoolIsNoDeadlockWhileOneOfItsTasksCanMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		d := dispatcher.NewFixed(context.Background(), "db", 2)
		release := hold(d, "holder")
		outer := submit(g, d, "outer", nested(d, d, ""))
		time.Sleep(time.Second)
		g.Expect(d.String()).To(Equal("db: 2 of 2 busy, 1 waits: #3 inner for 999ms"))
		g.Expect(d.Snapshot().Deadlock).To(BeEmpty())
		release()
		g.Expect(outer.Wait(context.Background())).To(Succeed())
	})
}

func TestStallIsReportedOnceForEachWhoWaitsTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx := context.Background()
		var stalls []string
		var at []time.Duration
		start := time.Now()
		d := dispatcher.NewIO(ctx, dispatcher.Limit(1), dispatcher.OnStall(time.Second, func(s dispatcher.Stall) {
			stalls = append(stalls, s.String())
			at = append(at, time.Since(start))
		}))
		view := d.Limited("view", 1)
		release := hold(view, "fetch")
		submit(g, d, "a", func(context.Context) error { return nil })
		time.Sleep(300 * time.Millisecond)
		submit(g, view, "b", func(context.Context) error { return nil })
		time.Sleep(300 * time.Millisecond)
		submit(g, d, "c", func(context.Context) error { return nil })
		time.Sleep(850 * time.Millisecond)
		release()
		g.Expect(d.Drain(ctx)).To(Succeed())
		time.Sleep(time.Hour)
		g.Expect(stalls).To(Equal([]string{
			"dispatcher: stall: a waits for 1s for a place in io; its 1 are held by fetch runs for 1s",
			"dispatcher: stall: b waits for 1s for a place in io/view; its 1 are held by fetch runs for 1.3s",
		}))
		g.Expect(at).To(Equal([]time.Duration{time.Second, 1300 * time.Millisecond}))
	})
}

func TestStallNamesADeadlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx, cancel := context.WithCancel(context.Background())
		var stalls []dispatcher.Stall
		d := dispatcher.NewFixed(ctx, "db", 1, dispatcher.OnStall(time.Second, func(s dispatcher.Stall) {
			stalls = append(stalls, s)
			cancel()
		}))
		err := dispatcher.Do(ctx, d, "outer", nested(d, d, ""))
		g.Expect(err).To(MatchError(context.Canceled))
		g.Expect(stalls).To(HaveLen(1))
		g.Expect(stalls[0].Deadlock).To(Equal("inner waits for a place in db, held by outer (awaits inner)"))
	})
}
