package scenarios

import (
	"context"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S2 is the error puzzle: handling a child's failure inside its scope, around
// the await, does not save the scope; handling it around the scope yields the
// default. Nobody else in the request notices either way.
var S2 = harness.Scenario{
	ID: "S2", Title: "the error puzzle",
	Source:     ObserveAndReport + ", with kotlinx.coroutines issue 763",
	Properties: []string{"P-BLAST", "P-CANCEL", "P-ERROR", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("fakes/services/call", faults.Failure|faults.Delay|faults.CancelTask|faults.Deadline),
		harness.Strike("fakes/services/reply", faults.Error|faults.Delay|faults.CancelTask),
		harness.Strike("scope/start", faults.Delay),
		harness.Strike("scope/await-resume", faults.Delay),
	},
	Terms: judge.Terms{EndWithin: promptly, MustFail: everyStrike},
	Facts: []string{
		"handled inside, and the scope failed all the same", "handled around, and the default was shown",
		"both children failed", "a cancelled child was handled inside, and the scope lived", "both ways gave the user's data",
	},
	Durations: latencies,
	Body:      func(r *harness.Run) { errorPuzzle(r, scope.Run) },
	Controls: []harness.Control{{
		Name: "forgets-awaited-failures", Story: "a scope that forgets a child's failure once an awaiter has seen it",
		Breaks: "P-EXPECT", Task: "request/inside",
		// That is what a supervisor does.
		Body: func(r *harness.Run) { errorPuzzle(r, scope.Supervise) },
	}},
}

const defaultUserData = "DEFAULT_USER_DATA"

func errorPuzzle(r *harness.Run, run enclose) {
	latencyA, latencyB := r.Duration("latency of A", latencies...), r.Duration("latency of B", latencies...)
	inside := newPuzzle("request/inside", run, latencyA, latencyB)
	around := newPuzzle("request/around", run, latencyA, latencyB)
	err := scope.Supervise(r.Context(), "request", func(request *scope.Scope) error {
		bystander := scope.Async(request, "bystander", func(ctx context.Context) (int, error) {
			return 1, r.Sleep(ctx, 2*time.Millisecond)
		})
		first := scope.Async(request, "inside", inside.handleInside)
		second := scope.Async(request, "around", around.handleAround)
		_, err := first.Await(request.Context())
		r.Expect(failures(err)).To(gomega.Equal(failures(inside.err)), "request/inside fails with what its scope fails with")
		shown, err := second.Await(request.Context())
		r.Expect(err).NotTo(gomega.HaveOccurred(), "request/around handles the failure")
		r.Expect(shown).To(gomega.Equal(around.user))
		answer, err := bystander.Await(request.Context())
		r.Expect(err).NotTo(gomega.HaveOccurred(), "request/bystander is not affected")
		r.Expect(answer).To(gomega.Equal(1))
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred(), "request lives")

	inside.check(r)
	around.check(r)
	if around.err == nil {
		r.Expect(around.user).To(gomega.Equal("A(user)B(user)"))
	} else {
		r.Expect(around.user).To(gomega.Equal(defaultUserData))
	}
	r.Sometimes("handled inside, and the scope failed all the same", inside.handled && inside.err != nil)
	r.Sometimes("handled around, and the default was shown", around.user == defaultUserData)
	r.Sometimes("both children failed", inside.a.failed && inside.b.failed || around.a.failed && around.b.failed)
	r.Sometimes("a cancelled child was handled inside, and the scope lived", inside.handled && inside.err == nil)
	r.Sometimes("both ways gave the user's data", inside.user == "A(user)B(user)" && around.user == inside.user)
}

// puzzle is one of the two ways to get the user's data, and what came of it.
type puzzle struct {
	path    string
	run     enclose
	a, b    asked
	calls   []*scope.Deferred[services.Reply]
	handled bool   // the failure was seen, and handled, around the awaits
	user    string // as it was put together, or the default
	err     error  // of the scope
}

func newPuzzle(path string, run enclose, latencyA, latencyB time.Duration) *puzzle {
	return &puzzle{
		path: path, run: run,
		a: asked{Service: services.New("A", latencyA)},
		b: asked{Service: services.New("B", latencyB)},
	}
}

func (p *puzzle) handleInside(ctx context.Context) (string, error) {
	p.err = p.run(ctx, "userData", func(s *scope.Scope) error {
		if err := p.fetch(s); err != nil {
			p.handled, p.user = true, defaultUserData
		}
		return nil
	})
	return p.user, p.err
}

func (p *puzzle) handleAround(ctx context.Context) (string, error) {
	if p.err = p.run(ctx, "userData", p.fetch); p.err != nil {
		p.user = defaultUserData
	}
	return p.user, nil
}

func (p *puzzle) fetch(s *scope.Scope) error {
	p.calls = []*scope.Deferred[services.Reply]{scope.Async(s, "A", p.a.ask), scope.Async(s, "B", p.b.ask)}
	user := ""
	for _, call := range p.calls {
		reply, err := call.Await(s.Context())
		if err != nil {
			return err
		}
		user += reply.Body
	}
	p.user = user
	return nil
}

// check compares what the scope returned with what became of its children.
func (p *puzzle) check(r *harness.Run) {
	if !p.a.failed && !p.b.failed && p.handled {
		r.Expect(p.err).NotTo(gomega.HaveOccurred(), "%s: a cancelled child is no failure of its scope", p.path)
	}
	for i, child := range []*asked{&p.a, &p.b} {
		if child.failed {
			r.Expect(p.err).To(gomega.MatchError(p.calls[i].Err()), "%s: its scope fails with what %s failed with, handled or not", p.path, child.Name())
		}
	}
	if p.a.answered() && p.b.answered() {
		r.Expect(p.err).NotTo(gomega.HaveOccurred(), "%s: both answered", p.path)
	}
}
