package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/linear"
	"github.com/squall-go/squall/scope"
)

// D7 counts without a lock: the counter is touched on a view of one only. Each
// update asks a service between its read and its write, so that it can wait,
// fail or be cancelled in the middle.
var D7 = harness.Scenario{
	ID: "D7", Title: "counter confined to a view of one",
	Source:     InProduction,
	Properties: []string{"P-STARVE", "P-LINEAR", "P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK"},
	Faults: []explore.Allow{
		harness.Strike("fakes/services/...", faults.Failure|faults.Delay|faults.CancelTask|faults.CancelParent|faults.Deadline|faults.Hang),
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/call", faults.Failure|faults.Delay|faults.CancelTask|faults.Hang),
		harness.Strike("dispatcher/submit", faults.Error|faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/run", faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/wait-resume", faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/worker-start", faults.LoseWorker|faults.Delay),
		harness.Strike("dispatcher/dequeue", faults.LoseWorker|faults.Delay),
		harness.Strike("dispatcher/done", faults.LoseWorker|faults.Delay),
	},
	Terms: judge.Terms{
		Radius: failedAlone, EndWithin: clockNoise, DispatchWithin: clockNoise,
		QueuedWithin: countWithin + clockNoise, Limits: map[string]int{"default/state": 1},
	},
	Facts: []string{
		"six updates were counted", "an update failed midway", "an update was taken back while it waited",
		"an update waited for another one to end",
	},
	Durations: []time.Duration{countWithin, countLatency},
	Body:      func(r *harness.Run) { confinedCounter(r, viewOfOne, (*confined).add) },
	Controls: []harness.Control{{
		Name: "view-of-two", Story: "the counter's view lets two updates in",
		Breaks: "P-EXPECT", Task: "2 updates at one time",
		Body: func(r *harness.Run) { confinedCounter(r, viewOfTwo, (*confined).add) },
	}, {
		Name: "lost-update", Story: "the same view of two, seen by the counter's value alone",
		Breaks: "P-LINEAR", Task: "counting/task-",
		Body: func(r *harness.Run) { confinedCounter(r, viewOfTwo, (*confined).addBlindly) },
	}, {
		Name: "early-write", Story: "an update that writes before it knows that it succeeds",
		Breaks: "P-LINEAR", Task: "add(1) → false",
		Body: func(r *harness.Run) { confinedCounter(r, viewOfOne, (*confined).addEarly) },
	}},
}

const (
	countWithin  = 5 * time.Second       // for one task, all its updates
	countLatency = 10 * time.Millisecond // of the service that an update asks
)

func viewOfOne(base *dispatcher.Dispatcher) *dispatcher.Dispatcher { return base.Limited("state", 1) }
func viewOfTwo(base *dispatcher.Dispatcher) *dispatcher.Dispatcher { return base.Limited("state", 2) }

// confined is the state: no lock, no atomics.
type confined struct {
	r       *harness.Run
	counter *harness.Object
	service *services.Service
	value   int
	inside  int // updates under way
}

// update is one attempt to count. It belongs to the task that makes it.
type update struct {
	began bool
	wrote int // the value it left behind, if err is nil
	err   error
}

// add is an update on the view.
func (c *confined) add(ctx context.Context, u *update) error {
	c.inside++
	defer func() { c.inside-- }()
	c.r.Expect(c.inside).To(gomega.Equal(1), "%d updates at one time: the state is not confined", c.inside)
	return c.addBlindly(ctx, u)
}

func (c *confined) addBlindly(ctx context.Context, u *update) error {
	u.began = true
	read := c.value
	if _, err := c.service.Call(ctx, "may I?"); err != nil {
		return err
	}
	c.value = read + 1
	u.wrote = c.value
	return nil
}

func (c *confined) addEarly(ctx context.Context, u *update) error {
	u.began = true
	c.value++
	u.wrote = c.value
	_, err := c.service.Call(ctx, "may I?")
	return err
}

func confinedCounter(r *harness.Run, confine func(base *dispatcher.Dispatcher) *dispatcher.Dispatcher, add func(c *confined, ctx context.Context, u *update) error) {
	base := dispatcher.NewDefault(r.Context(), dispatcher.Limit(r.Int("cores", 1, 3)))
	state := confine(base)
	c := &confined{r: r, counter: r.Object("counter", linear.Counter()), service: services.New("service", countLatency)}
	updates := make([][]update, r.Int("tasks", 1, 4))
	each := r.Int("updates of each task", 1, 3)

	err := scope.Supervise(r.Context(), "counting", func(s *scope.Scope) error {
		var jobs []*scope.Deferred[int]
		for i := range updates {
			updates[i] = slices.Repeat([]update{{err: errNotTried}}, each)
			jobs = append(jobs, scope.Async(s, fmt.Sprintf("task-%d", i+1), func(ctx context.Context) (int, error) {
				return c.count(ctx, base, state, updates[i], add)
			}, scope.Timeout(countWithin)))
		}
		for i, j := range jobs {
			n, err := j.Await(s.Context())
			c.judgeErrors(err, updates[i], j.Path())
			if err == nil {
				r.Expect(countedBy(updates[i])).To(gomega.HaveLen(n))
			}
		}
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	c.judgeValue(state, slices.Concat(updates...))
	r.Expect(base.Drain(r.Context())).To(gomega.Succeed())
}

// count makes the updates of one task, with a hop to the pool before each. A
// failed one does not end the task.
func (c *confined) count(ctx context.Context, base, state *dispatcher.Dispatcher, updates []update, add func(c *confined, ctx context.Context, u *update) error) (n int, err error) {
	for i := range updates {
		u := &updates[i]
		if err := dispatcher.Do(ctx, base, "prepare", func(ctx context.Context) error { return c.r.Sleep(ctx, time.Millisecond) }); err != nil {
			return n, err
		}
		c.r.Sometimes("an update waited for another one to end", state.Stats().Running > 0)
		if c.try(ctx, state, u, add); u.err == nil {
			n++
		}
		if ctx.Err() != nil {
			return n, context.Cause(ctx)
		}
	}
	return n, nil
}

// try is one update. If it fails the counter is as it was.
func (c *confined) try(ctx context.Context, state *dispatcher.Dispatcher, u *update, add func(c *confined, ctx context.Context, u *update) error) {
	call := c.counter.Call(ctx, linear.Add{N: 1})
	u.err = dispatcher.Do(ctx, state, "add", func(ctx context.Context) error { return add(c, ctx, u) })
	if u.err != nil {
		call.Return(false)
		return
	}
	call.Return(u.wrote)
}

var errNotTried = errors.New("the task ended before this update")

// judgeErrors: a task, and each of its updates, failed by what struck itself or
// at its deadline, or not at all.
func (c *confined) judgeErrors(err error, updates []update, path string) {
	errs := []error{err}
	for _, u := range updates {
		errs = append(errs, u.err)
	}
	for _, err := range errs {
		var exit *dispatcher.GoexitError
		known := err == nil || err == errNotTried || isTimeout(err) || injectedInto(err, path) || endedByGoexit(err) || errors.As(err, &exit)
		c.r.Expect(known).To(gomega.BeTrue(), "%s: %v", path, err)
	}
}

// judgeValue reads the counter at the end; what it has to be is P-LINEAR's
// business.
func (c *confined) judgeValue(state *dispatcher.Dispatcher, updates []update) {
	r := c.r
	for _, u := range updates {
		r.Expect(u.began || u.err != nil).To(gomega.BeTrue(), "an update succeeded and never ran")
		r.Sometimes("an update failed midway", u.began && u.err != nil)
		r.Sometimes("an update was taken back while it waited", !u.began && isTimeout(u.err))
	}
	r.Heal()
	call, value := c.counter.Call(r.Context(), linear.Get{}), 0
	r.Expect(dispatcher.Do(r.Context(), state, "read", func(context.Context) error { value = c.value; return nil })).To(gomega.Succeed())
	call.Return(value)
	r.Sometimes("six updates were counted", value >= 6)
}

// countedBy is what the updates that succeeded left behind.
func countedBy(updates []update) (wrote []int) {
	for _, u := range updates {
		if u.err == nil {
			wrote = append(wrote, u.wrote)
		}
	}
	return wrote
}
