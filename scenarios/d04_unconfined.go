package scenarios

import (
	"context"
	"fmt"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// D4 is the benchmark in which Unconfined looks ten times faster than any pool:
// jobs that count, one dispatcher against another. On a pool they overlap. On
// Unconfined each one is over before the next is launched, so that nothing was
// measured but the lack of concurrency; its control is caught because the fact
// that this is all about is never seen. Calls on Unconfined run where they are made,
// at the same time if their callers do; however they end, none is counted any more.
var D4 = harness.Scenario{
	ID: "D4", Title: "Unconfined looks fast because it is sequential", Version: 2,
	Source:     ComplexFeatures,
	Properties: []string{"P-STARVE", "P-ERROR", "P-BLAST", "P-LEAK"},
	Faults:     []explore.Allow{harness.Strike("dispatcher/call", faults.Failure|faults.Delay)},
	Terms:      judge.Terms{DispatchWithin: clockNoise, Radius: failedAlone},
	Facts:      []string{jobsOverlap, "every core had a job", "an unconfined call exited", "unconfined calls overlapped"},
	Runs:       200,
	Body:       func(r *harness.Run) { countingBenchmark(r, somePool) },
	Controls: []harness.Control{{
		Name: "unconfined", Story: "the same benchmark on Unconfined: never concurrent",
		Breaks: "P-SOMETIMES", Task: jobsOverlap, Runs: 200,
		Body: func(r *harness.Run) { countingBenchmark(r, unconfined) },
	}},
}

const jobsOverlap = "overlap >= 2"

func somePool(r *harness.Run) *dispatcher.Dispatcher {
	return dispatcher.NewDefault(r.Context(), dispatcher.Limit(r.Int("cores", 2, 4)))
}

func unconfined(*harness.Run) *dispatcher.Dispatcher { return dispatcher.NewUnconfined() }

// countingBenchmark launches jobs that count, and looks how many are under way
// at one time.
func countingBenchmark(r *harness.Run, open func(r *harness.Run) *dispatcher.Dispatcher) {
	d := open(r)
	jobs, each := r.Int("jobs", 2, 6), r.Int("counts of each job", 1, 5)
	inside := new(gauge)
	err := scope.Run(r.Context(), "benchmark", func(s *scope.Scope) error {
		var counts []*scope.Deferred[int]
		for i := range jobs {
			counts = append(counts, scope.Async(s, fmt.Sprintf("job-%d", i+1), func(ctx context.Context) (n int, err error) {
				inside.enter()
				defer inside.leave()
				for range each {
					n++
					r.Step(ctx)
				}
				return n, nil
			}, scope.On(d)))
		}
		for _, c := range counts {
			n, err := c.Await(s.Context())
			r.Expect(err).NotTo(gomega.HaveOccurred())
			r.Expect(n).To(gomega.Equal(each))
		}
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	most := inside.most()
	r.Sometimes(jobsOverlap, most >= 2)
	r.Sometimes("every core had a job", most == d.Limit())
	r.Expect(d.Drain(r.Context())).To(gomega.Succeed())
	countInPlace(r)
}

// countInPlace has callers that run what they count themselves.
func countInPlace(r *harness.Run) {
	d, inside := dispatcher.NewUnconfined(), new(gauge)
	callers := r.Int("callers", 1, 3)
	err := scope.Supervise(r.Context(), "in place", func(s *scope.Scope) error {
		for i := range callers {
			job := scope.Async(s, fmt.Sprintf("caller-%d", i+1), func(ctx context.Context) (struct{}, error) {
				return struct{}{}, dispatcher.Do(ctx, d, "count", func(ctx context.Context) error {
					inside.enter()
					defer inside.leave()
					r.Step(ctx)
					return nil
				})
			})
			defer func() {
				_, err := job.Await(s.Context())
				r.Expect(unexplained(err)).To(gomega.BeNil(), "what %s failed with", job.Path())
				r.Sometimes("an unconfined call exited", endedByGoexit(err))
			}()
		}
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	r.Sometimes("unconfined calls overlapped", inside.most() > 1)
	r.Expect(d.Stats().Running).To(gomega.BeZero(), "unconfined calls that are counted as running when all are over")
	r.Expect(d.Drain(r.Context())).To(gomega.Succeed())
}
