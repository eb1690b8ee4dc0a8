package peers

import (
	"context"

	"github.com/sourcegraph/conc"
	"github.com/sourcegraph/conc/panics"
	"github.com/sourcegraph/conc/pool"
)

var concLibrary = Library{
	Name: "conc", Waits: "Wait", symbol: pool.New,
	FailFast: Form{"pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()", foreign(concFailFast)},
	// A pool takes no task once Wait was called: Go would panic (send on closed
	// channel). A WaitGroup does, and is conc's own word for scoped concurrency.
	Supervise: Form{"pool.New().WithContext(ctx), which joins the errors", foreign(concJoining)},
	Grow:      Form{"conc.WaitGroup (a pool takes no task once Wait was called)", foreign(concWaitGroup)},
	Design: map[string]string{
		"S11 P-BLAST": "by design: WithCancelOnError cancels all at every non-nil error; a function has to swallow its own cancellation",
		"S11 P-ERROR": "by design: conc takes every non-nil error for a failure; a function has to swallow its own cancellation",
		"goexit":      "conc promises nothing about runtime.Goexit: only returned errors and panics count",
	},
}

func concFailFast(ctx context.Context) (func(func(context.Context) error), func() error) {
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	return p.Go, p.Wait
}

func concJoining(ctx context.Context) (func(func(context.Context) error), func() error) {
	p := pool.New().WithContext(ctx)
	return p.Go, p.Wait
}

func concWaitGroup(ctx context.Context) (func(func(context.Context) error), func() error) {
	var wg conc.WaitGroup
	return func(f func(context.Context) error) { wg.Go(func() { _ = f(ctx) }) },
		func() error { wg.Wait(); return nil }
}

// concStack is the stack that conc kept of the child, "" if r is not conc's.
func concStack(r any) string {
	if caught, ok := r.(*panics.Recovered); ok {
		return string(caught.Stack)
	}
	return ""
}
