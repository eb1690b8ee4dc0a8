package scenarios

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S17 asks for a price under three timeouts, one inside the other: that of the
// request, that of the call, and that of the lookup which the call makes. Any of
// them may have expired before anything started, they may be a nanosecond apart,
// and the answer may come a nanosecond before one fires, in the same instant, or
// after. The call has one outcome, whoever asks for it and how often.
var S17 = harness.Scenario{
	ID: "S17", Title: "timeouts",
	Source:     ToastCaseStudy + "; " + TipsAndTricks,
	Properties: []string{"P-CANCEL", "P-LEAK", "P-ERROR", "P-BLAST", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("scope/enter", faults.Delay),
		harness.Strike("scope/leave", faults.Delay),
		harness.Strike("scope/start", faults.Delay),
		harness.Strike("scope/run", faults.Delay|faults.Error|faults.Hang),
		harness.Strike("scope/end", faults.Delay|faults.Error),
		harness.Strike("scope/timeout", faults.Delay),
		harness.Strike("scope/await", faults.Delay),
		harness.Strike("scope/await-resume", faults.Delay),
		harness.Strike("scope/wait-resume", faults.Delay),
	},
	Terms: judge.Terms{EndWithin: 4 * priceWithin},
	Facts: []string{
		"the answer came a nanosecond before its timeout, and won", "answer and timeout met in one instant",
		"the answer came, and its timeout won", "the request's timeout fired", "the call's timeout fired", "the lookup's timeout fired",
		"two timeouts were due in one instant", "a call had expired before it started", "a call failed and timed out",
	},
	Durations: []time.Duration{1, priceWithin - 1, priceWithin, priceWithin + 1},
	Body:      func(r *harness.Run) { priceInTime(r, askScoped) },
	Controls: []harness.Control{{
		Name: "both", Story: "answer and timeout each look whether the other was first, and then deliver",
		Breaks: "P-EXPECT", Task: "request/price has 2 outcomes",
		Body: func(r *harness.Run) { priceInTime(r, askRacing) },
	}, {
		Name: "neither", Story: "an answer that comes at the deadline is thrown away as late, and the timeout sees that an answer has come",
		Breaks: "P-EXPECT", Task: "request/price has 0 outcomes",
		Body: func(r *harness.Run) { priceInTime(r, askDiscarding) },
	}, {
		Name: "changes-its-mind", Story: "a call that timed out and gives its answer to whoever asks later",
		Breaks: "P-EXPECT", Task: "to whoever asks again",
		Body: func(r *harness.Run) { priceInTime(r, askForgetful) },
	}, {
		Name: "leaves-the-loser", Story: "an answer that lost against the timeout waits for ever to be taken",
		Breaks: "P-LEAK", Task: "request/answer",
		Body: func(r *harness.Run) { priceInTime(r, askLeaking) },
	}},
}

const (
	priceWithin = 100 * time.Millisecond
	price       = 42
)

// quote is one outcome of a call: a value or an error.
type quote struct {
	value int
	err   error
}

func (q quote) String() string {
	switch {
	case q.err == nil:
		return fmt.Sprint(q.value)
	case q.value == 0:
		return strconv.Quote(q.err.Error())
	}
	return fmt.Sprintf("%d and %q", q.value, q.err)
}

// pricing is one run of S17.
type pricing struct {
	r *harness.Run
	// Of the request, the call and the lookup: what they may take. What the
	// answer takes, whether the lookup looks at its context, and whether there is one
	// at all.
	request, call, lookup, answer time.Duration
	deaf, direct                  bool

	start    time.Time // of the run
	due      time.Time // the call's own timeout
	answered time.Time // when the call's function returned with a value
	ran      bool      // the call's function
	inner    error     // of the lookup

	guard     sync.Mutex
	delivered []quote
}

// asking is a way to ask under a timeout. Every outcome is delivered as it comes;
// again asks for the outcome once more, when everything is over.
type asking func(p *pricing, s *scope.Scope) (again func() quote)

func priceInTime(r *harness.Run, ask asking) {
	p := &pricing{r: r, start: time.Now()}
	p.request = r.Duration("request allows", 2*priceWithin, priceWithin-1, priceWithin, priceWithin+1, 0)
	p.call = r.Duration("call allows", priceWithin, priceWithin-1, priceWithin+1, 2*priceWithin, 0, -1)
	p.lookup = r.Duration("lookup allows", 3*priceWithin, priceWithin-1, priceWithin, priceWithin+1, 0)
	p.answer = r.Duration("answer takes", 0, 1, priceWithin-2, priceWithin-1, priceWithin, priceWithin+1, 2*priceWithin)
	p.deaf = r.Bool("the lookup ignores its context")
	p.direct = r.Bool("no lookup in between")
	again := func() quote { return quote{err: errNotAsked} }
	asked := false
	err := scope.Supervise(r.Context(), "request", func(s *scope.Scope) error {
		asked = true
		p.due = time.Now().Add(p.call)
		again = ask(p, s)
		return nil
	}, scope.Timeout(p.request))
	p.checkOwn("request", err, p.start.Add(p.request))
	if asked {
		p.check(again())
	}
	r.Sometimes("the request's timeout fired", err != nil)
}

