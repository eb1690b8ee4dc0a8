package scenarios

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/fakes/legacydb"
	"github.com/squall-go/squall/fakes/memnet"
	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// R14 is a day of a request-scoped server: net/http over a network in memory.
// Each request owns a scope; a client that goes away cancels it; what fails in it
// becomes one logged 500 and touches no other request; and however the backend
// blocks, the health endpoint answers.
//
// net/http's own goroutines are not controlled, and need not be: each request
// has a connection of its own, so that a step sets off one chain of them, which
// is over before the next step.
var R14 = harness.Scenario{
	ID: "R14", Title: "request-scoped server, a day of it",
	Source:     ObserveAndReport + "; " + InProduction,
	Properties: []string{"P-STARVE", "P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK", "P-HEAL"},
	Faults: []explore.Allow{
		harness.Strike("fakes/memnet/dial", faults.Error|faults.Delay|faults.CancelTask),
		harness.Strike("fakes/services/call", faults.Failure|faults.Delay|faults.Hang|faults.CancelTask|faults.CancelParent),
		harness.Strike("fakes/legacydb/query", faults.Error|faults.Panic|faults.Wedge|faults.Delay),
		harness.Strike("scope/run", faults.Failure|faults.CancelTask),
	},
	Terms: judge.Terms{
		Radius: wholeRequest, EndWithin: clockNoise, DispatchWithin: clockNoise,
		QueuedWithin: requestWithin + clockNoise, HealWithin: longestDelay + clockNoise,
	},
	Facts: []string{
		"a page was answered", "a client went away and its request was stopped", "a failure became a logged 500",
		"a panic became a logged 500", "a Goexit became a logged 500", "a request timed out",
		"health was answered while the whole backend was blocked", "a page was answered while another request failed",
	},
	Durations: []time.Duration{requestWithin},
	Runs:      200,
	Budget:    2 * day,
	Body:      func(r *harness.Run) { dayOfTraffic(r, requestScoped, ownPool) },
	Controls: []harness.Control{{
		Name: "work-outlives-request", Story: "a request answers while work that it started goes on, and nobody owns it",
		Breaks: "P-LEAK", Task: "/audit",
		Body: func(r *harness.Run) { dayOfTraffic(r, answersEarly, ownPool) },
	}, {
		Name: "health-on-the-backends-pool", Story: "the health endpoint runs on the pool that the slow backend blocks",
		Breaks: "P-STARVE", Task: "server/health-",
		Body: func(r *harness.Run) { dayOfTraffic(r, requestScoped, samePool) },
	}, {
		Name: "one-scope-for-all", Story: "all requests are jobs of one scope, which a failed one takes down",
		Breaks: "P-BLAST", Task: "server/shared",
		Body: func(r *harness.Run) { dayOfTraffic(r, oneScopeForAll, ownPool) },
	}, {
		Name: "deaf-to-its-client", Story: "a request whose context is not its connection's goes on when nobody waits for the answer",
		Breaks: "P-EXPECT", Task: "server/request-",
		Body: func(r *harness.Run) { dayOfTraffic(r, deafToItsClient, ownPool) },
	}, {
		Name: "swallows-the-failure", Story: "a request that failed is answered like one that did not",
		Breaks: "P-EXPECT", Task: "request-",
		Body: func(r *harness.Run) { dayOfTraffic(r, swallowsTheFailure, ownPool) },
	}},
}

const (
	day           = 24 * time.Hour
	requestWithin = 2 * time.Second
)

// patiences of clients; 0 is for ever. They are odd, because a client that leaves
// at the instant at which its request's time is up is two causes at once, and
// net/http does not say which comes first.
var patiences = []time.Duration{0, 10*time.Millisecond + 3, time.Second + 3, requestWithin - time.Millisecond - 3}

// wholeRequest is the radius: a failed request takes itself down, whole.
func wholeRequest(failed, other *history.Task) bool {
	return requestOf(failed.Path) == requestOf(other.Path)
}

// requestOf is the path of the request that a task belongs to, else its own.
func requestOf(path string) string {
	elements := strings.Split(path, "/")
	for i, e := range elements {
		if strings.HasPrefix(e, "request-") || strings.HasPrefix(e, "health-") {
			return strings.Join(elements[:i+1], "/")
		}
	}
	return path
}

