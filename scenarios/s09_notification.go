package scenarios

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S9 answers requests for a page and tells the analytics service of each view
// (sendUserPageViewNotification): launched, not awaited. Whatever becomes of the
// notification, the page is answered as if there were none; the server's scope
// owns it, takes note of its failure, and does not end before it.
var S9 = harness.Scenario{
	ID: "S9", Title: "fire-and-forget notification",
	Source:     ObserveAndReport,
	Properties: []string{"P-BLAST", "P-CANCEL", "P-ERROR", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.Hang|faults.CancelTask),
		harness.Strike("scope/end", faults.Error),
		harness.Strike("fakes/services/call", faults.Failure|faults.Delay|faults.Hang),
		harness.Strike("fakes/services/reply", faults.Error|faults.Delay),
	},
	Terms: judge.Terms{EndWithin: promptly, Radius: failedAlone},
	Facts: []string{
		"a notification failed and its page was answered", "a notification hung and its page was answered",
		"a page was answered before its notification was sent", "a notification was sent although its page failed",
		"the server waited for a notification", "a notification was stopped with the server",
	},
	Durations: append([]time.Duration{answerWithin, notifyWithin}, latencies...),
	Body:      func(r *harness.Run) { pageViews(r, launchInServer) },
	Controls: []harness.Control{{
		Name: "detached-goroutine", Story: "a notification in a plain goroutine that nobody owns",
		Breaks: "P-LEAK", Task: "/notify",
		Body: func(r *harness.Run) { pageViews(r, goAndForget) },
	}, {
		Name: "fails-the-page", Story: "a notification launched in the page's own all-or-nothing scope, which its failure cancels",
		Breaks: "P-BLAST", Task: "server/page-",
		Body: func(r *harness.Run) { pageViews(r, launchInPage) },
	}, {
		Name: "awaited", Story: "a notification that is awaited before the page is answered",
		Breaks: "P-EXPECT", Task: "server/page-",
		Body: func(r *harness.Run) { pageViews(r, launchAndAwait) },
	}},
}

// notifyWithin is how long a notification may take: longer than a page.
const notifyWithin = 5 * time.Second

// inGoodTime is when a page that has its content is sure to be answered: the
// clock may still move a little under it.
const inGoodTime = answerWithin - 100*time.Millisecond

var errShutdown = errors.New("the server is shut down")

// view is one request for a page.
type view struct {
	r         *harness.Run
	name      string
	analytics *services.Service
	content   *asked

	page       *scope.Deferred[string]
	notify     *scope.Job // nil if it never came to it, or has no owner
	requested  time.Time
	answeredAt time.Duration // since the request; of the content service
	sent       bool          // the notification
	early      bool          // the page was answered before
}

// answer answers the page and sees to it that send is done, in some task.
type answer func(v *view, ctx context.Context, server *scope.Scope, send func(context.Context) error) (string, error)

func launchInServer(v *view, ctx context.Context, server *scope.Scope, send func(context.Context) error) (string, error) {
	v.notify = server.Launch("notify "+v.name, send, scope.Timeout(notifyWithin))
	return v.load(ctx)
}

func goAndForget(v *view, ctx context.Context, _ *scope.Scope, send func(context.Context) error) (string, error) {
	v.r.Go(ctx, "notify "+v.name, send)
	return v.load(ctx)
}

func launchInPage(v *view, ctx context.Context, _ *scope.Scope, send func(context.Context) error) (page string, err error) {
	err = scope.Run(ctx, "load", func(s *scope.Scope) error {
		v.notify = s.Launch("notify "+v.name, send, scope.Timeout(notifyWithin))
		page, err = v.load(s.Context())
		return err
	})
	return page, err
}

func launchAndAwait(v *view, ctx context.Context, server *scope.Scope, send func(context.Context) error) (string, error) {
	v.notify = server.Launch("notify "+v.name, send, scope.Timeout(notifyWithin))
	page, err := v.load(ctx)
	if err == nil {
		err = v.notify.Join(ctx)
	}
	return page, err
}

// load asks for what the page shows.
func (v *view) load(ctx context.Context) (string, error) {
	reply, err := v.content.ask(ctx)
	v.answeredAt = time.Since(v.requested)
	return reply.Body, err
}

// send tells the analytics service of the view.
func (v *view) send(ctx context.Context) error {
	_, err := v.analytics.Call(ctx, v.name)
	if v.sent = err == nil; v.sent {
		v.early = isClosed(v.page.Done())
	}
	return err
}

func pageViews(r *harness.Run, answer answer) {
	var logged atomic.Int64
	server := scope.New(r.Context(), "server", scope.Supervisor(), scope.Handler(func(*scope.Failure) error {
		logged.Add(1)
		return nil
	}))
	analytics := services.New("analytics", r.Duration("latency of analytics", latencies...))
	views := make([]*view, r.Int("views", 1, 3))
	for i := range views {
		v := &view{r: r, name: "page-" + strconv.Itoa(i+1), analytics: analytics}
		v.content = &asked{Service: services.New("content", r.Duration("latency of content", latencies...))}
		views[i] = v
		v.requested = time.Now()
		v.page = scope.Async(server, v.name, func(ctx context.Context) (string, error) {
			return answer(v, ctx, server, v.send)
		}, scope.Timeout(answerWithin))
	}
	for _, v := range views {
		v.read()
	}
	stopped := r.Bool("the server does not wait for notifications")
	waited := false
	for _, v := range views {
		waited = waited || v.notify != nil && !isClosed(v.notify.Done())
	}
	if stopped {
		server.Cancel(errShutdown)
	}
	r.Expect(server.Close(r.Context())).To(gomega.Succeed())

	failed := 0
	for _, v := range views {
		failed += v.settle()
	}
	r.Expect(logged.Load()).To(gomega.BeEquivalentTo(failed), "failures of notifications that the server's handler was told of")
	r.Sometimes("the server waited for a notification", waited && !stopped)
	r.Sometimes("a notification was stopped with the server", waited && stopped && failed == 0)
}

// read waits for the page, as the user does. Nothing but what struck the page
// itself keeps it from him.
func (v *view) read() {
	page, err := v.page.Await(v.r.Context())
	path := v.page.Path()
	switch {
	case err == nil:
		v.r.Expect(page).To(gomega.Equal("content(user)"), "what %s shows", path)
	case v.content.answered() && v.answeredAt < inGoodTime:
		if !struckAt(err, path) {
			v.r.Broken("", "%s had its content after %v and was not answered: %v", path, v.answeredAt, err)
		}
	default:
		expectOwnFailure(v.r, &v.page.Job)
	}
}

// settle looks at the notification when the server has ended, and counts its
// failure.
func (v *view) settle() (failed int) {
	if v.notify == nil {
		return 0
	}
	v.r.Expect(isClosed(v.notify.Done())).To(gomega.BeTrue(), "%s is over when the server is", v.notify.Path())
	answered, err := v.page.Err() == nil, v.notify.Err()
	v.r.Expect(unexplained(err, errShutdown)).To(gomega.BeNil(), "part of %s's failure that nothing in the run explains", v.notify.Path())
	v.r.Sometimes("a notification failed and its page was answered", answered && struckAt(err, v.notify.Path()))
	v.r.Sometimes("a notification hung and its page was answered", answered && isTimeout(err))
	v.r.Sometimes("a page was answered before its notification was sent", answered && v.early)
	v.r.Sometimes("a notification was sent although its page failed", !answered && v.sent)
	if err != nil && !errors.Is(err, errShutdown) && isFailure(err) {
		return 1
	}
	return 0
}
