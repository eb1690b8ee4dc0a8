package peers

import (
	"context"

	"github.com/gammazero/workerpool"
)

var workerpoolLibrary = func() Library {
	const nothing = "tasks return nothing and get no context: a failure, and whom it stops, is the user's own"
	l := Library{
		Name: "workerpool", Path: "github.com/gammazero/workerpool", Waits: "StopWait", Hands: "Do", symbol: workerpool.New,
		Note: "Submitting never blocks: the line is as long as it has to be. StopWait is the join.",
		Not: map[string]string{
			"S1": nothing, "S3": nothing, "S11": nothing, "S11-child": nothing, "queue": nothing,
			"panic P-CANCEL": nothing, "goexit P-CANCEL": nothing,
			"S6":      "no handle of a task: DoWait waits for the one it submits",
			"blocked": "submitting never blocks",
		},
		Readings: map[string]Reading{
			"panic":    documented("a task that panics crashes the program (doc of Do)"),
			"goexit":   surprising("a worker that a task took away by Goexit is never replaced nor counted down, so StopWait never returns; not mentioned (worker)"),
			"unjoined": documented("Stop or StopWait should be called when the pool is no longer needed (doc of Stop)"),
			"D2":       documented("the line has no upper limit, and who waits is not told (package comment, README); WaitingQueueSize can be asked"),
			"D3":       documented("a task keeps its worker while it blocks (package comment: limits the concurrency of tasks)"),
			"D9-await": surprising("DoWait inside the only worker waits for itself; nothing warns of it (doc of DoWait)"),
			"D10":      documented("Stop abandons what is not running (doc of Stop); StopWait runs it"),
		},
	}
	l.Plain = &Form{How: "workerpool.New(10), Do, StopWait", enclose: l.foreign(func(ctx context.Context, _ int) session { return workers(ctx, roomy) })}
	l.Grow = l.Plain
	l.Bounded = &Form{How: "workerpool.New(n), Do, StopWait", enclose: l.foreign(workers)}
	l.Saturated, l.Closable = l.Bounded, l.Bounded
	return l
}()

func workers(ctx context.Context, n int) session {
	pool := workerpool.New(n)
	return session{
		start: func(fn work) (func(), error) { return nil, pool.Do(func() { _ = fn(ctx) }) },
		await: func(fn work) (err error) {
			if refused := pool.DoWait(func() { err = fn(ctx) }); refused != nil {
				return refused
			}
			return err
		},
		join:  func() error { pool.StopWait(); return nil },
		close: pool.Stop,
	}
}