var errNotAsked = errors.New("the request had expired")

// fetch is the call's function.
func (p *pricing) fetch(ctx context.Context) (int, error) {
	p.ran = true
	var err error
	if p.direct {
		err = p.wait(ctx)
	} else {
		due := time.Now().Add(p.lookup)
		err = scope.WithTimeout(ctx, "lookup", p.lookup, p.wait)
		p.checkOwn("request/price/lookup", err, due)
		p.inner = err
	}
	if err != nil {
		return 0, err
	}
	p.answered = time.Now()
	return price, nil
}

// wait is over when the answer is here.
func (p *pricing) wait(ctx context.Context) error {
	if p.deaf {
		ctx = context.WithoutCancel(ctx)
	}
	return p.r.Sleep(ctx, p.answer)
}

// deliver is called once for each outcome.
func (p *pricing) deliver(q quote) {
	p.guard.Lock()
	defer p.guard.Unlock()
	p.delivered = append(p.delivered, q)
}

// checkOwn looks at the outcome of a task at its very end: a timeout that is due
// has fired, and none fires early.
func (p *pricing) checkOwn(path string, err error, due time.Time) {
	now := time.Now()
	switch fired := firedOf(err); {
	case err == nil && p.tooLate(now, due):
		p.broken("%s succeeded at %v, and its timeout had been due at %v", path, p.at(now), p.at(due))
	case fired != nil && fired.Name == path && now.Before(due):
		p.broken("%s timed out at %v, and its timeout is due at %v", path, p.at(now), p.at(due))
	}
}

// tooLate: of an answer and a timeout in one instant the timeout wins, where that
// is not luck.
func (p *pricing) tooLate(t, due time.Time) bool {
	if p.r.Controlled() {
		return !t.Before(due)
	}
	return t.After(due)
}

func (p *pricing) check(again quote) {
	if len(p.delivered) != 1 {
		p.broken("request/price has %d outcomes: %v", len(p.delivered), p.delivered)
		return
	}
	q := p.delivered[0]
	if (q.value != 0) == (q.err != nil) || q.err == nil && q.value != price {
		p.broken("request/price has a value and an error, or neither: %v", q)
	}
	if again != q {
		p.broken("request/price gave %v, and gives %v to whoever asks again", q, again)
	}
	p.checkWinner(q)
	p.witness(q)
}

// armed: the call has no timeout of its own when the request's is due no later.
func (p *pricing) armed() bool { return p.due.Before(p.start.Add(p.request)) }

// checkWinner: whoever was first is the outcome.
func (p *pricing) checkWinner(q quote) {
	now := time.Now()
	armed := p.armed()
	fired := firedOf(q.err)
	switch {
	case q.err == nil && (p.answered.IsZero() || armed && p.tooLate(p.answered, p.due)):
		p.broken("request/price gave a value, answered at %v, and its timeout had been due at %v", p.at(p.answered), p.at(p.due))
	case fired == nil && q.err != nil && !isInjectedError(q.err):
		p.broken("request/price failed with %v, which is neither a timeout nor a fault of this run", q.err)
	case fired == nil:
	case fired.Name == "request/price" && (!armed && p.call > 0 || now.Before(p.due)):
		p.broken("request/price timed out at %v, and its timeout is due at %v (request's at %v)", p.at(now), p.at(p.due), p.at(p.start.Add(p.request)))
	case fired.Name == "request" && now.Before(p.start.Add(p.request)):
		p.broken("request timed out at %v, and its timeout is due at %v", p.at(now), p.at(p.start.Add(p.request)))
	case fired.Name == "request/price/lookup" && firedOf(p.inner) == nil:
		p.broken("request/price failed with a timeout of its lookup, which ended with %v", p.inner)
	}
	if p.call <= 0 && p.ran {
		p.broken("request/price ran, and its timeout had expired before it started")
	}
}

func (p *pricing) witness(q quote) {
	sometimes, fired := p.r.Sometimes, firedOf(q.err)
	by := func(name string) bool { return fired != nil && fired.Name == name }
	sometimes("the answer came a nanosecond before its timeout, and won", q.err == nil && p.due.Sub(p.answered) == 1)
	sometimes("answer and timeout met in one instant", by("request/price") && p.answered.Equal(p.due))
	sometimes("the answer came, and its timeout won", by("request/price") && !p.answered.IsZero())
	sometimes("the call's timeout fired", by("request/price"))
	sometimes("the lookup's timeout fired", by("request/price/lookup"))
	sometimes("two timeouts were due in one instant", by("request") && p.due.Equal(p.start.Add(p.request)))
	sometimes("a call had expired before it started", by("request/price") && p.call <= 0)
	sometimes("a call failed and timed out", fired != nil && isInjectedError(q.err))
}

