package peers

import (
	"context"

	"github.com/sourcegraph/conc"
	"github.com/sourcegraph/conc/panics"
	"github.com/sourcegraph/conc/pool"
)

var concLibrary = func() Library {
	l := Library{
		Name: "conc", Path: "github.com/sourcegraph/conc", Waits: "Wait", Hands: "Go", symbol: pool.New,
		Note: "A panic of a child comes out of Wait, with the child's stack. A pool takes no task once Wait was called; a conc.WaitGroup does, so children that start children are told with that.",
		Not: map[string]string{
			"S6":       "no handle of a child: Wait is for all of them",
			"D9":       "a pool takes no task once Wait was called, and panics (send on closed channel): a child has no one to hand over to",
			"D9-await": "no handle of a child to wait for",
			"D10":      "a pool cannot be closed: Wait runs all that it was given",
		},
		Readings: map[string]Reading{
			"S11-child": documented("WithCancelOnError cancels at every non-nil error (its doc); a function has to swallow its own cancellation"),
			"goexit":    surprising("only returned errors and panics count; that a Goexit passes for success is not mentioned (panics.Catcher)"),
			"unjoined":  documented("you must call Wait (doc of pool.Pool); nothing enforces it"),
			"queue":     surprising("a pool runs every task it was given, with a context that is done (ContextPool.Go)"),
			"blocked":   documented("Go blocks until there is room if goroutines are limited (doc of Pool.Go); the pool's context is not asked"),
			"D2":        documented("Go blocks until there is room if goroutines are limited (doc of Pool.Go); there is no other way to submit"),
			"D3":        documented("a task keeps its goroutine while it blocks (doc of WithMaxGoroutines)"),
		},
	}
	l.FailFast = &Form{How: "pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()", enclose: l.foreign(concFailFast)}
	l.Supervise = &Form{How: "pool.New().WithContext(ctx), which joins the errors", enclose: l.foreign(concJoining)}
	l.Grow = &Form{How: "conc.WaitGroup", enclose: l.foreign(concWaitGroup)}
	l.Bounded = &Form{How: "pool.New().WithMaxGoroutines(n).WithContext(ctx).WithCancelOnError().WithFirstError()", enclose: l.foreign(concLimit)}
	return l
}()

func concFailFast(ctx context.Context, _ int) session {
	return concSession(pool.New().WithContext(ctx).WithCancelOnError().WithFirstError())
}

func concJoining(ctx context.Context, _ int) session { return concSession(pool.New().WithContext(ctx)) }

func concLimit(ctx context.Context, n int) session {
	return concSession(pool.New().WithMaxGoroutines(n).WithContext(ctx).WithCancelOnError().WithFirstError())
}

func concSession(p *pool.ContextPool) session {
	return session{
		start: func(fn work) (func(), error) { p.Go(fn); return nil, nil },
		join:  p.Wait,
	}
}

func concWaitGroup(ctx context.Context, _ int) session {
	var wg conc.WaitGroup
	return session{
		start: func(fn work) (func(), error) { wg.Go(func() { _ = fn(ctx) }); return nil, nil },
		join:  func() error { wg.Wait(); return nil },
	}
}

// concStack is the stack that conc kept of the child, "" if r is not conc's.
func concStack(r any) string {
	if caught, ok := r.(*panics.Recovered); ok {
		return string(caught.Stack)
	}
	return ""
}
