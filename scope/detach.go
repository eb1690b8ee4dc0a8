package scope

import "context"

// Detach runs fn as an island: a task that keeps ctx's values and is reached by
// nobody's cancellation and waited for by nobody, but by way of the returned
// job. Its failure goes to the handlers: its own, then the process-wide one.
// Islands are listed by [Islands] and [Dump] with where they were made, for as
// long as they live. Most of the time you want [Scope.Launch].
//
//go:noinline
func Detach(ctx context.Context, name string, fn func(ctx context.Context) error, opts ...Option) *Job {
	o := collect(onDetach, opts)
	if o == nil {
		o = &options{}
	}
	o.origin = Path(ctx)
	j := &Job{body: launched(fn)}
	j.created = caller()
	j.setUp(kindIsland, name, context.WithoutCancel(ctx), nil, j, o)
	if err := j.launchError(); err != nil {
		j.failAtBirth(err)
	}
	roots.add(&j.node)
	j.begin()
	return j
}
