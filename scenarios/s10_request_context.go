package scenarios

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S10 answers several requests at once. Each has a trace id and a security token
// in its context, and goes over a chain of hops: scopes, pools, views, sections,
// handlers, one inside the other. At every hop, on the way in and on the way
// back, they are still its own, the innermost task has the name it was given,
// and the log has the trace id of the request that writes, whoever runs it.
var S10 = harness.Scenario{
	ID: "S10", Title: "a request's context across hops",
	Source: ObserveAndReport + "; " + InProduction,
	// Not P-CANCEL: what a call does that knows no context is no task below it, and
	// nobody could tell what the call waits for.
	Properties: []string{"P-CONTEXT", "P-BLAST", "P-ERROR", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("scope/...", faults.Delay|faults.CancelTask|faults.CancelParent),
		harness.Strike("scope/run", faults.Failure|faults.Hang),
		harness.Strike("scope/section-begin", faults.Failure|faults.Hang),
		harness.Strike("scope/call", faults.Error|faults.Panic),
		harness.Strike("dispatcher/...", faults.Delay|faults.CancelTask|faults.CancelParent|faults.LoseWorker),
		harness.Strike("dispatcher/call", faults.Failure|faults.Hang),
		harness.Strike("fakes/services/...", faults.Failure|faults.Delay|faults.Hang|faults.CancelTask|faults.CancelParent),
	},
	Facts: append([]string{
		"two requests were under way at once", "a request was answered", "a request failed on a hop and another was answered",
		"a request was cancelled on a hop", "a handler was told of a failure",
	}, hopFacts()...),
	Terms:     judge.Terms{Radius: ofOneRequest},
	Durations: append([]time.Duration{answerWithin}, latencies...),
	Body:      func(r *harness.Run) { serveRequests(newHouse(r)) },
	Controls: []harness.Control{{
		Name: "rebuilt-on-a-hop", Story: "a pool that runs work with a context of its own, made from Background",
		Breaks: "P-CONTEXT", Task: "server/request-",
		Body: func(r *harness.Run) {
			h := newHouse(r)
			h.crossing = rebuilt
			serveRequests(h)
		},
	}, {
		Name: "first-come", Story: "a pool that runs all work with the context of the request that came first",
		Breaks: "P-CONTEXT", Task: "server/request-",
		Body: func(r *harness.Run) {
			h := newHouse(r)
			h.crossing = h.firstCome
			serveRequests(h)
		},
	}, {
		Name: "kept-beside", Story: "a token kept in a variable of the server that each request sets when it comes, and not in the context",
		Breaks: "P-CONTEXT", Task: "server/request-",
		Body: func(r *harness.Run) {
			h := newHouse(r)
			h.token = h.tokenBeside
			serveRequests(h)
		},
	}, {
		Name: "log-loses-fields", Story: "a log handler that forgets about the context as soon as a logger has attributes of its own",
		Breaks: "P-CONTEXT", Task: "carried no trace in the log",
		Body: func(r *harness.Run) {
			h := newHouse(r)
			h.fields = func(to slog.Handler) slog.Handler { return forgetfulFields{to} }
			serveRequests(h)
		},
	}, {
		Name: "task-goes-missing", Story: "a helper that hands on the values of a context and not the task it belongs to",
		Breaks: "P-CONTEXT", Task: "carried no task",
		Body: func(r *harness.Run) {
			h := newHouse(r)
			h.crossing = valuesOnly
			serveRequests(h)
		},
	}},
}

// ofOneRequest is the radius of what a request does.
func ofOneRequest(failed, other *history.Task) bool {
	for t := failed; t != nil; t = t.Parent {
		if strings.HasPrefix(t.Name, "request-") {
			return other.Within(t)
		}
	}
	return other.Within(failed)
}

// What a context carries, by the name that P-CONTEXT uses.
const (
	traceID     = "trace"
	secretToken = "token"
	taskName    = "task"
	loggedTrace = "trace in the log"
)

type (
	traceKey struct{}
	tokenKey struct{}
)

func traceOf(ctx context.Context) string {
	id, _ := ctx.Value(traceKey{}).(string)
	return id
}

func tokenOf(ctx context.Context) string {
	token, _ := ctx.Value(tokenKey{}).(string)
	return token
}

// house is the server and its pools. The functions are what controls replace.
type house struct {
	r                   *harness.Run
	io, view, cpu, here *dispatcher.Dispatcher
	backend             *services.Service
	requests            []*request

	crossing func(ctx context.Context) context.Context // what a pool runs work with
	token    func(ctx context.Context) string
	fields   func(slog.Handler) slog.Handler

	mu        sync.Mutex
	first     context.Context // firstCome
	last      string          // tokenBeside
	underWay  int
	atOnce    int
	handled   int
	cancelled int
}

