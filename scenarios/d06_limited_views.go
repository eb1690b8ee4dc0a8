package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// D6 has several limited views over one shared pool, and tasks that go from view
// to view with stays of any length. No view ever runs more than its limit, the
// views together no more than the pool; who waits for a view holds no place of
// the pool meanwhile, so that others get it, and nobody waits for ever.
var D6 = harness.Scenario{
	ID: "D6", Title: "limited views over a shared pool",
	Source:     InProduction,
	Properties: []string{"P-STARVE", "P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK"},
	Faults: []explore.Allow{
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/submit", faults.Error|faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/run", faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/call", faults.Failure|faults.Delay|faults.CancelTask|faults.Hang),
		harness.Strike("dispatcher/wait-resume", faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/dequeue", faults.LoseWorker|faults.Delay),
		harness.Strike("dispatcher/done", faults.LoseWorker|faults.Delay),
	},
	Terms: judge.Terms{
		Radius: failedAlone, EndWithin: clockNoise, DispatchWithin: clockNoise,
		QueuedWithin: tourWithin + clockNoise, Limits: viewLimits(),
	},
	Facts: []string{
		"work waited for a view while the pool had a place", "two views were full at one time", "the whole pool was full",
		"a view inside of a view was full", "a task was cancelled while it waited for a view", "a task gave up in front of a view",
	},
	Durations: []time.Duration{shortStay, longStay, tourWithin},
	Body:      func(r *harness.Run) { limitedViews(r, limited(0)) },
	Controls: []harness.Control{{
		Name: "cap-exceeded-by-one", Story: "a view that lets in one more than its limit",
		Breaks: "P-EXPECT", Task: "at one time in shared-",
		Body: func(r *harness.Run) { limitedViews(r, limited(1)) },
	}, {
		Name: "cap-short-by-one", Story: "a view that lets in one less than its limit",
		Breaks: "P-STARVE", Task: "with free places",
		Body: func(r *harness.Run) { limitedViews(r, limited(-1)) },
	}, {
		Name: "waits-on-the-pool", Story: "a view made of a lock that is taken on a worker, before the hop to the pool",
		Breaks: "P-STARVE", Task: "holds shared-",
		Body: func(r *harness.Run) { limitedViews(r, lockedView) },
	}},
}

const (
	shortStay = time.Millisecond
	longStay  = 2 * time.Second
	// tourWithin is how long one task may be under way.
	tourWithin = 15 * time.Second
	mostShared = 4
	mostViews  = 3
)

func sharedName(limit int) string        { return fmt.Sprintf("shared-%d", limit) }
func viewName(view string, n int) string { return fmt.Sprintf("%s-%d", view, n) }

// viewLimits holds the judge to the limits that the names tell.
func viewLimits() map[string]int {
	limits := map[string]int{}
	for c := 1; c <= mostShared; c++ {
		limits[sharedName(c)] = c
		for _, view := range []string{"a", "b", "c"} {
			for n := 1; n <= mostShared; n++ {
				name := sharedName(c) + "/" + viewName(view, n)
				limits[name] = n
				for inner := 1; inner <= mostShared; inner++ {
					limits[name+"/"+viewName("inner", inner)] = inner
				}
			}
		}
	}
	return limits
}

// area is a place where tasks stay: the shared pool, or a view.
type area struct {
	gauge
	name  string
	limit int
	base  *area // nil: the pool
	d     *dispatcher.Dispatcher
	do    func(ctx context.Context, name string, fn func(context.Context) error) error
}

// full: as many are inside as may be.
func (a *area) full() bool { return a.now() == a.limit }

// makeView is the part that controls break.
type makeView func(r *harness.Run, base *area, name string, limit int) *area

// limited is a view that lets in more than its name tells.
func limited(more int) makeView {
	return func(_ *harness.Run, base *area, name string, limit int) *area {
		v := &area{name: base.name + "/" + viewName(name, limit), limit: limit, base: base}
		v.d = base.d.Limited(viewName(name, limit), max(1, limit+more))
		v.do = func(ctx context.Context, name string, fn func(context.Context) error) error {
			return dispatcher.Do(ctx, v.d, name, fn)
		}
		return v
	}
}

// lockedView hops to the base to wait for a place in the view, and once more to
// do the work.
func lockedView(r *harness.Run, base *area, name string, limit int) *area {
	v := &area{name: base.name + "/" + viewName(name, limit), limit: limit, base: base, d: base.d}
	places := newBlockingLock(v.name, limit)
	v.do = func(ctx context.Context, name string, fn func(context.Context) error) error {
		if err := base.do(ctx, "wait", func(ctx context.Context) error {
			places.lock(r, ctx)
			return nil
		}); err != nil {
			return err
		}
		defer places.unlock(ctx)
		return base.do(ctx, name, fn)
	}
	return v
}

// tours is the pool, its views, and the tasks that tour them.
type tours struct {
	r     *harness.Run
	pool  *area
	views []*area
}

func limitedViews(r *harness.Run, view makeView) {
	t := &tours{r: r}
	limit := r.Int("shared", 1, mostShared)
	t.pool = &area{name: sharedName(limit), limit: limit, d: dispatcher.NewFixed(r.Context(), sharedName(limit), limit)}
	t.pool.do = func(ctx context.Context, name string, fn func(context.Context) error) error {
		return dispatcher.Do(ctx, t.pool.d, name, fn)
	}
	for i := range r.Int("views", 1, mostViews) {
		t.views = append(t.views, view(r, t.pool, fmt.Sprintf("%c", 'a'+i), r.Int("limit", 1, 2)))
	}
	if r.Bool("a view inside of a view") {
		t.views = append(t.views, view(r, t.views[0], "inner", 1))
	}
	tasks, stays := r.Int("tasks", 2, 6), r.Int("stays of each task", 1, 3)

	err := scope.Supervise(r.Context(), "tours", func(s *scope.Scope) error {
		var jobs []*scope.Deferred[int]
		for i := range tasks {
			lengths := make([]time.Duration, stays)
			for k := range lengths {
				lengths[k] = r.Duration("stay", shortStay, 0, longStay)
			}
			jobs = append(jobs, scope.Async(s, fmt.Sprintf("task-%d", i+1), func(ctx context.Context) (int, error) {
				return t.tour(ctx, i, lengths)
			}, scope.Timeout(tourWithin)))
		}
		for _, j := range jobs {
			n, err := j.Await(s.Context())
			t.judge(j.Path(), n, stays, err)
		}
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	r.Expect(t.pool.d.Drain(r.Context())).To(gomega.Succeed())
}

// tour stays in one view after the other, with a look at the pool between them.
func (t *tours) tour(ctx context.Context, first int, lengths []time.Duration) (n int, err error) {
	for i, length := range lengths {
		v := t.views[(first+i)%len(t.views)]
		if err := t.stay(ctx, v, length); err != nil {
			return n, err
		}
		if err := t.stay(ctx, t.pool, 0); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (t *tours) stay(ctx context.Context, a *area, length time.Duration) error {
	if a != t.pool && a.full() {
		t.r.Sometimes("work waited for a view while the pool had a place", !t.pool.full())
	}
	began := false
	err := a.do(ctx, "stay", func(ctx context.Context) error {
		began = true
		for g := a; g != nil; g = g.base {
			now := g.enter()
			defer g.leave()
			t.r.Expect(now).To(gomega.BeNumerically("<=", g.limit), "%d tasks at one time in %s, whose limit is %d", now, g.name, g.limit)
		}
		t.look()
		return t.r.Sleep(ctx, length)
	})
	if a != t.pool && !began && err != nil {
		t.r.Sometimes("a task gave up in front of a view", isTimeout(err))
		t.r.Sometimes("a task was cancelled while it waited for a view", a.full() && ctx.Err() != nil && !isTimeout(err))
	}
	return err
}

// look notes what can be seen of a crowd.
func (t *tours) look() {
	full := 0
	for _, v := range t.views {
		if v.full() {
			full++
			t.r.Sometimes("a view inside of a view was full", v.base != t.pool)
		}
	}
	t.r.Sometimes("two views were full at one time", full >= 2)
	t.r.Sometimes("the whole pool was full", t.pool.limit > 1 && t.pool.full())
}

// judge: a task made all its stays, or was struck itself, or was late.
func (t *tours) judge(path string, n, stays int, err error) {
	if err == nil {
		t.r.Expect(n).To(gomega.Equal(stays))
		return
	}
	var exit *dispatcher.GoexitError
	known := isTimeout(err) || injectedInto(err, path) || endedByGoexit(err) || errors.As(err, &exit)
	t.r.Expect(known).To(gomega.BeTrue(), "%s: %v", path, err)
}
