package scenarios

import (
	"context"
	"errors"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/listener"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S16 accepts a connection with a timeout of a second. Accept ignores
// cancellation: the call is over in time only because the listener is closed
// under it (useCancellably). What accept then failed with is kept. When closing
// fails, or hangs, the stuck call is reported, with its stack.
var S16 = harness.Scenario{
	ID: "S16", Title: "blocking call under a timeout", Version: 2,
	Source:     TipsAndTricks,
	Properties: []string{"P-CANCEL", "P-LEAK", "P-ERROR", "P-BLAST", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("fakes/listener/connect", faults.Error|faults.Delay|faults.Hang|faults.Drop),
		harness.Strike("fakes/listener/accept", faults.Error|faults.Panic|faults.Cancels),
		harness.Strike("fakes/listener/close", faults.Error|faults.Delay|faults.Wedge),
		harness.Strike("scope/call", faults.Failure|faults.Delay|faults.Cancels|faults.Wedge),
		harness.Strike("scope/call-end", faults.Failure|faults.Delay|faults.Cancels),
		harness.Strike("scope/call-resume", faults.Delay|faults.Cancels),
		harness.Strike("scope/call-close", faults.Failure|faults.Delay|faults.Wedge),
		harness.Strike("scope/enter", faults.Cancels),
	},
	Terms: judge.Terms{EndWithin: promptly, Slack: delaysOfClosing, AllowLeft: stuckCall},
	Facts: []string{
		"a peer was accepted", "the timeout closed the listener under a blocked accept", "the caller left while accept was blocked",
		"Close failed, and the stuck call was reported", "Close hung, and the stuck call was reported",
		"a stuck call was reported although its listener was closed", "an interrupted accept told what it failed with",
	},
	Durations: []time.Duration{acceptWithin, acceptWithin + closeWithin},
	Body:      func(r *harness.Run) { acceptInTime(r, acceptClosably) },
	Controls: []harness.Control{{
		Name: "timeout-without-close", Story: "accept under a timeout that closes nothing",
		Breaks: "P-CANCEL", Task: "server/serve",
		Body: func(r *harness.Run) { acceptInTime(r, acceptDeaf) },
	}, {
		Name: "walks-away", Story: "a caller that stops waiting at the timeout and leaves its accept behind",
		Breaks: "P-LEAK", Task: "server/serve/accepting",
		Body: func(r *harness.Run) { acceptInTime(r, acceptAndWalkAway) },
	}, {
		Name: "keeps-quiet", Story: "a call that is stuck because Close failed, and says no more than that it timed out",
		Breaks: "P-EXPECT", Task: "server/serve",
		Body: func(r *harness.Run) { acceptInTime(r, acceptQuietly) },
	}, {
		Name: "cause-alone", Story: "a call that was interrupted and keeps to itself what it failed with",
		Breaks: "P-EXPECT", Task: "and its caller was told",
		Body: func(r *harness.Run) { acceptInTime(r, acceptTersely) },
	}},
}

const (
	acceptWithin = time.Second
	closeWithin  = 10 * time.Millisecond // less than promptly: a stuck call is given up in time
)

// delaysOfClosing: the call waits for its caller to wake up and to close, which
// is another task's delay.
func delaysOfClosing(run *history.Run) (sum time.Duration) {
	for i := range run.Events {
		e := &run.Events[i]
		if e.Kind != history.Struck || !e.Fault.Is(faults.Delay) {
			continue
		}
		switch e.Site {
		case "scope/call-resume", "scope/call-close", "fakes/listener/close":
			sum += e.Fault.Delay
		}
	}
	return sum
}

// stuckCall: a call that is stuck outlives the one who made it, by contract, but
// not the run. That it does so only when it was reported is expected below.
func stuckCall(l history.Live) bool {
	return l.State == "not ended" && l.Task.Path == "server/serve/accept"
}

// accepting is a way to accept a connection.
type accepting func(r *harness.Run, ctx context.Context, l *listener.Listener) (listener.Conn, error)

func acceptInTime(r *harness.Run, accept accepting) {
	l := listener.Listen(r.Context(), "socket")
	connects := r.Duration("peer connects after", 0, acceptWithin/2, acceptWithin, 2*acceptWithin)
	var conn listener.Conn
	var err error
	open := false
	closed := scope.Supervise(r.Context(), "server", func(s *scope.Scope) error {
		open = true
		peer := scope.Async(s, "peer", func(ctx context.Context) (struct{}, error) {
			if connects == 0 {
				return struct{}{}, nil
			}
			if err := r.Sleep(ctx, connects); err != nil {
				return struct{}{}, err
			}
			return struct{}{}, l.Connect(ctx, "peer")
		})
		var clock *scope.Job
		err = scope.WithTimeout(s.Context(), "serve", acceptWithin, func(ctx context.Context) (err error) {
			// The harness looks at contexts when somebody moves, and at the deadline
			// nobody else might.
			clock = s.Launch("clock", func(ctx context.Context) error { return r.Sleep(ctx, acceptWithin) })
			conn, err = accept(r, ctx, l)
			return err
		})
		if isStuck(err) {
			r.Heal()
			release(r, l, time.Millisecond)
		} else {
			r.Expect(l.Stats().Accepting).To(gomega.BeZero(), "calls of accept that are blocked after server/serve, and nobody was told (%v)", err)
		}
		if clock != nil {
			clock.Cancel(nil)
		}
		peer.Cancel(nil)
		_, _ = peer.Await(context.WithoutCancel(s.Context()))
		return nil
	})
	if !open {
		err = closed
	}
	if isStuck(err) {
		release(r, l, time.Minute)
	}
	witnessAccept(r, conn, err)
}

// acceptClosably is the account's repair.
func acceptClosably(r *harness.Run, ctx context.Context, l *listener.Listener) (listener.Conn, error) {
	return acceptTelling(r, ctx, l, func(err error) error { return err })
}

// acceptTersely makes nothing of what accept failed with.
func acceptTersely(r *harness.Run, ctx context.Context, l *listener.Listener) (listener.Conn, error) {
	return acceptTelling(r, ctx, l, func(err error) error {
		var interrupted *scope.InterruptedError
		if errors.As(err, &interrupted) {
			return interrupted.Cause
		}
		return err
	})
}

func acceptTelling(r *harness.Run, ctx context.Context, l *listener.Listener, tell func(error) error) (listener.Conn, error) {
	var conn listener.Conn
	var failure error
	err := tell(scope.CloseOnCancel(ctx, "accept", l, func() error {
		conn, failure = l.Accept(faults.WithTask(ctx, "accepting")) // the caller's goroutine has ctx's own
		return failure
	}, scope.Grace(closeWithin)))
	var stuck *scope.StuckError
	if errors.As(err, &stuck) {
		// The call may still be about to write conn.
		r.Expect(stuck.Name).To(gomega.Equal("server/serve/accept"))
		r.Expect(stuck.Created).To(gomega.ContainSubstring("s16_blocking_call.go:"))
		r.Expect(stuck.Stack.String()).To(gomega.ContainSubstring("acceptClosably"))
		return listener.Conn{}, err
	}
	var panicked *scope.PanicError // after accept had returned, as an exit
	if failure != nil && !errors.Is(err, failure) && !errors.As(err, &panicked) && !endedByGoexit(err) {
		r.Broken("", "accept failed (%v), and its caller was told: %v", failure, err)
	}
	var interrupted *scope.InterruptedError
	r.Sometimes("an interrupted accept told what it failed with", errors.As(err, &interrupted))
	return conn, err
}

func acceptDeaf(_ *harness.Run, ctx context.Context, l *listener.Listener) (listener.Conn, error) {
	return l.Accept(ctx)
}

func acceptAndWalkAway(r *harness.Run, ctx context.Context, l *listener.Listener) (listener.Conn, error) {
	var conn listener.Conn
	err := errors.New("accept did not return")
	over := make(chan struct{})
	r.Go(ctx, "accepting", func(ctx context.Context) error {
		defer close(over)
		conn, err = l.Accept(ctx)
		return err
	})
	select {
	case <-over:
	case <-ctx.Done():
	}
	r.Step(ctx)
	if ctx.Err() != nil {
		return listener.Conn{}, context.Cause(ctx)
	}
	return conn, err
}

func acceptQuietly(r *harness.Run, ctx context.Context, l *listener.Listener) (listener.Conn, error) {
	conn, err := acceptClosably(r, ctx, l)
	var stuck *scope.StuckError
	if errors.As(err, &stuck) {
		return listener.Conn{}, stuck.Cause
	}
	return conn, err
}

func witnessAccept(r *harness.Run, conn listener.Conn, err error) {
	var stuck *scope.StuckError
	switch {
	case err == nil:
		r.Expect(conn.Peer).To(gomega.Equal("peer"))
	case errors.As(err, &stuck):
		r.Sometimes("Close failed, and the stuck call was reported", stuck.Close != nil)
		r.Sometimes("Close hung, and the stuck call was reported", stuck.Closing)
		r.Sometimes("a stuck call was reported although its listener was closed", stuck.Close == nil && !stuck.Closing)
	}
	r.Expect(unexplained(err)).To(gomega.BeNil(), "part of the failure that nothing in the run explains")
	var fault *faults.Injected
	left := errors.As(err, &fault) && fault.Strike.Fault.Is(faults.Cancels)
	r.Sometimes("a peer was accepted", err == nil)
	r.Sometimes("the timeout closed the listener under a blocked accept", isTimeout(err) && stuck == nil)
	r.Sometimes("the caller left while accept was blocked", left && stuck == nil)
}

func isStuck(err error) bool {
	var stuck *scope.StuckError
	return errors.As(err, &stuck)
}

// release closes what could not be closed, so that nothing may be left. A Close
// that hung may be about to fail, and one that was delayed about to succeed.
func release(r *harness.Run, l *listener.Listener, within time.Duration) {
	ctx := context.WithoutCancel(r.Context())
	for pause := time.Microsecond; pause < within; pause *= 2 {
		_ = l.Close()
		_ = r.Sleep(ctx, pause)
	}
}
