package scenarios

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S14 fills a screen by two functions. prefetch returns before its tasks end: it
// takes the scope of its caller, to whom they belong. load waits for its tasks:
// it takes a context and opens a scope. When the user leaves, both kinds stop;
// when the screen is over, none of them is left.
var S14 = harness.Scenario{
	ID: "S14", Title: "whose tasks they are",
	Source:     ToastCaseStudy,
	Properties: []string{"P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.CancelTask),
		harness.Strike("scope/end", faults.Error|faults.Delay),
		harness.Strike("scope/...", faults.CancelParent),
		harness.Strike("scope/leave", faults.Delay),
	},
	Terms: judge.Terms{EndWithin: promptly, MustFail: everyStrike},
	Facts: []string{
		"prefetch returned before its tasks ended", "load returned after its tasks had ended",
		"the user left while prefetched tasks were under way", "the user left while load was waiting",
		"a prefetched task failed and the screen with it", "everything was fetched",
	},
	Durations: latencies,
	Body:      func(r *harness.Run) { fillScreen(r, prefetchInCallers, loadInOwn) },
	Controls: []harness.Control{{
		Name: "private-scope", Story: "a function that launches in a scope of its own, which nobody else knows, and returns",
		Breaks: "P-LEAK", Task: "private",
		Body: func(r *harness.Run) { fillScreen(r, prefetchInPrivate, loadInOwn) },
	}, {
		Name: "does-not-wait", Story: "a function that promises to wait for its tasks, and starts them as plain goroutines",
		Breaks: "P-LEAK", Task: "screen/part",
		Body: func(r *harness.Run) { fillScreen(r, prefetchInCallers, loadAndForget) },
	}, {
		Name: "deaf-tasks", Story: "a function that launches in its caller's scope and keeps the caller's cancellation from its tasks",
		Breaks: "P-CANCEL", Task: "screen/prefetch",
		Body: func(r *harness.Run) { fillScreen(r, prefetchDeaf, loadInOwn) },
	}},
}

var errUserLeft = errors.New("the user left the screen")

// screen is what is fetched for one screen.
type screen struct {
	r          *harness.Run
	fetching   atomic.Int64 // functions of prefetch that run
	loading    atomic.Int64 // and of load
	fetched    atomic.Int64 // of both, those that have run to their end
	prefetched []*scope.Job
	loaded     []*scope.Job
}

// The two kinds of function. s is the caller's scope.
type (
	prefetch func(sc *screen, s *scope.Scope, takes []time.Duration)
	load     func(sc *screen, ctx context.Context, takes []time.Duration) error
)

func prefetchInCallers(sc *screen, s *scope.Scope, takes []time.Duration) {
	for i, d := range takes {
		sc.prefetched = append(sc.prefetched, s.Launch("prefetch-"+strconv.Itoa(i+1), sc.fetch(d, &sc.fetching)))
	}
}

// prefetchInPrivate has its scope from the context in which its component was
// made, and not from its caller.
func prefetchInPrivate(sc *screen, _ *scope.Scope, takes []time.Duration) {
	prefetchInCallers(sc, scope.New(sc.r.Context(), "private"), takes)
}

func prefetchDeaf(sc *screen, s *scope.Scope, takes []time.Duration) {
	for i, d := range takes {
		fetch := sc.fetch(d, &sc.fetching)
		sc.prefetched = append(sc.prefetched, s.Launch("prefetch-"+strconv.Itoa(i+1), func(ctx context.Context) error {
			return fetch(context.WithoutCancel(ctx))
		}))
	}
}

func loadInOwn(sc *screen, ctx context.Context, takes []time.Duration) error {
	return scope.Run(ctx, "load", func(s *scope.Scope) error {
		for i, d := range takes {
			sc.loaded = append(sc.loaded, s.Launch("part-"+strconv.Itoa(i+1), sc.fetch(d, &sc.loading)))
		}
		return nil
	})
}

func loadAndForget(sc *screen, ctx context.Context, takes []time.Duration) error {
	for i, d := range takes {
		sc.r.Go(ctx, "part-"+strconv.Itoa(i+1), sc.fetch(d, &sc.loading))
	}
	return nil
}