func answersEarly(d *frontDoor, ctx context.Context, name string, work work) (string, error) {
	do := work.do
	work.do = func(s *scope.Scope) (string, error) {
		d.r.Go(context.WithoutCancel(s.Context()), "audit", func(ctx context.Context) error { return d.r.Sleep(ctx, d.within/2) })
		return do(s)
	}
	return requestScoped(d, ctx, name, work)
}

func oneScopeForAll(d *frontDoor, ctx context.Context, name string, work work) (string, error) {
	return scope.Async(d.shared, name, func(ctx context.Context) (string, error) {
		return requestScoped(d, ctx, "work", work)
	}).Await(faults.WithTask(ctx, "connection-"+name))
}

func deafToItsClient(d *frontDoor, ctx context.Context, name string, work work) (string, error) {
	return requestScoped(d, context.WithoutCancel(ctx), name, work)
}

func swallowsTheFailure(d *frontDoor, ctx context.Context, name string, work work) (string, error) {
	body, _ := requestScoped(d, ctx, name, work)
	return body, nil
}

// hearing has a request's work say whether it knew that its client had gone. In
// a bubble the connection's end and that of what follows from it are one step.
func hearing(serve requests) requests {
	return func(d *frontDoor, client context.Context, name string, work work) (string, error) {
		do := work.do
		work.do = func(s *scope.Scope) (string, error) {
			body, err := do(s)
			deaf := func() bool { return client.Err() != nil && s.Context().Err() == nil }
			// In free mode it may be hearing of it just now.
			if deaf() && d.r.Sleep(s.Context(), time.Nanosecond) == nil && deaf() {
				d.r.Broken("P-CANCEL", "the client of server/%s has gone, and its work did not hear of it", name)
			}
			return body, err
		}
		return serve(d, client, name, work)
	}
}

func dayOfTraffic(r *harness.Run, serve requests, healthPool func(r *harness.Run, db *dispatcher.Dispatcher) *dispatcher.Dispatcher) {
	begin := time.Now()
	places := r.Int("places", 1, 2)
	db := legacydb.Open("orders", places, 5*time.Millisecond)
	prices := services.New("prices", 20*time.Millisecond)
	d := &frontDoor{r: r, serve: hearing(serve), within: requestWithin, backend: dispatcher.NewFixed(r.Context(), "backend", places)}
	d.health = healthPool(r, d.backend)
	d.prices = func(ctx context.Context, id string) (string, error) {
		reply, err := prices.Call(ctx, id)
		return reply.Body, err
	}
	d.orders = blocking(d.backend, func(ctx context.Context, id string) (string, error) {
		rows, err := db.Query(ctx, id)
		return "orders(" + rows.SQL + ")", err
	})

	err := scope.Supervise(r.Context(), "server", func(s *scope.Scope) error {
		d.shared = scope.New(s.Context(), "shared")
		l := memnet.Listen("shop")
		stop := serveOn(r, s.Context(), l, d)
		c := &visitors{r: r, d: d, dial: func(ctx context.Context) (net.Conn, error) { return l.Dial(ctx) }}
		c.comeAllDay(begin)
		d.judgeLog()
		c.judge()

		r.Heal()
		r.Expect(d.backend.Drain(r.Context())).To(gomega.Succeed())
		last := c.visit(r.Context(), "/page", "again")
		r.Expect(last.err).NotTo(gomega.HaveOccurred())
		r.Expect(last.status).To(gomega.Equal(http.StatusOK))
		r.Recovered("the page")
		stop()
		return d.shared.Close(s.Context())
	}, scope.Handler(func(*scope.Failure) error { return nil }))
	r.Expect(err).NotTo(gomega.HaveOccurred())
	r.Expect(d.backend.Drain(r.Context())).To(gomega.Succeed())
	r.Expect(d.health.Drain(r.Context())).To(gomega.Succeed())
}

