package scenarios

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scope"
)

// frontDoor is the server of R14 and R14W: a page that asks two backends at
// once, one of which blocks, and a health endpoint. Its requests' contexts belong
// to the scope "server".
type frontDoor struct {
	r       *harness.Run
	serve   requests
	within  time.Duration // of a request
	prices  func(ctx context.Context, id string) (string, error)
	orders  func(ctx context.Context, id string) (string, error) // blocks on backend
	backend *dispatcher.Dispatcher
	health  *dispatcher.Dispatcher
	shared  *scope.Scope // of the variant that has one scope for all

	mu  sync.Mutex
	log []logLine
}

// logLine is what the server says of a request when it is over.
type logLine struct {
	id         string
	page       bool
	status     int
	err        error
	begin, end time.Time
}

// statusLeft is what is logged, and seen by nobody, when the client is gone.
const statusLeft = 499

// requests is a way to serve: it does the work of the request called name, whose
// context is ctx, and returns what came of it.
type requests func(d *frontDoor, ctx context.Context, name string, work work) (string, error)

// work is what a request does, and how long it may take; 0 is no bound.
type work struct {
	within time.Duration
	do     func(s *scope.Scope) (string, error)
}

// requestScoped gives each request a scope.
func requestScoped(_ *frontDoor, ctx context.Context, name string, work work) (body string, err error) {
	var options []scope.Option
	if work.within > 0 {
		options = append(options, scope.Timeout(work.within))
	}
	err = scope.Run(ctx, name, func(s *scope.Scope) (err error) {
		body, err = work.do(s)
		return err
	}, options...)
	return body, err
}

// ServeHTTP answers /page and /health. A failure is logged, once, and is a 500.
func (d *frontDoor) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	line := logLine{id: req.Header.Get("X-Request-Id"), page: req.URL.Path == "/page", begin: time.Now()}
	name, work := "health-"+line.id, work{do: d.check}
	if line.page {
		name, work = "request-"+line.id, d.page(line.id)
	}
	body, err := d.serve(d, req.Context(), name, work)
	line.end, line.status, line.err = time.Now(), http.StatusOK, err
	switch {
	case err == nil:
	case req.Context().Err() != nil:
		line.status = statusLeft
	default:
		line.status = http.StatusInternalServerError
	}
	d.mu.Lock()
	d.log = append(d.log, line)
	d.mu.Unlock()
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, body)
}

// page asks for prices and orders at once.
func (d *frontDoor) page(id string) work {
	return work{within: d.within, do: func(s *scope.Scope) (string, error) {
		prices := scope.Async(s, "prices", func(ctx context.Context) (string, error) { return d.prices(ctx, id) })
		orders := scope.Async(s, "orders", func(ctx context.Context) (string, error) { return d.orders(ctx, id) })
		p, err := prices.Await(s.Context())
		if err != nil {
			return "", err
		}
		o, err := orders.Await(s.Context())
		if err != nil {
			return "", err
		}
		return p + " " + o, nil
	}}
}

// check is the health endpoint: it needs a place in the pool for health.
func (d *frontDoor) check(s *scope.Scope) (string, error) {
	load := d.backend.Stats()
	err := dispatcher.Do(s.Context(), d.health, "check", func(context.Context) error { return nil })
	if err == nil && load.Running == load.Limit && load.Waiting > 0 {
		d.r.Sometimes("health was answered while the whole backend was blocked", true)
	}
	return "healthy", err
}

// blocking makes a backend whose calls block: they run on the bulkhead, and who
// asks waits no longer than its context.
func blocking(on *dispatcher.Dispatcher, ask func(ctx context.Context, id string) (string, error)) func(ctx context.Context, id string) (string, error) {
	return func(ctx context.Context, id string) (string, error) {
		answer := make(chan string, 1)
		ticket, err := dispatcher.Submit(ctx, on, "query", func(ctx context.Context) error {
			text, err := ask(ctx, id)
			answer <- text
			return err
		})
		if err == nil {
			err = ticket.Wait(ctx)
		}
		if err != nil {
			return "", err
		}
		return <-answer, nil
	}
}

// lines is the log as it is now.
func (d *frontDoor) lines() []logLine {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]logLine(nil), d.log...)
}

// judgeLog: a request is logged at most once, its failure is one of the storm's,
// and health is answered in time.
func (d *frontDoor) judgeLog(known ...error) {
	seen := map[string]bool{}
	lines := d.lines()
	for _, l := range lines {
		d.r.Expect(seen[l.id]).To(gomega.BeFalse(), "request-%s was logged twice", l.id)
		seen[l.id] = true
		if l.status != http.StatusInternalServerError {
			continue
		}
		d.r.Expect(unexplained(l.err, known...)).To(gomega.BeNil(), "part of the failure of request-%s that nothing in the run explains", l.id)
		d.r.Sometimes("a failure became a logged 500", true)
		var panicked *scope.PanicError
		var exited *scope.GoexitError
		if errors.As(l.err, &panicked) {
			d.r.Sometimes("a panic became a logged 500", true)
		}
		if errors.As(l.err, &exited) {
			d.r.Sometimes("a Goexit became a logged 500", true)
		}
		for _, other := range lines {
			if other.page && other.status == http.StatusOK && other.begin.Before(l.end) && l.begin.Before(other.end) {
				d.r.Sometimes("a page was answered while another request failed", true)
			}
		}
	}
}

// logged: the request is over.
func (d *frontDoor) logged(id string) bool {
	return slices.ContainsFunc(d.lines(), func(l logLine) bool { return l.id == id })
}

// failuresOf counts the 500s that were logged for a request.
func (d *frontDoor) failuresOf(id string) (n int) {
	for _, l := range d.lines() {
		if l.id == id && l.status == http.StatusInternalServerError {
			n++
		}
	}
	return n
}
