package peers

import (
	"context"

	"github.com/arunsworld/nursery"
)

var nurseryLibrary = func() Library {
	l := Library{
		Name: "nursery", Path: "github.com/arunsworld/nursery", Waits: "RunConcurrentlyWithContext", Hands: "append", symbol: nursery.RunConcurrentlyWithContext,
		Note: "One call with all its jobs as arguments, so that it cannot be forgotten; a job publishes its error on a channel.",
		Not: map[string]string{
			"S3":       "the first error cancels all: failures cannot stay apart",
			"S6":       "no handle of a job: the call is for all of them",
			"S7":       "jobs are the arguments of the call: a job opens a nursery of its own",
			"late":     "jobs are the arguments of the call: there is nothing to add to",
			"unjoined": "the call is the join: it cannot be forgotten",
		},
		Readings: map[string]Reading{
			"S11-child": documented("the first published error cancels all (README); a job has to keep its own cancellation to itself"),
			"panic":     surprising("a panic of a job crashes the program; of panics the README only says that it cannot protect against those due to races (runJobsUntilAllDone)"),
			"goexit":    surprising("a job that calls Goexit is never counted down, so the call never returns; not mentioned (runJobsUntilAllDone)"),
		},
	}
	l.FailFast = &Form{How: "nursery.RunConcurrentlyWithContext", enclose: l.foreign(nurseryRun)}
	return l
}()

func nurseryRun(ctx context.Context, _ int) session {
	var jobs []nursery.ConcurrentJob
	return session{
		start: func(fn work) (func(), error) {
			jobs = append(jobs, func(ctx context.Context, failures chan error) {
				if err := fn(ctx); err != nil {
					failures <- err
				}
			})
			return nil, nil
		},
		join: func() error { return nursery.RunConcurrentlyWithContext(ctx, jobs...) },
	}
}
