package peers

import (
	"context"

	"github.com/oklog/run"
)

var runLibrary = func() Library {
	const together = "the first actor to return ends the group, with or without an error: nobody stays apart"
	l := Library{
		Name: "run", Path: "github.com/oklog/run", Waits: "Run", Hands: "Add", symbol: (*run.Group).Run,
		Note: "Actors, each with a function that interrupts it; children stay until they are interrupted, as actors do, because the first to return ends the group.",
		Not: map[string]string{
			"S3": together, "S6": "no handle of an actor: Run is for all of them",
			"S7":       "the actors are those that were added when Run is called; see late",
			"unjoined": "Run is the join: without it nothing runs",
		},
		Readings: map[string]Reading{
			"S11-child": documented("the first actor to return interrupts all (doc of Group.Add)"),
			"panic":     surprising("a panic crashes the program; the documentation does not mention panics (Group.Run)"),
			"goexit":    surprising("Run counts returns, and an actor that calls Goexit never returns, so Run never does; not mentioned (Group.Run)"),
			"late":      surprising("Add after Run is taken and never run; not mentioned (Group.Add)"),
		},
	}
	l.FailFast = &Form{How: "run.Group, each actor with a context and its cancel", enclose: l.foreign(runGroup), Actors: true}
	return l
}()

func runGroup(ctx context.Context, _ int) session {
	var g run.Group
	return session{
		start: func(fn work) (func(), error) {
			ctx, cancel := context.WithCancel(ctx)
			g.Add(func() error { return fn(ctx) }, func(error) { cancel() })
			return nil, nil
		},
		join: g.Run,
	}
}
