package scenarios

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/fakes/queue"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// D3 is the producer and consumer benchmark: as many producers as consumers, one
// value each, a bounded queue between them and a small pool for the work. Who
// waits at the queue holds no place of the pool and can be cancelled.
var D3 = harness.Scenario{
	ID: "D3", Title: "producer and consumer benchmark",
	Source:     ComplexFeatures,
	Properties: []string{"P-CONSERVE", "P-STARVE", "P-CANCEL", "P-LEAK"},
	Faults: []explore.Allow{
		harness.Strike("fakes/queue/...", faults.Cancels|faults.Delay),
		harness.Strike("scope/...", faults.Cancels|faults.Delay),
		harness.Strike("dispatcher/...", faults.Cancels|faults.Delay|faults.LoseWorker),
	},
	Terms: judge.Terms{
		EndWithin: clockNoise, DispatchWithin: clockNoise,
		QueuedWithin: exchangeMost*exchangeDelay + clockNoise,
	},
	Facts: []string{
		"three values or more arrived, all of them", "the pool alone decided how long it took", "cancelled midway",
		"there were more producers than consumers", "there were more consumers than producers",
	},
	Durations: []time.Duration{exchangeDelay},
	Runs:      600, // a producer too many is seen in one run of forty
	Body:      func(r *harness.Run) { producerConsumer(r, suspendingExchange) },
	Controls: []harness.Control{{
		Name: "blocking-queue-on-the-pool", Story: "producers and consumers block the workers of a small pool",
		Breaks: "P-STARVE", Task: " holds io since ",
		Body: func(r *harness.Run) { producerConsumer(r, blockingExchange) },
	}, {
		Name: "cancellation-leaves-threads", Story: "a cancelled producer or consumer leaves its thread blocked at the queue",
		Breaks: "P-LEAK", Task: "/thread was left",
		Body: func(r *harness.Run) { producerConsumer(r, abandoningExchange) },
	}, {
		Name: "cancelled-put-reports-success", Story: "a put that swallows its cancellation",
		Breaks: "P-CONSERVE", Task: "and 1 lost",
		Body: func(r *harness.Run) { producerConsumer(r, swallowingExchange) },
	}},
}

const (
	exchangeMost  = 6               // producers, and consumers
	exchangeDelay = 5 * time.Second // the longest that a value takes to produce
)

var errMidway = errors.New("cancelled midway")

// messages is what both kinds of queue have.
type messages interface {
	Put(ctx context.Context, v int) error
	Take(ctx context.Context) (int, error)
	Close()
	Stats() queue.Stats
}

// exchange is one run of the benchmark.
type exchange struct {
	r      *harness.Run
	n      int           // producers, and consumers
	delay  time.Duration // that producing a value takes
	pool   *dispatcher.Dispatcher
	queue  messages
	ledger *harness.Ledger

	mu   sync.Mutex    // an abandoned thread goes on while the ends are counted
	sent []exchangeEnd // by producer
	got  []exchangeEnd // by consumer

	// What the broken variants do in another way.
	launch func(s *scope.Scope, name string, fn func(ctx context.Context) error)
	work   func(ctx context.Context, name string, fn func(ctx context.Context) error) error
	close  func()
}

// exchangeEnd is how a producer or consumer ended.
type exchangeEnd int

const (
	cutShort   exchangeEnd = iota // cancelled, perhaps before it began
	exchanged                     // its value changed hands
	turnedAway                    // the other side was over
)

// exchangeResult is what the benchmark measures.
type exchangeResult struct {
	ExecutionTime time.Duration
	Received      int
}

// suspendingExchange: each task has a goroutine, and of the pool only what work
// needs.
func suspendingExchange(x *exchange, capacity int) {
	x.queue = queue.NewSuspending[int]("queue", capacity)
	x.launch = func(s *scope.Scope, name string, fn func(ctx context.Context) error) { s.Launch(name, fn) }
	x.work = func(ctx context.Context, name string, fn func(ctx context.Context) error) error {
		return dispatcher.Do(ctx, x.pool, name, fn)
	}
	x.close = x.queue.Close
}

// blockingExchange: each task keeps a worker of the pool until it is over.
func blockingExchange(x *exchange, capacity int) {
	suspendingExchange(x, capacity)
	x.queue = queue.NewBlocking[int]("queue", capacity)
	x.launch = func(s *scope.Scope, name string, fn func(ctx context.Context) error) {
		s.Launch(name, fn, scope.On(x.pool))
	}
	x.work = func(ctx context.Context, _ string, fn func(ctx context.Context) error) error { return fn(ctx) }
}

// abandoningExchange: each task has a thread that its cancellation does not
// reach, and nobody closes the queue.
func abandoningExchange(x *exchange, capacity int) {
	suspendingExchange(x, capacity)
	x.queue = queue.NewBlocking[int]("queue", capacity)
	x.launch = func(s *scope.Scope, name string, fn func(ctx context.Context) error) {
		s.Launch(name, func(ctx context.Context) error {
			over := make(chan struct{})
			x.r.Go(ctx, "thread", func(ctx context.Context) error {
				defer close(over)
				return fn(ctx)
			})
			select {
			case <-over:
			case <-ctx.Done():
			}
			x.r.Step(ctx)
			return context.Cause(ctx)
		})
	}
	x.close = func() {}
}

// swallowingExchange: who puts never learns that it was cancelled.
func swallowingExchange(x *exchange, capacity int) {
	suspendingExchange(x, capacity)
	x.queue = swallowing{x.queue}
}

type swallowing struct{ messages }