func newHouse(r *harness.Run) *house {
	h := &house{r: r, crossing: listening, token: tokenOf, fields: func(to slog.Handler) slog.Handler { return contextFields{to} }}
	ctx := r.Context()
	h.io = dispatcher.NewIO(ctx, dispatcher.Limit(16))
	h.view = h.io.Limited("one", 1)
	h.cpu = dispatcher.NewDefault(ctx, dispatcher.Limit(4))
	h.here = dispatcher.NewUnconfined()
	return h
}

// rebuilt keeps nothing but what the harness knows the task by.
func rebuilt(ctx context.Context) context.Context {
	return context.WithValue(context.Background(), faults.Key{}, faults.TaskOf(ctx))
}

// firstCome keeps the values of whoever was first.
func (h *house) firstCome(ctx context.Context) context.Context {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.first == nil {
		h.first = ctx
	}
	return context.WithValue(h.first, faults.Key{}, faults.TaskOf(ctx))
}

// valuesOnly copies what the server knows of.
func valuesOnly(ctx context.Context) context.Context {
	known := context.WithValue(rebuilt(ctx), traceKey{}, traceOf(ctx))
	return context.WithValue(known, tokenKey{}, tokenOf(ctx))
}

func (h *house) tokenBeside(context.Context) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last
}

// request is one request. Everything it does is one hop inside the other.
type request struct {
	*house
	name, trace, secret string
	hops                []hop

	own  context.Context // with its values
	log  *slog.Logger
	line lastLine
	job  *scope.Deferred[string]
}

func serveRequests(h *house) {
	r := h.r
	h.backend = services.NewFunc("backend", r.Duration("latency", latencies...), h.remember)
	h.requests = make([]*request, r.Int("requests", 1, 3))
	for i := range h.requests {
		h.requests[i] = h.newRequest(strconv.Itoa(i + 1))
	}
	quiet := context.WithoutCancel(r.Context())
	err := scope.Supervise(r.Context(), "server", func(s *scope.Scope) error {
		for _, q := range h.requests {
			q.job = scope.Async(s, q.name, q.serve, scope.Timeout(answerWithin))
		}
		for _, q := range h.requests {
			q.read(context.WithoutCancel(s.Context()))
		}
		return nil
	})
	r.Expect(h.io.Drain(quiet)).To(gomega.Succeed())
	r.Expect(h.cpu.Drain(quiet)).To(gomega.Succeed())

	answered := 0
	for _, q := range h.requests {
		if q.job != nil && q.job.Err() == nil {
			answered++
		}
	}
	r.Sometimes("two requests were under way at once", h.atOnce > 1)
	r.Sometimes("a request was answered", answered > 0)
	r.Sometimes("a request failed on a hop and another was answered", err == nil && answered > 0 && answered < len(h.requests))
	r.Sometimes("a request was cancelled on a hop", h.cancelled > 0)
	r.Sometimes("a handler was told of a failure", h.handled > 0)
}

func (h *house) newRequest(number string) *request {
	q := &request{house: h, name: "request-" + number, trace: "t-" + number, secret: "secret-" + number}
	q.log = slog.New(h.fields(slog.NewTextHandler(&q.line, nil))).With("request", q.name)
	depth := h.r.Int("hops", 1, 4)
	rest := hops[:]
	for range depth {
		i := h.r.Int("hop", 0, len(rest)-1)
		q.hops = append(q.hops, rest[i])
		rest = append(rest[:i:i], rest[i+1:]...) // twice in one pool could wait for itself
	}
	return q
}

// serve is what a request does: it goes over its hops, asks the backend, and
// comes back.
func (q *request) serve(ctx context.Context) (answer string, err error) {
	q.arrive()
	defer q.depart()
	ctx = context.WithValue(context.WithValue(ctx, traceKey{}, q.trace), tokenKey{}, q.secret)
	q.own = ctx
	q.r.Owns(ctx, traceID, q.trace)
	q.r.Owns(ctx, secretToken, q.secret)
	q.r.Owns(ctx, loggedTrace, q.trace)
	q.begin(ctx, q.name)
	err = q.goOn(ctx, q.hops, func(ctx context.Context) error {
		reply, err := q.backend.Call(ctx, q.name)
		answer = reply.Body
		return err
	})
	if errors.Is(err, context.Canceled) {
		q.note(&q.cancelled)
	}
	return answer, err
}

