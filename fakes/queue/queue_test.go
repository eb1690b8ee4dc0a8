package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	. "github.com/onsi/gomega"
	"github.com/squall-go/squall/fakes/internal/storm"
	"github.com/squall-go/squall/fakes/queue"
)

// kind is what both queues have.
type kind interface {
	Put(ctx context.Context, v int) error
	Take(ctx context.Context) (int, error)
	Close()
	Stats() queue.Stats
}

var kinds = map[string]func(capacity int) kind{
	"blocking":   func(c int) kind { return queue.NewBlocking[int]("q", c) },
	"suspending": func(c int) kind { return queue.NewSuspending[int]("q", c) },
}

func each(t *testing.T, test func(t *testing.T, make func(capacity int) kind)) {
	for name, make := range kinds {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, make) })
		})
	}
}

func balance(s queue.Stats) int { return s.Received + s.Refused + s.Queued + s.Waiting }

func TestValuesComeOutInOrder(t *testing.T) {
	each(t, func(t *testing.T, make func(int) kind) {
		g, q, ctx := NewWithT(t), make(3), context.Background()
		for i := range 3 {
			g.Expect(q.Put(ctx, i)).To(Succeed())
		}
		for i := range 3 {
			g.Expect(q.Take(ctx)).To(Equal(i))
		}
		g.Expect(q.Stats()).To(Equal(queue.Stats{Sent: 3, Received: 3}))
	})
}

func TestPutWaitsForRoom(t *testing.T) {
	each(t, func(t *testing.T, make func(int) kind) {
		g, q, ctx := NewWithT(t), make(1), context.Background()
		g.Expect(q.Put(ctx, 1)).To(Succeed())
		put := async(func() error { return q.Put(ctx, 2) })
		synctest.Wait()
		g.Expect(q.Stats()).To(Equal(queue.Stats{Sent: 2, Queued: 1, Waiting: 1}))
		g.Expect(q.Take(ctx)).To(Equal(1))
		g.Expect(<-put).To(Succeed())
		g.Expect(q.Take(ctx)).To(Equal(2))
	})
}

func TestTakeWaitsForAValue(t *testing.T) {
	each(t, func(t *testing.T, make func(int) kind) {
		g, q, ctx := NewWithT(t), make(1), context.Background()
		took := async(func() error { _, err := q.Take(ctx); return err })
		synctest.Wait()
		g.Expect(q.Stats()).To(Equal(queue.Stats{Takers: 1}))
		g.Expect(q.Put(ctx, 1)).To(Succeed())
		g.Expect(<-took).To(Succeed())
		g.Expect(q.Stats()).To(Equal(queue.Stats{Sent: 1, Received: 1}))
	})
}

func TestCloseEndsEveryWaitAndKeepsValues(t *testing.T) {
	each(t, func(t *testing.T, make func(int) kind) {
		g, q, ctx := NewWithT(t), make(1), context.Background()
		g.Expect(q.Put(ctx, 1)).To(Succeed())
		put := async(func() error { return q.Put(ctx, 2) })
		synctest.Wait()
		q.Close()
		g.Expect(<-put).To(MatchError(queue.ErrClosed))
		g.Expect(q.Put(ctx, 3)).To(MatchError(queue.ErrClosed))
		g.Expect(q.Take(ctx)).To(Equal(1))
		_, err := q.Take(ctx)
		g.Expect(err).To(MatchError(queue.ErrClosed))
		g.Expect(q.Stats()).To(Equal(queue.Stats{Sent: 3, Received: 1, Refused: 2}))
	})
}

func TestCloseEndsTakers(t *testing.T) {
	each(t, func(t *testing.T, make func(int) kind) {
		g, q := NewWithT(t), make(1)
		took := async(func() error { _, err := q.Take(context.Background()); return err })
		synctest.Wait()
		q.Close()
		g.Expect(<-took).To(MatchError("queue: q: take: the queue is closed"))
		g.Expect(q.Stats().Takers).To(BeZero())
	})
}

func TestBlockingIgnoresCancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, q := NewWithT(t), queue.NewBlocking[int]("q", 1)
		ctx, cancel := context.WithCancel(context.Background())
		took := async(func() error { _, err := q.Take(ctx); return err })
		cancel()
		synctest.Wait()
		g.Expect(took).NotTo(Receive(), "a blocking Take came back because its context was cancelled")
		g.Expect(q.Stats().Takers).To(Equal(1))
		q.Close()
		g.Expect(<-took).To(MatchError(queue.ErrClosed))
	})
}

func TestSuspendingLeavesTheQueueWhenCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, q := NewWithT(t), queue.NewSuspending[int]("q", 0)
		enough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(context.Background())
		put := async(func() error { return q.Put(ctx, 1) })
		synctest.Wait()
		cancel(enough)
		g.Expect(<-put).To(MatchError(enough))
		g.Expect(q.Stats()).To(Equal(queue.Stats{Sent: 1, Refused: 1}))
		took := async(func() error { _, err := q.Take(context.Background()); return err })
		synctest.Wait()
		g.Expect(q.Put(context.Background(), 2)).To(Succeed())
		g.Expect(<-took).To(Succeed())
	})
}

func TestSuspendingGivesNothingToACancelledTaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, q := NewWithT(t), queue.NewSuspending[int]("q", 1)
		ctx, cancel := context.WithCancel(context.Background())
		took := async(func() error { _, err := q.Take(ctx); return err })
		synctest.Wait()
		cancel()
		g.Expect(<-took).To(MatchError(context.Canceled))
		g.Expect(q.Put(context.Background(), 1)).To(Succeed())
		g.Expect(q.Stats()).To(Equal(queue.Stats{Sent: 1, Queued: 1}))
	})
}

func TestSuspendingServesFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, q, ctx := NewWithT(t), queue.NewSuspending[int]("q", 1), context.Background()
		g.Expect(q.Put(ctx, 0)).To(Succeed())
		for i := 1; i < 10; i++ {
			go func() { _ = q.Put(ctx, i) }()
			synctest.Wait()
		}
		for i := range 10 {
			g.Expect(q.Take(ctx)).To(Equal(i))
		}
	})
}

func TestSuspendingRefusesTheCancelled(t *testing.T) {
	g, q := NewWithT(t), queue.NewSuspending[int]("q", 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	g.Expect(q.Put(ctx, 1)).To(MatchError("queue: q: put: context canceled"))
	_, err := q.Take(ctx)
	g.Expect(err).To(MatchError("queue: q: take: context canceled"))
	g.Expect(q.Stats()).To(Equal(queue.Stats{Sent: 1, Refused: 1}))
}

func TestMisuse(t *testing.T) {
	g := NewWithT(t)
	g.Expect(func() { queue.NewBlocking[int]("q", 0) }).To(PanicWith("queue: q: the capacity of a blocking queue must be at least 1, not 0"))
	g.Expect(func() { queue.NewSuspending[int]("q", -1) }).To(PanicWith("queue: q: the capacity must not be negative, and -1 is"))
}

// TestBooksBalanceUnderEverySchedule cancels the benchmark of four producers and
// four consumers midway, with strikes at both ends.
func TestBooksBalanceUnderEverySchedule(t *testing.T) {
	const plan = `
		fakes/queue/put #1 in story/producer~2: error "refused"
		fakes/queue/take #1 in story/consumer~3: delay 1ms
		fakes/queue/take #1 in story/consumer~4: panic "boom"`
	for name, make := range kinds {
		t.Run(name, func(t *testing.T) {
			waits := 0
			for seed := range uint64(200) {
				var end queue.Stats
				var got []int
				benchmark := func(ctx context.Context) { got, end = produceAndConsume(ctx, make(1)) }
				first := storm.Run(t, seed, plan, benchmark).Trace()
				waits += strings.Count(fmt.Sprint(first), "@fakes/queue/wake")
				once := fmt.Sprint(got, end)
				g := NewWithT(t)
				g.Expect(balance(end)).To(Equal(end.Sent), "seed %d: %+v", seed, end)
				g.Expect(end.Waiting).To(BeZero())
				g.Expect(got).To(HaveLen(end.Received))
				again := storm.Run(t, seed, plan, benchmark).Trace()
				g.Expect(again).To(Equal(first), "seed %d is not deterministic", seed)
				g.Expect(fmt.Sprint(got, end)).To(Equal(once))
			}
			NewWithT(t).Expect(waits).To(BeNumerically(">", 0), "nobody waited, or whoever waits does not park when it wakes")
		})
	}
}

func produceAndConsume(ctx context.Context, q kind) ([]int, queue.Stats) {
	ctx, cancel := context.WithCancel(ctx)
	var got []int
	var waits []func()
	for i := range 4 {
		waits = append(waits,
			storm.Go(ctx, "producer", func(ctx context.Context) { _ = q.Put(ctx, i) }),
			storm.Go(ctx, "consumer", func(ctx context.Context) {
				defer func() { _ = recover() }()
				if v, err := q.Take(ctx); err == nil {
					got = append(got, v)
				}
			}))
	}
	storm.Sleep(ctx, 1000)
	cancel()
	q.Close()
	for _, wait := range waits {
		wait()
	}
	return got, q.Stats()
}

func async(f func() error) <-chan error {
	result := make(chan error, 1)
	go func() { result <- f() }()
	return result
}

func ExampleSuspending() {
	ctx, cancel := context.WithCancel(context.Background())
	q := queue.NewSuspending[string]("orders", 1)
	fmt.Println(q.Put(ctx, "tea"))
	cancel()
	fmt.Println(q.Put(ctx, "milk"))
	fmt.Printf("%+v\n", q.Stats())
	// Output:
	// <nil>
	// queue: orders: put: context canceled
	// {Sent:2 Received:0 Refused:1 Queued:1 Waiting:0 Takers:0}
}

func ExampleBlocking() {
	q := queue.NewBlocking[string]("orders", 1)
	fmt.Println(q.Put(context.Background(), "tea"))
	fmt.Println(q.Take(context.Background()))
	// Output:
	// <nil>
	// tea <nil>
}
