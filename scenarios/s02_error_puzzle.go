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
// default. Nobody else on the page notices either way.
var S2 = harness.Scenario{
	ID: "S2", Title: "the error puzzle",
	Source:     ObserveAndReport + ", kotlinx.coroutines issue 763",
	Properties: []string{"P-BLAST", "P-CANCEL", "P-ERROR", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("fakes/services/call", faults.Failure|faults.Delay|faults.CancelTask|faults.Deadline),
		harness.Strike("fakes/services/reply", faults.Error|faults.Delay|faults.CancelTask),
		harness.Strike("scope/start", faults.Delay),
		harness.Strike("scope/await-resume", faults.Delay),
	},
	Terms: judge.Terms{EndWithin: promptly, MustFail: everyStrike},
	Facts: []string{
		"handled inside, and the scope failed all the same", "handled around, and the default shown",
		"both children failed", "a cancelled child was handled inside, and the scope lived",
		"both pages complete",
	},
	Durations: latencies,
	Body:      func(r *harness.Run) { errorPuzzle(r, scope.Run) },
	Controls: []harness.Control{{
		Name: "forgets-awaited-failures", Story: "a scope that forgets a child's failure once an awaiter has seen it",
		Breaks: "P-EXPECT", Task: "request/inside",
		Body: func(r *harness.Run) { errorPuzzle(r, forgetsAwaited) },
	}},
}

const defaultUserData = "DEFAULT_USER_DATA"

// puzzle is one of the two ways to ask for the user's data.
type puzzle struct {
	r         *harness.Run
	run       enclose
	a, b      *services.Service
	children  [2]*scope.Deferred[services.Reply]
	handled   bool   // the failure was seen around the awaits
	user      string // as it was assembled, or the default
	scopeErr  error  // what the scope returned
	cancelled error  // why the scope's context was done before its end
}

func newPuzzle(r *harness.Run, run enclose, a, b *services.Service) *puzzle {
	return &puzzle{r: r, run: run, a: a, b: b}
}

func (p *puzzle) ask(s *scope.Scope) (string, error) {
	for i, of := range [...]*services.Service{p.a, p.b} {
		p.children[i] = scope.Async(s, of.Name(), func(ctx context.Context) (services.Reply, error) { return of.Call(ctx, "user") })
	}
	user := ""
	for _, child := range p.children {
		reply, err := child.Await(s.Context())
		if err != nil {
			return "", err
		}
		user += reply.Body
	}
	return user, nil
}

// inside handles the failure around the awaits.
func (p *puzzle) inside(ctx context.Context) (string, error) {
	p.scopeErr = p.run(ctx, "userData", func(s *scope.Scope) (err error) {
		if p.user, err = p.ask(s); err != nil {
			p.handled, p.user = true, defaultUserData
		}
		return nil
	})
	return p.user, p.scopeErr
}

// around handles the failure around the scope.
func (p *puzzle) around(ctx context.Context) (string, error) {
	p.scopeErr = p.run(ctx, "userData", func(s *scope.Scope) (err error) {
		p.user, err = p.ask(s)
		return err
	})
	if p.scopeErr != nil {
		p.user = defaultUserData
	}
	return p.user, nil
}

// failed is the children's own failures: not their cancellation, which is none.
func (p *puzzle) failed() (own []error) {
	for _, child := range p.children {
		if err := child.Err(); struckAt(err, "request/"+child.Path()) || isGoexit(err) {
			own = append(own, err)
		}
	}
	return own
}

func errorPuzzle(r *harness.Run, run enclose) {
	a := services.New("A", r.Duration("latency of A", latencies...))
	b := services.New("B", r.Duration("latency of B", latencies...))
	in, out := newPuzzle(r, run, a, b), newPuzzle(r, run, a, b)
	bystander := 0
	var shown, insideErr, aroundErr error
	_ = shown
	var around string
	err := scope.Supervise(r.Context(), "request", func(request *scope.Scope) error {
		other := scope.Async(request, "other", func(ctx context.Context) (int, error) {
			return 1, r.Sleep(ctx, 2*time.Millisecond)
		})
		first := scope.Async(request, "inside", in.inside)
		second := scope.Async(request, "around", out.around)
		_, insideErr = first.Await(request.Context())
		around, aroundErr = second.Await(request.Context())
		var err error
		bystander, err = other.Await(request.Context())
		return err
	})
	_, _, _, _ = err, insideErr, aroundErr, around
	_ = bystander
	r.Expect(err).NotTo(gomega.HaveOccurred())
}
