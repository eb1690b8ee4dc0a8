package scenarios

import (
	"context"
	"errors"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S1 asks two services at once for one page, all-or-nothing: the first failure
// stops the sibling and is the page's (fetchMetaData). The client may leave at
// any moment.
var S1 = harness.Scenario{
	ID: "S1", Title: "parallel fan-out",
	Source:     ObserveAndReport + "; " + InProduction,
	Properties: []string{"P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("fakes/services/...", faults.Failure|faults.Delay|faults.Hang),
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.Hang),
		harness.Strike("scope/end", faults.Error|faults.Delay),
		harness.Strike("scope/...", faults.Cancels),
	},
	Terms: judge.Terms{EndWithin: promptly, MustFail: everyStrike},
	Facts: []string{
		"both answered", "one failed and the other was stopped", "a second failure was attached",
		"the client left while both were asked", "the page timed out",
	},
	Durations: append([]time.Duration{answerWithin}, latencies...),
	Body:      func(r *harness.Run) { parallelFanOut(r, fetchBoth(scope.Run, listening)) },
	Controls: []harness.Control{{
		Name: "forgets-to-cancel", Story: "a fan-out that does not cancel the other call when one has failed",
		Breaks: "P-EXPECT", Task: "page/fetch",
		Body: func(r *harness.Run) { parallelFanOut(r, fetchBoth(scope.Supervise, listening)) },
	}, {
		Name: "sibling-is-deaf", Story: "a fan-out whose calls do not hear of the scope's cancellation",
		Breaks: "P-CANCEL", Task: "page/fetch/",
		Body: func(r *harness.Run) { parallelFanOut(r, fetchBoth(scope.Run, context.WithoutCancel)) },
	}, {
		Name: "forgets-the-sibling", Story: "a fan-out of plain goroutines that returns the first failure and forgets the other call",
		Breaks: "P-LEAK", Task: "page/",
		Body: func(r *harness.Run) { parallelFanOut(r, fetchAndForget) },
	}},
}

// promptly is how long a task that was cancelled may take to end. It takes none,
// but the clock may be moved while it is on its way.
const promptly = 20 * time.Millisecond

// latencies are what a service takes to answer.
var latencies = []time.Duration{time.Millisecond, 40 * time.Millisecond, 80 * time.Millisecond}

// everyStrike: whatever fails at an allowed failpoint fails the task it strikes.
// It is not so where a panic may strike at scope/end: a function that panics
// while it returns loses its error.
func everyStrike(faults.Strike) bool { return true }

var errClientLeft = errors.New("the client left")

// fetch asks a and b at once.
type fetch func(r *harness.Run, ctx context.Context, a, b *asked) (user string, err error)

func parallelFanOut(r *harness.Run, both fetch) {
	a := &asked{Service: services.New("A", r.Duration("latency of A", latencies...))}
	b := &asked{Service: services.New("B", r.Duration("latency of B", latencies...))}
	leaves := r.Duration("client leaves after", append([]time.Duration{0}, latencies...)...)
	user := ""
	err := scope.Run(r.Context(), "page", func(page *scope.Scope) (err error) {
		if leaves > 0 {
			client := page.Launch("client", func(ctx context.Context) error {
				if r.Sleep(ctx, leaves) == nil {
					page.Cancel(errClientLeft)
				}
				return nil
			})
			defer client.Cancel(nil)
		}
		user, err = both(r, page.Context(), a, b)
		return err
	}, scope.Timeout(answerWithin))

	if err == nil {
		r.Expect(user).To(gomega.Equal("A(user) B(user)"))
	}
	r.Expect(unexplained(err, errClientLeft)).To(gomega.BeNil(), "part of the page's failure that nothing in the run explains")
	r.Sometimes("both answered", err == nil)
	r.Sometimes("one failed and the other was stopped", a.failed && b.stopped || b.failed && a.stopped)
	r.Sometimes("a second failure was attached", len(failures(err)) > 1)
	r.Sometimes("the client left while both were asked", a.stopped && b.stopped && errors.Is(a.err, errClientLeft))
	r.Sometimes("the page timed out", isTimeout(err))
}

// listening is what calls do about their context when nothing is broken.
func listening(ctx context.Context) context.Context { return ctx }

// fetchBoth is the fan-out of the accounts.
func fetchBoth(run enclose, hear func(context.Context) context.Context) fetch {
	return func(r *harness.Run, ctx context.Context, a, b *asked) (user string, err error) {
		var together context.Context
		err = run(ctx, "fetch", func(s *scope.Scope) error {
			together = s.Context()
			ask := func(of *asked) *scope.Deferred[services.Reply] {
				return scope.Async(s, of.Name(), func(ctx context.Context) (services.Reply, error) { return of.ask(hear(ctx)) })
			}
			callA, callB := ask(a), ask(b)
			replyA, err := callA.Await(together)
			if err != nil {
				expectStopped(r, together, callA, a)
				return err
			}
			replyB, err := callB.Await(together)
			if err != nil {
				expectStopped(r, together, callB, b)
				return err
			}
			user = replyA.Body + " " + replyB.Body
			return nil
		})
		if err != nil && stoppedEarly(together) {
			r.Expect(failures(err)[0]).To(gomega.BeIdenticalTo(context.Cause(together)), "what fetch failed with first is what stopped the calls")
		}
		return user, err
	}
}

// expectStopped: whoever is told of a call's failure finds the other call
// stopped.
func expectStopped(r *harness.Run, together context.Context, call *scope.Deferred[services.Reply], of *asked) {
	err := call.Err() // before it is over, of belongs to the call
	if err != nil && (of.failed || struckAt(err, call.Path())) {
		r.Expect(together.Err()).To(gomega.HaveOccurred(), "the failure of %s is known, and page/fetch is not stopped", call.Path())
	}
}

// stoppedEarly reports whether the scope of ctx, which is over, was cancelled
// before. Being over leaves context.Canceled.
func stoppedEarly(ctx context.Context) bool {
	return ctx != nil && context.Cause(ctx) != context.Canceled
}

// fetchAndForget is a fan-out without a scope.
func fetchAndForget(r *harness.Run, ctx context.Context, a, b *asked) (user string, err error) {
	over := make(chan error, 2)
	ask := func(of *asked) {
		r.Go(ctx, of.Name(), func(ctx context.Context) (err error) {
			err = errNoAnswer
			defer func() { over <- err }()
			_, err = of.ask(ctx)
			return err
		})
	}
	ask(a)
	ask(b)
	for range 2 {
		err := <-over
		r.Step(ctx)
		if err != nil {
			return "", err
		}
	}
	return a.reply.Body + " " + b.reply.Body, nil
}

var errNoAnswer = errors.New("the call did not return")