// goOn goes over the first of the hops, and on from there.
func (q *request) goOn(ctx context.Context, rest []hop, last func(context.Context) error) error {
	if len(rest) == 0 {
		return last(ctx)
	}
	h := rest[0]
	q.r.Sometimes(h.fact(), true)
	err := h.over(q, ctx, h.name+" "+q.name, func(ctx context.Context) error {
		q.look(ctx)
		err := q.goOn(ctx, rest[1:], last)
		q.look(ctx)
		return err
	})
	q.look(ctx)
	return err
}

// begin is the first thing that a task of package scope does.
func (q *request) begin(ctx context.Context, name string) {
	q.r.Owns(ctx, taskName, name)
	q.look(ctx)
}

// look compares what is in ctx, and what a line of the log has that is written
// with it, with what this request owns.
func (q *request) look(ctx context.Context) {
	q.r.Carries(q.own, traceID, traceOf(ctx))
	q.r.Carries(q.own, secretToken, q.token(ctx))
	q.r.Carries(ctx, taskName, scope.Name(ctx))
	q.log.InfoContext(ctx, "hop")
	q.r.Carries(q.own, loggedTrace, q.line.field(traceID))
	if line := q.line.read(); strings.Contains(line, "secret") {
		q.r.Broken("", "%s: a token is in the log: %s", q.name, line)
	}
}

// remember is the backend: it answers with what it finds in the context.
func (h *house) remember(ctx context.Context, name string) (string, error) {
	for _, q := range h.requests {
		if q.name == name {
			q.look(ctx)
		}
	}
	return traceOf(ctx) + " " + h.token(ctx), nil
}

// read waits for the answer and looks whose it is.
func (q *request) read(ctx context.Context) {
	answer, err := q.job.Await(ctx)
	if err == nil && answer != "" && answer != q.trace+" "+q.secret {
		q.r.Broken("", "%s was answered for %q", q.job.Path(), answer)
	}
	if who := struckElsewhere(err, q.job.Path()); who != "" {
		q.r.Broken("", "%s failed with what struck %s: %v", q.job.Path(), who, err)
	}
}

// struckElsewhere is the task outside path whose strike is in err, "" if none is.
func struckElsewhere(err error, path string) string {
	switch e := err.(type) {
	case *faults.Injected:
		if task := e.Strike.Task; task != path && !strings.HasPrefix(task, path+"/") && e.Strike.Fault.Is(faults.Failure) {
			return task
		}
	case interface{ Unwrap() error }:
		return struckElsewhere(e.Unwrap(), path)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if who := struckElsewhere(inner, path); who != "" {
				return who
			}
		}
	}
	return ""
}

func (q *request) arrive() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last = q.secret
	q.underWay++
	q.atOnce = max(q.atOnce, q.underWay)
}

func (q *request) depart() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.underWay--
}

func (q *request) note(count *int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	*count++
}

// hop is a way in which code comes to run somewhere else, or as another task.
type hop struct {
	name string
	// over runs next there, as a task called name if it makes one, and returns
	// when that is over.
	over func(q *request, ctx context.Context, name string, next func(context.Context) error) error
}

var hops = [...]hop{
	{"scope", overScope},
	{"io", func(q *request, ctx context.Context, name string, next func(context.Context) error) error {
		return q.do(q.io, ctx, name, next)
	}},
	{"view", func(q *request, ctx context.Context, name string, next func(context.Context) error) error {
		return q.do(q.view, ctx, name, next)
	}},
	{"cpu", func(q *request, ctx context.Context, name string, next func(context.Context) error) error {
		return q.do(q.cpu, ctx, name, next)
	}},
	{"unconfined", func(q *request, ctx context.Context, name string, next func(context.Context) error) error {
		return q.do(q.here, ctx, name, next)
	}},
	{"job on io", overJobOnPool},
	{"async", overAsync},
	{"section", overSection},
	{"call", overCall},
	{"timeout", overTimeout},
	{"island", overIsland},
	{"handler", overHandler},
}

func (h hop) fact() string { return "a hop: " + h.name }

func hopFacts() (facts []string) {
	for _, h := range hops {
		facts = append(facts, h.fact())
	}
	return facts
}

// do hops to a pool. The task's name, as package scope tells it, stays.
func (q *request) do(d *dispatcher.Dispatcher, ctx context.Context, name string, next func(context.Context) error) error {
	return dispatcher.Do(ctx, d, name, func(ctx context.Context) error { return next(q.crossing(ctx)) })
}

