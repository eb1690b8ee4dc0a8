package peers

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"
)

var errgroupLibrary = func() Library {
	l := Library{
		Name: "errgroup", Path: "golang.org/x/sync/errgroup", Waits: "Wait", Hands: "Go", symbol: errgroup.WithContext,
		Note: "A zero Group supervises: it has no context, so a failure stops nobody. Panics are left to crash the program; the source has a comment on why that was tried otherwise and taken back.",
		Not: map[string]string{
			"S6":       "no handle of a child: Wait is for all of them",
			"D9-await": "no handle of a child to wait for",
			"D10":      "a Group cannot be closed",
		},
		Readings: map[string]Reading{
			"S3 P-ERROR": documented("Wait returns the first error only (doc of Group.Wait); to have all, each function has to keep its own"),
			"S11-child":  documented("every non-nil error is a failure (doc of Group.Go); a function has to swallow its own cancellation"),
			"panic":      documented("a panic is left to crash the program (comment in Group.Go; golang/go#53757, #74275)"),
			"goexit":     surprising("only returned errors count; that a Goexit passes for success is not mentioned (Group.Go)"),
			"unjoined":   documented("a Group is joined by Wait alone (doc of Group.Wait)"),
			"late":       documented("a Group should not be reused for different tasks (doc of Group)"),
			"queue":      surprising("Go starts every function it could make room for; it does not look whether the Context is done (Group.Go)"),
			"blocked":    documented("Go blocks until there is room (doc of Group.Go); the context of WithContext is not asked"),
			"D3":         documented("a function keeps its place while it blocks (doc of SetLimit: active goroutines)"),
			"D9":         documented("Go blocks until there is room (doc of SetLimit); from inside the only place that is for ever"),
		},
	}
	l.FailFast = &Form{How: "errgroup.WithContext", enclose: l.foreign(errgroupWithContext)}
	l.Grow = l.FailFast
	l.Supervise = &Form{How: "a zero errgroup.Group, without a context", enclose: l.foreign(errgroupZero)}
	l.Bounded = &Form{How: "errgroup.WithContext and SetLimit", enclose: l.foreign(errgroupLimit)}
	l.Saturated = &Form{How: "SetLimit and TryGo", enclose: l.foreign(errgroupTry)}
	return l
}()

func errgroupWithContext(ctx context.Context, _ int) session {
	g, ctx := errgroup.WithContext(ctx)
	return errgroupSession(ctx, g)
}

func errgroupZero(ctx context.Context, _ int) session {
	return errgroupSession(ctx, new(errgroup.Group))
}

func errgroupLimit(ctx context.Context, n int) session {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(n)
	return errgroupSession(ctx, g)
}

func errgroupSession(ctx context.Context, g *errgroup.Group) session {
	return session{
		start: func(fn work) (func(), error) { g.Go(func() error { return fn(ctx) }); return nil, nil },
		join:  g.Wait,
	}
}

var errNoRoom = errors.New("TryGo returned false")

func errgroupTry(ctx context.Context, n int) session {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(n)
	return session{
		start: func(fn work) (func(), error) {
			if !g.TryGo(func() error { return fn(ctx) }) {
				return nil, errNoRoom
			}
			return nil, nil
		},
		join: g.Wait,
	}
}
