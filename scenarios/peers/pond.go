package peers

import (
	"context"
	"errors"

	"github.com/alitto/pond/v2"
)

var pondLibrary = func() Library {
	l := Library{
		Name: "pond", Path: "github.com/alitto/pond/v2", Waits: "Wait", Hands: "Submit", symbol: pond.NewPool,
		Note: "Groups on a pool. Workers end when they are idle, so a pool need not be stopped; the adapters do not, because Stop and StopAndWait run on the package's default pool, which can be used in one synctest bubble of a process only (see bubbles). A panic becomes an error, with the stack in its text.",
		Readings: map[string]Reading{
			"S11-child": documented("a group returns the first error and cancels its context at every one (doc of TaskGroup); a task has to swallow its own cancellation"),
			"goexit":    surprising("the worker is replaced, and a group that lost a task to Goexit is never resolved (abstractTaskGroup.submit)"),
			"unjoined":  documented("a group is joined by Wait alone (doc of TaskGroup)"),
			"late":      surprising("a group goes on taking tasks after Wait has returned; another Wait would join them (TaskGroup.Submit)"),
			"D3":        documented("a task keeps its worker while it blocks (README, limited concurrency)"),
			"D9-await":  surprising("Task.Wait inside the only worker waits for itself; nothing warns of it (Task.Wait)"),
			"bubbles":   surprising("StopAndWait runs on the package's default pool, whose context and WaitGroup then belong to the first bubble that used it (pool.Stop)"),
		},
	}
	l.FailFast = &Form{How: "pond.NewPool(10).NewGroupContext(ctx), SubmitErr with the group's Context", enclose: l.foreign(pondGroup(true))}
	l.Grow = l.FailFast
	l.Bounded = &Form{How: "pond.NewPool(n, pond.WithContext(ctx), pond.WithQueueSize(1)).NewGroupContext(ctx)", enclose: l.foreign(pondGroup(false))}
	l.Supervise = &Form{How: "pond.NewPool(10).SubmitErr, and Wait of each Task", enclose: l.foreign(pondTasks(true))}
	l.Futures = l.Supervise
	l.Closable = &Form{How: "pond.NewPool(n, pond.WithContext(ctx)), closed by cancelling that", enclose: l.foreign(pondTasks(false))}
	l.Saturated = &Form{How: "pond.NewPool(n, pond.WithQueueSize(0), pond.WithNonBlocking(true)).Go", enclose: l.foreign(pondNonBlocking)}
	l.Share = &Form{How: "pond.NewPool(3).NewSubpool(n)", enclose: l.foreign(pondSubpool)}
	l.Global = &Form{How: "pond.NewPool(10), SubmitErr, StopAndWait", enclose: l.foreign(pondStopAndWait)}
	return l
}()

func pondGroup(wide bool) open {
	return func(ctx context.Context, n int) session {
		pool := pond.NewPool(roomy)
		if !wide {
			pool = pond.NewPool(n, pond.WithContext(ctx), pond.WithQueueSize(1))
		}
		group := pool.NewGroupContext(ctx)
		return session{
			start: func(fn work) (func(), error) {
				group.SubmitErr(func() error { return fn(group.Context()) })
				return nil, nil
			},
			join:  group.Wait,
			await: func(fn work) error { return pool.SubmitErr(func() error { return fn(ctx) }).Wait() },
		}
	}
}

func pondTasks(wide bool) open {
	return func(ctx context.Context, n int) session {
		if wide {
			return pondSession(ctx, pond.NewPool(roomy))
		}
		whole, stop := context.WithCancel(ctx)
		s := pondSession(ctx, pond.NewPool(n, pond.WithContext(whole)))
		s.close = stop
		return s
	}
}

func pondSubpool(ctx context.Context, n int) session {
	return pondSession(ctx, pond.NewPool(3).NewSubpool(n))
}

func pondSession(ctx context.Context, pool pond.Pool) session {
	var tasks []pond.Task
	return session{
		start: func(fn work) (func(), error) {
			tasks = append(tasks, pool.SubmitErr(func() error { return fn(ctx) }))
			return nil, nil
		},
		async: func(fn work) func() error { return pool.SubmitErr(func() error { return fn(ctx) }).Wait },
		join: func() error {
			var all []error
			for _, t := range tasks {
				all = append(all, t.Wait())
			}
			return errors.Join(all...)
		},
	}
}

func pondNonBlocking(ctx context.Context, n int) session {
	return antsSession(ctx, pond.NewPool(n, pond.WithQueueSize(0), pond.WithNonBlocking(true)).Go)
}

func pondStopAndWait(ctx context.Context, _ int) session {
	pool := pond.NewPool(roomy)
	s := pondSession(ctx, pool)
	s.join = func() error { pool.StopAndWait(); return nil }
	return s
}
