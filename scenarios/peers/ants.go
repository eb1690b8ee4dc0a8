package peers

import (
	"context"
	"fmt"
	"sync"

	"github.com/panjf2000/ants/v2"
)

var antsLibrary = func() Library {
	const nothing = "tasks return nothing and get no context: a failure, and whom it stops, is the user's own"
	l := Library{
		Name: "ants", Path: "github.com/panjf2000/ants/v2", Waits: "the WaitGroup's Wait", Hands: "Submit", symbol: ants.NewPool,
		Note: "A pool of goroutines to be used again; tasks are waited for with a sync.WaitGroup of the user's, as in its examples. A recovered panic goes to WithPanicHandler; the handler is called after the task's own deferred calls, so that wg.Done comes first. Importing it starts two goroutines for the default pool.",
		Not: map[string]string{
			"S1": nothing, "S3": nothing, "S11": nothing, "S11-child": nothing, "queue": nothing,
			"panic P-CANCEL": nothing, "goexit P-CANCEL": nothing,
			"S6": "no handle of a task: Submit returns when it was taken",
		},
		Readings: map[string]Reading{
			"goexit":   surprising("the worker is replaced, and nobody is told: only panics go to the handler (goWorker.run)"),
			"unjoined": documented("a pool does not wait for its tasks: its examples use a WaitGroup (example_test.go)"),
			"blocked":  documented("Submit blocks when there is no room unless WithNonblocking is set (doc of Pool.Submit); it takes no context"),
			"D3":       documented("a task keeps its goroutine while it blocks (doc of Pool)"),
			"D9":       documented("a nested Submit gets blocked when the pool runs out of capacity (doc of Pool.Submit)"),
			"D9-await": documented("a nested Submit gets blocked when the pool runs out of capacity (doc of Pool.Submit)"),
			"bubbles":  surprising("the default pool keeps its workers for the whole process, the bubble's among them; a pool of one's own in each bubble works (the other rows)"),
		},
	}
	l.Plain = &Form{How: "ants.NewPool(10), Submit, a WaitGroup, Release", enclose: l.foreign(antsPool(true))}
	l.Grow = l.Plain
	l.Bounded = &Form{How: "ants.NewPool(n), Submit, a WaitGroup, Release", enclose: l.foreign(antsPool(false))}
	l.Closable = l.Bounded
	l.Saturated = &Form{How: "ants.NewPool(n, ants.WithNonblocking(true))", enclose: l.foreign(antsPool(false, ants.WithNonblocking(true)))}
	l.Global = &Form{How: "ants.Submit, the default pool", enclose: l.foreign(antsDefault)}
	return l
}()

// roomy is a limit that no story reaches.
const roomy = 10

func antsPool(wide bool, options ...ants.Option) open {
	return func(ctx context.Context, n int) session {
		if wide {
			n = roomy
		}
		var panicked firstError
		pool, err := ants.NewPool(n, append([]ants.Option{ants.WithPanicHandler(panicked.recovered)}, options...)...)
		if err != nil {
			panic(err)
		}
		s := antsSession(ctx, pool.Submit)
		wait := s.join
		s.join = func() error {
			_ = wait()
			pool.Release()
			wakePoint.At(ctx) // the handler is called after wg.Done
			return panicked.get()
		}
		s.close, s.leave = pool.Release, pool.Release
		return s
	}
}

func antsDefault(ctx context.Context, _ int) session { return antsSession(ctx, ants.Submit) }

func antsSession(ctx context.Context, submit func(func()) error) session {
	var wg sync.WaitGroup
	start := func(task func()) error {
		wg.Add(1)
		err := submit(func() {
			defer wg.Done()
			task()
		})
		if err != nil {
			wg.Done()
		}
		return err
	}
	return session{
		start: func(fn work) (func(), error) { return nil, start(func() { _ = fn(ctx) }) },
		join:  func() error { wg.Wait(); return nil },
		await: func(fn work) (err error) {
			done := make(chan struct{})
			if refused := start(func() { defer close(done); err = fn(ctx) }); refused != nil {
				return refused
			}
			<-done
			return err
		},
	}
}

// firstError keeps the first of several failures.
type firstError struct {
	mu  sync.Mutex
	err error
}

func (f *firstError) keep(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}

func (f *firstError) recovered(value any) {
	if err, ok := value.(error); ok {
		f.keep(fmt.Errorf("panic: %w", err))
		return
	}
	f.keep(fmt.Errorf("panic: %v", value))
}

func (f *firstError) get() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}
