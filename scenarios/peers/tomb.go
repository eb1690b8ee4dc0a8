package peers

import (
	"context"

	"gopkg.in/tomb.v2"
)

var tombLibrary = func() Library {
	l := Library{
		Name: "tomb", Path: "gopkg.in/tomb.v2", Waits: "Wait", Hands: "Go", symbol: tomb.WithContext,
		Note: "Wait of a tomb without a goroutine never returns: the zero tomb is alive (source of Tomb.Wait); no story here does that.",
		Not: map[string]string{
			"S3":          "the first error kills the tomb: failures cannot stay apart",
			"S11 P-ERROR": "a race that no tape decides: the tomb cancels beside the context's own propagation, and whichever comes first leaves the parent's cause or context.Canceled",
			"S6":          "no handle of a goroutine: Wait is for all of them",
		},
		Readings: map[string]Reading{
			"S11-child": documented("any non-nil error kills the tomb (package comment); a function has to swallow its own cancellation"),
			"panic":     surprising("a panic crashes the program; the documentation does not mention panics (Tomb.run)"),
			"goexit":    surprising("a goroutine that calls Goexit is never counted down, so Wait never returns; not mentioned (Tomb.run)"),
			"unjoined":  documented("a tomb is joined by Wait or Dead alone (package comment)"),
		},
	}
	l.FailFast = &Form{How: "tomb.WithContext", enclose: l.foreign(tombWithContext)}
	l.Grow = l.FailFast
	return l
}()

func tombWithContext(ctx context.Context, _ int) session {
	t, ctx := tomb.WithContext(ctx)
	return session{
		start: func(fn work) (func(), error) { t.Go(func() error { return fn(ctx) }); return nil, nil },
		join:  t.Wait,
	}
}
