package scenarios

import (
	"context"
	"errors"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/queue"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S15 starts and cancels the account's benchmark over and over: producers and
// consumers of a bounded queue, cancelled at any point (onStop). No cycle
// leaves anything behind, and after all of them, and without any fault, one more
// works as if it were the first: the account's runtime took no more work then,
// and did not crash either.
//
// [GrowthOf] measures what a hundred thousand of these cycles leave behind.
var S15 = harness.Scenario{
	ID: "S15", Title: "start/cancel cycles",
	Source:     ComplexFeatures,
	Properties: []string{"P-LEAK", "P-CANCEL", "P-HEAL", "P-ERROR", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("fakes/queue/...", faults.CancelTask|faults.CancelParent|faults.Deadline|faults.Delay),
		harness.Strike("scope/launch", faults.CancelTask|faults.CancelParent),
		harness.Strike("scope/start", faults.CancelTask|faults.CancelParent|faults.Delay),
		harness.Strike("scope/run", faults.CancelTask|faults.CancelParent|faults.Delay|faults.Hang),
		harness.Strike("scope/end", faults.CancelTask|faults.CancelParent),
		harness.Strike("scope/enter", faults.CancelTask),
		harness.Strike("scope/leave", faults.CancelTask),
		harness.Strike("scope/wait-resume", faults.CancelTask|faults.Delay),
	},
	Terms: judge.Terms{EndWithin: promptly, HealWithin: promptly},
	Facts: []string{
		"a cycle was left to finish", "a cycle was stopped while consumers waited", "a cycle was stopped while producers waited",
		"a cycle was stopped before it began", "a fault stopped a cycle", "ten cycles in one run",
	},
	Durations: []time.Duration{time.Millisecond, 2 * time.Millisecond},
	Runs:      200, // of up to 20 cycles each
	Body:      func(r *harness.Run) { startCancelCycles(r, (*flow).run) },
	Controls: []harness.Control{{
		Name: "blocking-queue", Story: "the account's own: plain goroutines on a blocking queue; cancelled midway, the excess side stays blocked",
		Breaks: "P-LEAK", Task: "app/",
		Body: func(r *harness.Run) {
			startCancelCycles(r, func(f *flow, ctx context.Context) error { return f.abandon(r, ctx) })
		},
	}, {
		Name: "dies-silently", Story: "a cycle that is cancelled keeps its slot, and when all slots are gone no cycle starts any more",
		Breaks: "P-HEAL", Task: "main",
		Body: func(r *harness.Run) { startCancelCycles(r, keepSlots(r, 2)) },
	}},
}

var errStopped = errors.New("stopped")

// startCancelCycles runs cycles below one long-lived scope, as a screen does
// that is shown and left again.
func startCancelCycles(r *harness.Run, run func(*flow, context.Context) error) {
	app := scope.New(r.Context(), "app", scope.Supervisor())
	cycles := r.Int("cycles", 1, 20)
	for range cycles {
		f := &flow{
			sleep:     r.Sleep,
			producers: r.Int("producers", 1, 2), consumers: r.Int("consumers", 1, 2), room: r.Int("room", 0, 1),
			stop: r.Duration("stopped after", 0, time.Nanosecond, time.Millisecond, 2*time.Millisecond),
		}
		err := run(f, app.Context())
		f.check(r, app, err)
	}
	r.Sometimes("ten cycles in one run", cycles >= 10)
	r.Heal()
	last := &flow{sleep: r.Sleep, producers: 2, consumers: 2}
	if err := run(last, app.Context()); err == nil && last.moved() == last.values() {
		r.Recovered("a cycle that nobody stops")
	}
	r.Expect(app.Close(r.Context())).To(gomega.Succeed())
}

// flow is one cycle: every producer puts as many values as there are consumers,
// and every consumer takes as many as there are producers.
type flow struct {
	sleep                      func(context.Context, time.Duration) error
	producers, consumers, room int
	stop                       time.Duration // after which it is cancelled; 0 is never

	queue interface {
		Put(context.Context, int) error
		Take(context.Context) (int, error)
		Stats() queue.Stats
	}
	stopped queue.Stats // as it was when the cycle was stopped
	jobs    []*scope.Job
}

func (f *flow) values() int { return f.producers * f.consumers }
func (f *flow) moved() int  { return f.queue.Stats().Received }

// run is over when everything that it started is.
func (f *flow) run(ctx context.Context) error {
	f.queue = queue.NewSuspending[int]("queue", f.room)
	return scope.Run(ctx, "flow", func(s *scope.Scope) error {
		for range f.producers {
			f.jobs = append(f.jobs, s.Launch("producer", f.produce))
		}
		for range f.consumers {
			f.jobs = append(f.jobs, s.Launch("consumer", f.consume))
		}
		if f.stop == 0 {
			return nil
		}
		err := f.sleep(s.Context(), f.stop)
		f.stopped = f.queue.Stats()
		s.Cancel(errStopped)
		return err
	}, scope.Timeout(time.Second))
}

func (f *flow) produce(ctx context.Context) error {
	for i := range f.consumers {
		if err := f.sleep(ctx, time.Millisecond); err != nil {
			return err
		}
		if err := f.queue.Put(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

func (f *flow) consume(ctx context.Context) error {
	for range f.producers {
		if _, err := f.queue.Take(ctx); err != nil {
			return err
		}
	}
	return nil
}

// check looks at what a cycle left behind: nothing.
func (f *flow) check(r *harness.Run, app *scope.Scope, err error) {
	s := f.queue.Stats()
	r.Expect(app.Snapshot().Children).To(gomega.BeEmpty(), "tasks that outlived their cycle")
	r.Expect(s.Waiting+s.Takers).To(gomega.BeZero(), "producers and consumers that still wait")
	r.Expect(s.Received+s.Refused+s.Queued).To(gomega.Equal(s.Sent), "values received, refused and queued, of those sent")
	r.Expect(unexplained(err, errStopped)).To(gomega.BeNil(), "part of the cycle's error that nothing in the run explains")
	if err == nil && f.undisturbed() {
		r.Expect(f.stop).To(gomega.BeZero(), "the time after which the cycle was to be stopped, when it was not")
		r.Expect(f.moved()).To(gomega.Equal(f.values()), "values that a cycle which nobody stopped has moved")
	}
	f.witness(r, err)
}

// undisturbed: every job of the cycle ended well.
func (f *flow) undisturbed() bool {
	for _, j := range f.jobs {
		if j.Err() != nil {
			return false
		}
	}
	return true
}

func (f *flow) witness(r *harness.Run, err error) {
	r.Sometimes("a cycle was left to finish", err == nil && f.undisturbed())
	r.Sometimes("a cycle was stopped while consumers waited", err == errStopped && f.stopped.Takers > 0)
	r.Sometimes("a cycle was stopped while producers waited", err == errStopped && f.stopped.Waiting > 0)
	r.Sometimes("a cycle was stopped before it began", err != nil && len(f.jobs) > 0 && f.queue.Stats() == queue.Stats{})
	var fault *faults.Injected
	r.Sometimes("a fault stopped a cycle", errors.As(err, &fault))
}

// abandon is the account's first version: nobody waits for the goroutines, and
// no cancellation wakes those that are blocked.
func (f *flow) abandon(r *harness.Run, ctx context.Context) error {
	f.queue = queue.NewBlocking[int]("queue", 1)
	ctx, cancel := context.WithCancelCause(ctx)
	over := make(chan struct{}, f.producers+f.consumers)
	start := func(name string, fn func(context.Context) error) {
		r.Go(ctx, name, func(ctx context.Context) error {
			defer func() { over <- struct{}{} }()
			return fn(ctx)
		})
	}
	for range f.producers {
		start("producer", f.produce)
	}
	for range f.consumers {
		start("consumer", f.consume)
	}
	if f.stop > 0 {
		_ = r.Sleep(ctx, f.stop)
		cancel(errStopped)
		return errStopped
	}
	defer cancel(nil)
	for range f.producers + f.consumers {
		<-over
		r.Step(ctx)
	}
	return nil
}

// keepSlots lets n cycles run at a time, and forgets to free the slots of those
// that are stopped.
func keepSlots(r *harness.Run, n int) func(*flow, context.Context) error {
	taken := 0
	return func(f *flow, ctx context.Context) error {
		if taken == n {
			f.queue = queue.NewSuspending[int]("queue", f.room)
			_ = r.Sleep(ctx, time.Second)
			return &scope.TimeoutError{Name: "app/flow", After: time.Second}
		}
		taken++
		err := f.run(ctx)
		if err == nil {
			taken--
		}
		return err
	}
}