func (q swallowing) Put(ctx context.Context, v int) error {
	if err := q.messages.Put(ctx, v); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

func producerConsumer(r *harness.Run, kind func(x *exchange, capacity int)) {
	x := &exchange{r: r, n: r.Int("messages", 1, exchangeMost), ledger: r.Ledger("queue")}
	x.sent, x.got = make([]exchangeEnd, x.n), make([]exchangeEnd, x.n)
	x.delay = r.Duration("delay", 0, 10*time.Millisecond, exchangeDelay)
	x.pool = dispatcher.NewIO(r.Context(), dispatcher.Limit(r.Int("pool", 1, 2)))
	kind(x, r.Int("capacity", 1, 2))
	midway := time.Hour // never
	if r.Bool("cancelled") {
		midway = time.Duration(r.Int("after half delays", 0, 5)) * x.delay / 2
	}

	begin := time.Now()
	err := scope.Run(r.Context(), "benchmark", func(s *scope.Scope) error {
		producers := s.Launch("producers", func(ctx context.Context) error { return x.all(ctx, "producer", x.produce) })
		consumers := s.Launch("consumers", func(ctx context.Context) error { return x.all(ctx, "consumer", x.consume) })
		if x.oneSideIsOver(s, producers, consumers, begin.Add(midway)) {
			x.close() // the other one has nothing more to wait for
		} else {
			s.Cancel(errMidway)
		}
		return nil
	})
	result := exchangeResult{ExecutionTime: time.Since(begin), Received: x.count(x.got, exchanged)}
	x.judge(result, err)
	r.Expect(x.pool.Drain(context.WithoutCancel(r.Context()))).To(gomega.Succeed())
}

// oneSideIsOver waits for that; it is false if the time for it is up first.
func (x *exchange) oneSideIsOver(s *scope.Scope, producers, consumers *scope.Job, due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-producers.Done():
	case <-consumers.Done():
	case <-timer.C:
	}
	x.r.Step(s.Context())
	return time.Now().Before(due)
}

func (x *exchange) all(ctx context.Context, name string, fn func(ctx context.Context, i int) error) error {
	return scope.Supervise(ctx, "all", func(s *scope.Scope) error {
		for i := range x.n {
			x.launch(s, fmt.Sprintf("%s-%d", name, i+1), func(ctx context.Context) error { return fn(ctx, i) })
		}
		return nil
	})
}

func (x *exchange) produce(ctx context.Context, i int) error {
	err := x.work(ctx, "produce", func(ctx context.Context) error { return x.r.Sleep(ctx, x.delay) })
	if err != nil {
		return err
	}
	v := i + 1
	x.ledger.Sent(ctx, v)
	if err = x.queue.Put(ctx, v); err != nil {
		x.ledger.Refused(ctx, v)
	}
	return x.ended(&x.sent[i], err)
}

func (x *exchange) consume(ctx context.Context, i int) error {
	v, err := x.queue.Take(ctx)
	if err != nil {
		return x.ended(&x.got[i], err)
	}
	x.ledger.Received(ctx, v)
	_ = x.ended(&x.got[i], nil)
	return x.work(ctx, "consume", func(context.Context) error { return nil })
}

// ended notes how a call of the queue ended. That the other side is over is no
// failure.
func (x *exchange) ended(end *exchangeEnd, err error) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case err == nil:
		*end = exchanged
	case errors.Is(err, queue.ErrClosed):
		*end, err = turnedAway, nil
	}
	return err
}

func (x *exchange) judge(result exchangeResult, err error) {
	r, stats := x.r, x.queue.Stats()
	x.keep(stats.Queued)
	sent, received := x.count(x.sent, exchanged), result.Received
	cancelled := err != nil || x.count(x.sent, cutShort)+x.count(x.got, cutShort) > 0
	if err != nil {
		r.Expect(errors.Is(err, errMidway) || injectedAs(err, faults.Cancels)).To(gomega.BeTrue(), "the benchmark failed: %v", err)
	}

	r.Expect(stats.Sent).To(gomega.Equal(stats.Received + stats.Refused + stats.Queued))
	r.Expect(stats.Received).To(gomega.Equal(received), "a value was taken and nobody has it")
	if !cancelled {
		r.Expect(received).To(gomega.Equal(x.n))
	}
	if stats.Queued > 0 {
		r.Expect(x.count(x.got, turnedAway)).To(gomega.BeZero(), "a consumer was turned away from a queue with values")
	}
	needed := time.Duration((sent+x.pool.Limit()-1)/x.pool.Limit()) * x.delay
	r.Expect(result.ExecutionTime).To(gomega.BeNumerically(">=", needed))

	r.Sometimes("three values or more arrived, all of them", received >= 3 && received == x.n)
	r.Sometimes("the pool alone decided how long it took", received > x.pool.Limit() && needed > 0 && result.ExecutionTime == needed)
	r.Sometimes("cancelled midway", errors.Is(err, errMidway) && received < x.n)
	r.Sometimes("there were more producers than consumers", x.count(x.sent, turnedAway) > 0)
	r.Sometimes("there were more consumers than producers", x.count(x.got, turnedAway) > 0)
}

// keep notes what is still queued, outside the run's tasks, where nothing strikes.
func (x *exchange) keep(queued int) {
	for range queued {
		v, err := x.queue.Take(context.Background())
		x.r.Expect(err).NotTo(gomega.HaveOccurred(), "the queue says that it has values")
		x.ledger.Kept(x.r.Context(), v)
	}
}

func (x *exchange) count(ends []exchangeEnd, kind exchangeEnd) (n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range ends {
		if e == kind {
			n++
		}
	}
	return n
}

// injectedAs: err is, or wraps, an injected fault of one of the kinds.
func injectedAs(err error, kinds faults.Kind) bool {
	var injected *faults.Injected
	return errors.As(err, &injected) && injected.Strike.Fault.Is(kinds)
}
