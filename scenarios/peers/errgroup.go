package peers

import (
	"context"

	"golang.org/x/sync/errgroup"
)

var errgroupLibrary = Library{
	Name: "errgroup", Waits: "Wait", symbol: errgroup.WithContext,
	FailFast:  Form{"errgroup.WithContext", foreign(errgroupWithContext)},
	Supervise: Form{"a zero errgroup.Group, without a context", foreign(errgroupZero)},
	Grow:      Form{"errgroup.WithContext", foreign(errgroupWithContext)},
	Design: map[string]string{
		"S3 P-ERROR":  "by design: Wait returns the first error only; to have all, each function has to keep its own",
		"S11 P-BLAST": "by design: errgroup is all-or-nothing and takes every non-nil error for a failure; a function has to swallow its own cancellation",
		"S11 P-ERROR": "by design: errgroup takes every non-nil error for a failure; a function has to swallow its own cancellation",
		"panic":       "by design: errgroup leaves a panic to crash the program, and says why in its source (golang/go#53757)",
		"goexit":      "errgroup promises nothing about runtime.Goexit: only returned errors count",
	},
}

func errgroupWithContext(ctx context.Context) (func(func(context.Context) error), func() error) {
	g, ctx := errgroup.WithContext(ctx)
	return func(f func(context.Context) error) { g.Go(func() error { return f(ctx) }) }, g.Wait
}

func errgroupZero(ctx context.Context) (func(func(context.Context) error), func() error) {
	var g errgroup.Group
	return func(f func(context.Context) error) { g.Go(func() error { return f(ctx) }) }, g.Wait
}
