package scope

import "context"

// Deferred is a job with a result.
type Deferred[T any] struct {
	Job
	fn    func(ctx context.Context) (T, error)
	value T
}

func (d *Deferred[T]) run(ctx context.Context) error {
	value, err := d.fn(ctx)
	if err == nil {
		d.value = value
	}
	return err
}

// Async runs fn as a child of s, as [Scope.Launch] does, and keeps its result
// for [Deferred.Await]. Its failure is given to every awaiter; in a plain scope
// it fails the scope as well, awaited or not; in a supervisor the awaiters are
// its only owners, the handlers never see it.
//
//go:noinline
func Async[T any](s *Scope, name string, fn func(ctx context.Context) (T, error), opts ...Option) *Deferred[T] {
	d := &Deferred[T]{fn: fn}
	d.body = d
	d.created = caller()
	s.launch(&d.Job, kindAsync, name, collect(onAsync, opts))
	return d
}

// Await waits until the job is over and returns its result, or its failure, or
// the cause of its cancellation; or the cause of ctx if that was done first. A
// result wins over a cancellation of ctx that is ready at the same time.
// Awaiting a job from inside it panics.
func (d *Deferred[T]) Await(ctx context.Context) (T, error) {
	if err := d.await(ctx); err != nil {
		var zero T
		return zero, err
	}
	return d.value, nil
}