// fetch is what a task does that takes d and is counted by running.
func (sc *screen) fetch(d time.Duration, running *atomic.Int64) func(context.Context) error {
	return func(ctx context.Context) error {
		running.Add(1)
		defer running.Add(-1)
		if err := sc.r.Sleep(ctx, d); err != nil {
			return err
		}
		sc.fetched.Add(1)
		return nil
	}
}

func fillScreen(r *harness.Run, prefetch prefetch, load load) {
	sc := &screen{r: r}
	ahead := drawn(r, "prefetched", 1, 3)
	parts := drawn(r, "loaded", 1, 2)
	leaves := r.Duration("user leaves after", append([]time.Duration{0}, latencies...)...)
	var loaded error
	underWay := false

	err := scope.Run(r.Context(), "screen", func(s *scope.Scope) error {
		if leaves > 0 {
			user := s.Launch("user", func(ctx context.Context) error {
				if r.Sleep(ctx, leaves) == nil {
					s.Cancel(errUserLeft)
				}
				return nil
			})
			defer user.Cancel(nil)
		}
		prefetch(sc, s, ahead)
		underWay = !allOver(sc.prefetched)
		loaded = load(sc, s.Context(), parts)
		if n := sc.loading.Load(); n > 0 {
			r.Broken("", "%s/load has returned (%v), and %d of its tasks run", s.Path(), loaded, n)
		}
		for _, job := range sc.prefetched {
			if err := job.Join(s.Context()); err != nil {
				return err
			}
		}
		return loaded
	})

	left := errors.Is(err, errUserLeft)
	if n := sc.fetching.Load() + sc.loading.Load(); n > 0 {
		r.Broken("P-LEAK", "screen is over (%v), and %d tasks that were started for it run", err, n)
	}
	for _, job := range sc.prefetched {
		if !isClosed(job.Done()) {
			r.Broken("P-LEAK", "%s is not over when screen is", job.Path())
		}
	}
	if err == nil {
		r.Expect(sc.fetched.Load()).To(gomega.BeEquivalentTo(len(ahead)+len(parts)-sc.cancelledAlone()), "tasks that ran to their end when nobody failed")
	}
	r.Expect(unexplained(err, errUserLeft)).To(gomega.BeNil(), "part of screen's failure that nothing in the run explains")
	r.Sometimes("prefetch returned before its tasks ended", underWay)
	r.Sometimes("load returned after its tasks had ended", loaded == nil)
	r.Sometimes("the user left while prefetched tasks were under way", left && sc.stopped() > 0)
	r.Sometimes("the user left while load was waiting", errors.Is(loaded, errUserLeft))
	r.Sometimes("a prefetched task failed and the screen with it", sc.failedWith(err))
	r.Sometimes("everything was fetched", err == nil)
}

// drawn is how long each of some tasks takes.
func drawn(r *harness.Run, name string, lo, hi int) []time.Duration {
	takes := make([]time.Duration, r.Int(name, lo, hi))
	for i := range takes {
		takes[i] = r.Duration("work of "+name, latencies...)
	}
	return takes
}

// cancelledAlone is how many tasks a fault cancelled, and nobody else: no failure.
func (sc *screen) cancelledAlone() (n int) {
	for _, job := range slices.Concat(sc.prefetched, sc.loaded) {
		if cancelledAlone(job.Err(), job.Path()) {
			n++
		}
	}
	return n
}

// stopped is how many prefetched tasks the user's leaving has stopped.
func (sc *screen) stopped() (n int) {
	for _, job := range sc.prefetched {
		if errors.Is(job.Err(), errUserLeft) {
			n++
		}
	}
	return n
}

func (sc *screen) failedWith(err error) bool {
	for _, job := range sc.prefetched {
		if isClosed(job.Done()) && struckAt(job.Err(), job.Path()) && err != nil {
			return true
		}
	}
	return false
}

func allOver(jobs []*scope.Job) bool {
	for _, job := range jobs {
		if !isClosed(job.Done()) {
			return false
		}
	}
	return true
}