// serveOn starts the server; the requests' contexts are children of ctx.
func serveOn(r *harness.Run, ctx context.Context, l net.Listener, d *frontDoor) (stop func()) {
	server := &http.Server{Handler: d, BaseContext: func(net.Listener) context.Context { return ctx }}
	over := make(chan error, 1)
	go func() { over <- server.Serve(l) }()
	return func() {
		r.Expect(server.Close()).To(gomega.Succeed())
		err := <-over
		r.Step(r.Context())
		r.Expect(err).To(gomega.MatchError(http.ErrServerClosed))
	}
}

// visitors are the clients of a day.
type visitors struct {
	r    *harness.Run
	d    *frontDoor
	dial func(ctx context.Context) (net.Conn, error)

	mu   sync.Mutex
	came []*visit
}

// visit is one request, as its client sees it.
type visit struct {
	id     string
	path   string
	status int
	body   string
	err    error
	left   bool // the client went away before it had the answer
}

// comeAllDay lets visitors come, alone or in a rush, some of them impatient, until
// a day has passed.
func (c *visitors) comeAllDay(begin time.Time) {
	r := c.r
	n := r.Int("visitors", 1, 16)
	err := scope.Supervise(r.Context(), "clients", func(s *scope.Scope) error {
		for i := range n {
			v := &visit{id: fmt.Sprint(i + 1), path: "/page"}
			if r.Bool("asks for health") {
				v.path = "/health"
			}
			var options []scope.Option
			if patience := r.Duration("patience", patiences...); patience > 0 {
				options = append(options, scope.Timeout(patience))
			}
			s.Launch("visitor-"+v.id, func(ctx context.Context) error {
				came := c.visit(ctx, v.path, v.id)
				came.left = ctx.Err() != nil
				*v = came
				c.mu.Lock()
				defer c.mu.Unlock()
				c.came = append(c.came, v)
				return nil
			}, options...)
			if err := r.Sleep(s.Context(), r.Duration("the next comes after", time.Hour, 0, time.Millisecond, time.Second)); err != nil {
				return err
			}
		}
		return r.Sleep(s.Context(), day-time.Since(begin))
	}, scope.Handler(func(*scope.Failure) error { return nil }))
	r.Expect(err).NotTo(gomega.HaveOccurred())
	r.Expect(time.Since(begin)).To(gomega.BeNumerically(">=", day))
}

// visit asks for a page on a connection of its own.
func (c *visitors) visit(ctx context.Context, path, id string) visit {
	v := visit{id: id, path: path}
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx) },
	}}
	v.status, v.body, v.err = get(ctx, &client, "http://shop"+path, id)
	c.r.Step(ctx)
	return v
}

func get(ctx context.Context, client *http.Client, url, id string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("X-Request-Id", id)
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// judge: who was answered has the own answer, or a failure that was logged once;
// who was not had gone, or never got through.
func (c *visitors) judge() {
	r := c.r
	for _, v := range c.came {
		var injected *faults.Injected
		switch {
		case v.err != nil:
			r.Expect(v.left || errors.As(v.err, &injected)).To(gomega.BeTrue(), "request-%s was not answered, and its client had not gone: %v", v.id, v.err)
		case v.status == http.StatusOK && v.path == "/health":
			r.Expect(v.body).To(gomega.Equal("healthy"), "the answer to request-%s", v.id)
		case v.status == http.StatusOK:
			r.Expect(v.body).To(gomega.Equal("prices("+v.id+") orders("+v.id+")"), "the answer to request-%s", v.id)
			r.Sometimes("a page was answered", true)
		default:
			r.Expect(v.status).To(gomega.Equal(http.StatusInternalServerError), "the answer to request-%s", v.id)
			r.Expect(c.d.failuresOf(v.id)).To(gomega.Equal(1), "how often the failure of request-%s was logged", v.id)
		}
	}
	for _, l := range c.d.lines() {
		if l.status == statusLeft {
			r.Sometimes("a client went away and its request was stopped", true)
		}
		if l.status == http.StatusInternalServerError && isTimeout(l.err) {
			r.Sometimes("a request timed out", true)
		}
		if !l.page && l.status == http.StatusOK {
			r.Expect(l.end.Sub(l.begin)).To(gomega.BeNumerically("<=", healthWithin), "health-%s took too long", l.id)
		}
	}
}