// named begins a task of package scope.
func (q *request) named(name string, next func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		q.begin(ctx, name)
		return next(ctx)
	}
}

func overScope(q *request, ctx context.Context, name string, next func(context.Context) error) error {
	return scope.Run(ctx, name, func(s *scope.Scope) error { return q.named(name, next)(s.Context()) })
}

func overJobOnPool(q *request, ctx context.Context, name string, next func(context.Context) error) error {
	return scope.Run(ctx, "around "+name, func(s *scope.Scope) error {
		q.begin(s.Context(), "around "+name)
		s.Launch(name, q.named(name, next), scope.On(q.io))
		return nil
	})
}

func overAsync(q *request, ctx context.Context, name string, next func(context.Context) error) error {
	return scope.Run(ctx, "around "+name, func(s *scope.Scope) error {
		q.begin(s.Context(), "around "+name)
		_, err := scope.Async(s, name, func(ctx context.Context) (string, error) { return "", q.named(name, next)(ctx) }).Await(s.Context())
		q.look(s.Context())
		return err
	})
}

func overSection(q *request, ctx context.Context, name string, next func(context.Context) error) error {
	return scope.NonCancellable(ctx, name, answerWithin, q.named(name, next))
}

func overTimeout(q *request, ctx context.Context, name string, next func(context.Context) error) error {
	return scope.WithTimeout(ctx, name, answerWithin/2, q.named(name, next))
}

// overCall makes a call that knows no context: what it needs of one it has from
// outside.
func overCall(q *request, ctx context.Context, name string, next func(context.Context) error) error {
	inside := faults.WithTask(ctx, "inside "+name)
	return scope.CloseOnCancel(ctx, name, closer(func() error { return nil }), func() error { return next(inside) }, scope.Grace(budgetOfCall))
}

// budgetOfCall is more than any call takes to end when it is cancelled.
const budgetOfCall = 100 * answerWithin

type closer func() error

func (c closer) Close() error { return c() }

// overIsland leaves the request's scope, and waits. A failure is its handler's.
func overIsland(q *request, ctx context.Context, name string, next func(context.Context) error) error {
	job := scope.Detach(ctx, name, q.named(name, next), scope.Timeout(answerWithin), q.takes(name))
	err := job.Join(ctx)
	if err != nil {
		job.Cancel(err)
		if err := job.Join(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
	return err
}

// overHandler lets a job fail on purpose when it is done: its handler is told, in
// the context of the job.
func overHandler(q *request, ctx context.Context, name string, next func(context.Context) error) error {
	return scope.Supervise(ctx, "around "+name, func(s *scope.Scope) error {
		q.begin(s.Context(), "around "+name)
		job := s.Launch(name, func(ctx context.Context) error { return errors.Join(errOnPurpose, q.named(name, next)(ctx)) }, q.takes(name))
		return job.Join(s.Context())
	})
}

var errOnPurpose = errors.New("failed on purpose")

// takes is a handler that takes every failure of the job called name, which may
// not have begun, and looks at the context that it is handed.
func (q *request) takes(name string) scope.Option {
	return scope.Handler(func(f *scope.Failure) error {
		q.begin(f.Context, name)
		q.note(&q.handled)
		return nil
	})
}

// contextFields adds what the context has to every record.
type contextFields struct{ slog.Handler }

func (h contextFields) Handle(ctx context.Context, record slog.Record) error {
	record = record.Clone()
	record.AddAttrs(slog.String(traceID, traceOf(ctx)), slog.String(taskName, scope.Name(ctx)))
	return h.Handler.Handle(ctx, record)
}

func (h contextFields) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextFields{h.Handler.WithAttrs(attrs)}
}

func (h contextFields) WithGroup(name string) slog.Handler {
	return contextFields{h.Handler.WithGroup(name)}
}

// forgetfulFields is contextFields as one writes it first: the logger that With
// gives is the embedded handler's.
type forgetfulFields struct{ slog.Handler }

func (h forgetfulFields) Handle(ctx context.Context, record slog.Record) error {
	return contextFields(h).Handle(ctx, record)
}

// lastLine is the last line of a log.
type lastLine struct {
	mu   sync.Mutex
	text string
}

var _ io.Writer = (*lastLine)(nil)

func (l *lastLine) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = string(p)
	return len(p), nil
}

func (l *lastLine) read() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text
}

// field is the value of a field, "" if the line has none.
func (l *lastLine) field(name string) string {
	for _, field := range strings.Fields(l.read()) {
		if value, ok := strings.CutPrefix(field, name+"="); ok && value != `""` {
			return value
		}
	}
	return ""
}