func (p *pricing) broken(format string, args ...any) { p.r.Broken("", format, args...) }

func (p *pricing) at(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return "t=" + t.Sub(p.start).String()
}

// firedOf is the timeout that err is about, nil if it is about none.
func firedOf(err error) *scope.TimeoutError {
	var fired *scope.TimeoutError
	errors.As(err, &fired)
	return fired
}

func isInjectedError(err error) bool {
	var injected *faults.Injected
	return errors.As(err, &injected)
}

// askScoped asks the way package scope means it.
func askScoped(p *pricing, s *scope.Scope) func() quote {
	call := scope.Async(s, "price", p.fetch, scope.Timeout(p.call))
	await := func() quote {
		value, err := call.Await(context.WithoutCancel(s.Context()))
		return quote{value, err}
	}
	p.deliver(await())
	return func() quote {
		if err := call.Err(); err != nil {
			return quote{err: err} // who awaits a failure twice is told of it twice
		}
		return await()
	}
}

// handmade is a call and a timer, two goroutines of which either may be first.
// answer gets what the function returns, expire is called at the timeout.
func (p *pricing) handmade(s *scope.Scope, answer func(context.Context, quote), expire func(context.Context)) {
	ctx := context.WithoutCancel(s.Context())
	over := make(chan struct{}, 2)
	p.r.Go(ctx, "answer", func(ctx context.Context) error {
		defer func() { over <- struct{}{} }()
		if p.call <= 0 {
			return nil
		}
		err := p.r.Sleep(ctx, p.answer)
		p.ran, p.answered = true, time.Now()
		answer(ctx, quote{price, err})
		return nil
	})
	p.r.Go(ctx, "timer", func(ctx context.Context) error {
		defer func() { over <- struct{}{} }()
		_ = p.r.Sleep(ctx, p.call)
		expire(ctx)
		return nil
	})
	<-over
	<-over
	p.r.Step(ctx)
}

// timedOut is the timeout that was due first.
func (p *pricing) timedOut() quote {
	if !p.armed() {
		return quote{err: &scope.TimeoutError{Name: "request", After: p.request}}
	}
	return quote{err: &scope.TimeoutError{Name: "request/price", After: p.call}}
}

func (p *pricing) inTime() bool { return p.answered.Before(p.due) }

// last is what was delivered last, as far as somebody asks again.
func (p *pricing) last() quote {
	if len(p.delivered) == 0 {
		return quote{}
	}
	return p.delivered[len(p.delivered)-1]
}

func askRacing(p *pricing, s *scope.Scope) func() quote {
	settled := false
	settle := func(ctx context.Context, q quote) {
		if settled {
			return
		}
		_ = p.r.Sleep(ctx, 1) // what it takes to tell the other
		settled = true
		p.deliver(q)
	}
	p.handmade(s, func(ctx context.Context, q quote) {
		if p.inTime() {
			settle(ctx, q)
		}
	}, func(ctx context.Context) { settle(ctx, p.timedOut()) })
	return p.last
}

func askDiscarding(p *pricing, s *scope.Scope) func() quote {
	settled := false
	p.handmade(s, func(_ context.Context, q quote) {
		if settled {
			return
		}
		settled = true
		if p.inTime() {
			p.deliver(q)
		}
	}, func(context.Context) {
		if !settled {
			settled = true
			p.deliver(p.timedOut())
		}
	})
	return p.last
}

func askForgetful(p *pricing, s *scope.Scope) func() quote {
	settled, late := false, quote{}
	p.handmade(s, func(_ context.Context, q quote) {
		late = q
		if !settled && p.inTime() {
			settled = true
			p.deliver(q)
		}
	}, func(context.Context) {
		if !settled {
			settled = true
			p.deliver(p.timedOut())
		}
	})
	return func() quote {
		if late != (quote{}) {
			return late
		}
		return p.last()
	}
}

func askLeaking(p *pricing, s *scope.Scope) func() quote {
	ctx := s.Context()
	answers := make(chan quote)
	p.r.Go(ctx, "answer", func(ctx context.Context) error {
		err := p.r.Sleep(ctx, p.answer)
		p.ran, p.answered = true, time.Now()
		answers <- quote{price, err}
		p.r.Step(ctx)
		return nil
	})
	timer := time.NewTimer(p.call)
	defer timer.Stop()
	q := p.timedOut()
	select {
	case q = <-answers:
	case <-timer.C:
	}
	p.r.Step(ctx)
	p.deliver(q)
	return p.last
}
