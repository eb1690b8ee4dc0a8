package scenarios

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// R14W is R14 on the real clock, with sockets on loopback. The backend blocks
// until it is told to answer, so that everything waits for something that
// happens; the bounds are for what never does.
var R14W = harness.Scenario{
	ID: "R14W", Title: "request-scoped server, on real sockets",
	Source:     ObserveAndReport + "; " + InProduction,
	Properties: []string{"P-STARVE", "P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK"},
	Faults: []explore.Allow{
		harness.Strike("fakes/services/call", faults.Failure|faults.CancelParent),
		harness.Strike("scope/run", faults.Failure),
	},
	Terms: judge.Terms{
		Radius: wholeRequest, EndWithin: wallBound, DispatchWithin: wallBound,
	},
	Facts: []string{
		"a page was answered", "a client went away and its request was stopped", "a failure became a logged 500",
		"a panic became a logged 500", "health was answered while the whole backend was blocked",
	},
	Runs: 40, Budget: time.Minute,
	Mode: engine.Wall,
	Body: func(r *harness.Run) { trafficOnSockets(r, requestScoped, ownPool, wallBound) },
	Controls: []harness.Control{{
		Name: "work-outlives-request", Story: "a request answers while work that it started goes on, and nobody owns it",
		Breaks: "P-LEAK", Task: "/audit", Runs: 10,
		Body: func(r *harness.Run) { trafficOnSockets(r, answersEarly, ownPool, controlBound) },
	}, {
		Name: "health-on-the-backends-pool", Story: "the health endpoint runs on the pool that the slow backend blocks",
		Breaks: "P-EXPECT", Task: "server/health-", Runs: 10,
		Body: func(r *harness.Run) { trafficOnSockets(r, requestScoped, samePool, controlBound) },
	}, {
		Name: "deaf-to-its-client", Story: "a request whose context is not its connection's goes on when nobody waits for the answer",
		Breaks: "P-EXPECT", Task: "server/request-", Runs: 10,
		Body: func(r *harness.Run) { trafficOnSockets(r, deafToItsClient, ownPool, controlBound) },
	}},
}

const (
	// wallBound is how long anything may take on a busy machine that has to
	// happen: nothing that holds ever waits for so long. The watchdog has 20 s.
	wallBound = 8 * time.Second
	// controlBound is the same for what a control never does.
	controlBound = 500 * time.Millisecond
)

// waitFor polls, on the real clock, for what nobody tells; false after the bound.
func waitFor(bound time.Duration, holds func() bool) bool {
	for deadline := time.Now().Add(bound); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

func trafficOnSockets(r *harness.Run, serve requests, healthPool func(r *harness.Run, db *dispatcher.Dispatcher) *dispatcher.Dispatcher, bound time.Duration) {
	const places = 2
	answer := make(chan struct{}) // closed when the backend may answer
	prices := services.New("prices", time.Millisecond)
	d := &frontDoor{r: r, serve: serve, within: wallBound, backend: dispatcher.NewFixed(r.Context(), "backend", places)}
	d.health = healthPool(r, d.backend)
	d.prices = func(ctx context.Context, id string) (string, error) {
		reply, err := prices.Call(ctx, id)
		return reply.Body, err
	}
	d.orders = blocking(d.backend, func(_ context.Context, id string) (string, error) {
		<-answer
		return "orders(" + id + ")", nil
	})
	for range places { // the whole backend is blocked already, whatever strikes the pages
		_, err := dispatcher.Submit(r.Context(), d.backend, "report", func(context.Context) error {
			<-answer
			return nil
		})
		r.Expect(err).NotTo(gomega.HaveOccurred())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	r.Expect(err).NotTo(gomega.HaveOccurred())
	c := &visitors{r: r, d: d, dial: func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	}}
	n := r.Int("pages", 1, 5)
	leaving := r.Int("clients that go away", 0, n)

	err = scope.Supervise(r.Context(), "server", func(s *scope.Scope) error {
		stop := serveOn(r, s.Context(), l, d)
		defer stop()
		came := make(chan *visit, n)
		var goes []context.CancelFunc
		for i := range n {
			ctx, cancel := context.WithCancel(faults.WithTask(r.Context(), fmt.Sprintf("visitor-%d", i+1)))
			defer cancel()
			goes = append(goes, cancel)
			go func() {
				v := c.visit(ctx, "/page", fmt.Sprint(i+1))
				v.left = ctx.Err() != nil
				came <- &v
			}()
		}
		blocked := waitFor(wallBound, func() bool {
			load := d.backend.Stats()
			return load.Running+load.Waiting+len(d.lines()) >= places+n
		})
		r.Expect(blocked).To(gomega.BeTrue(), "the pages that were asked for have reached neither the backend nor the log")
		checkHealth(r, c, bound)
		for i := range leaving {
			goes[i]()
		}
		for i := range leaving {
			id := fmt.Sprint(i + 1)
			if !waitFor(bound, func() bool { return d.logged(id) }) {
				r.Broken("P-CANCEL", "the client of server/request-%s has gone, and it was not stopped within %v", id, bound)
			}
		}
		close(answer)
		for range n {
			c.came = append(c.came, <-came)
		}
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	d.judgeLog()
	c.judge()
	r.Expect(d.backend.Drain(r.Context())).To(gomega.Succeed())
	r.Expect(d.health.Drain(r.Context())).To(gomega.Succeed())
}

// checkHealth asks for health while the backend is blocked.
func checkHealth(r *harness.Run, c *visitors, bound time.Duration) {
	ctx, cancel := context.WithTimeout(faults.WithTask(r.Context(), "monitor"), bound)
	defer cancel()
	v := c.visit(ctx, "/health", "check")
	if v.err != nil {
		load := c.d.backend.Stats()
		r.Broken("P-STARVE", "server/health-check was not answered within %v, while %d queries block the backend and %d wait: %v", bound, load.Running, load.Waiting, v.err)
		return
	}
	r.Expect(v.status).To(gomega.Equal(http.StatusOK), "the answer of server/health-check")
}
