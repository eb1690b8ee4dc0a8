package scope

import "context"

// Dispatcher decides where the functions of jobs run; see [On].
type Dispatcher interface {
	// Dispatch takes the work of one job; ctx is the job's context and
	// carries its task. Exactly one of three things happens: Dispatch
	// returns an error; run is called once; abandon is called once with the
	// cause, after Dispatch took the work and could not run it. Neither is
	// called with a lock held. run does not panic, but it may call
	// runtime.Goexit.
	Dispatch(ctx context.Context, run func(), abandon func(cause error)) error
}

// dispatch queues the job. Whoever unwatches it owns it from then on: the
// worker that runs it, the dispatcher that gives it up, or the cancellation
// that comes first. So a cancelled job does not sit in the queue of a pool
// whose workers are stuck.
func (j *Job) dispatch() {
	ctx := j.context()
	j.state.Store(stateQueued)
	j.watch()
	returned := false
	defer func() {
		if !returned && j.rare.unwatch() {
			j.finish(abnormal(recover()))
		}
	}()
	err := j.rare.dispatcher.Dispatch(ctx, j.dequeued, j.abandoned)
	returned = true
	if err != nil {
		j.abandoned(err)
	}
}

func (j *Job) watch() {
	ctx := j.watcher()
	j.rare.unwatch = context.AfterFunc(ctx, func() {
		unqueued(ctx)
		j.finish(context.Cause(ctx))
	})
}

func (j *Job) dequeued() {
	if j.rare.unwatch() {
		j.main()
	}
}

func (j *Job) abandoned(cause error) {
	if j.rare.unwatch() {
		j.finish(orCanceled(cause))
	}
}
