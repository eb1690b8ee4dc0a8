package peers

import (
	"context"
	"sync"
)

var waitGroupLibrary = func() Library {
	const nothing = "functions return nothing and get no context: a failure, and whom it stops, is the user's own"
	l := Library{
		Name: "WaitGroup", Path: "sync", std: true, Waits: "Wait", Hands: "Go", symbol: (*sync.WaitGroup).Wait,
		Note: "Counts, and no more: neither errors nor contexts nor a limit.",
		Not: map[string]string{
			"S1": nothing, "S3": nothing, "S11": nothing, "S11-child": nothing,
			"panic P-CANCEL": nothing, "goexit P-CANCEL": nothing,
			"S6": "no handle of a child: Wait is for all of them",
		},
		Readings: map[string]Reading{
			"panic":    documented("the function must not panic (doc of WaitGroup.Go); a panic crashes the program"),
			"goexit":   documented("Go counts a function down whether it returns or exits by Goexit (comment in WaitGroup.Go), and has no failures to tell"),
			"unjoined": documented("nothing is waited for before Wait is called (doc of WaitGroup)"),
			"late":     documented("a WaitGroup may be used again after Wait (doc of WaitGroup.Add); another Wait would join it"),
		},
	}
	l.Plain = &Form{How: "sync.WaitGroup.Go", enclose: l.foreign(waitGroup)}
	l.Grow = l.Plain
	return l
}()

func waitGroup(ctx context.Context, _ int) session {
	var wg sync.WaitGroup
	return session{
		start: func(fn work) (func(), error) { wg.Go(func() { _ = fn(ctx) }); return nil, nil },
		join:  func() error { wg.Wait(); return nil },
	}
}
