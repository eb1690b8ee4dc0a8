package peers

import (
	"context"
	"errors"
	"time"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/scope"
)

var scopeLibrary = func() Library {
	return Library{
		Name: "scope", Path: "github.com/squall-go/squall/scope", Ours: true, Waits: "Run", Hands: "Launch", symbol: scope.Run,
		Note: "Our own, with package dispatcher where there is a limit: the reference column, which has to hold.",
		Not: map[string]string{
			"unjoined": "Run is the join: it cannot be forgotten",
		},
		FailFast:  &Form{How: "scope.Run and Launch", enclose: scopeRun},
		Grow:      &Form{How: "scope.Run and Launch", enclose: scopeRun},
		Supervise: &Form{How: "scope.Supervise, Async and Await", enclose: scopeSupervise},
		Futures:   &Form{How: "scope.Supervise, Async and Await", enclose: scopeSupervise},
		Bounded:   &Form{How: "scope.Run on dispatcher.NewFixed(n) with OnStall", enclose: scopeOn(false)},
		Saturated: &Form{How: "scope.Run on dispatcher.NewFixed(n) with OnStall", enclose: scopeOn(false)},
		Closable:  &Form{How: "scope.Run on dispatcher.NewFixed(n), and its Close", enclose: scopeOn(false)},
		Share:     &Form{How: "scope.Run on dispatcher.NewFixed(3).Limited(n)", enclose: scopeOn(true)},
	}
}()

func scopeRun(ctx context.Context, _ int, body func(*crew)) error {
	return scope.Run(ctx, groupName, func(s *scope.Scope) error {
		body(scopeCrew(s))
		return nil
	})
}

func scopeCrew(s *scope.Scope, options ...scope.Option) *crew {
	return &crew{
		ctx: s.Context(),
		start: func(_ context.Context, name string, fn work) (func(error), error) {
			job := s.Launch(name, fn, options...)
			var refused *scope.RefusedError
			if errors.As(job.Err(), &refused) {
				return job.Cancel, refused
			}
			return job.Cancel, nil
		},
		await: func(caller context.Context, name string, fn work) error {
			_, err := scopeAsync(s, name, fn, options...).Await(caller)
			return err
		},
		async: func(_ context.Context, name string, fn work) func(context.Context) error {
			call := scopeAsync(s, name, fn, options...)
			return func(caller context.Context) error {
				_, err := call.Await(caller)
				return err
			}
		},
	}
}

func scopeAsync(s *scope.Scope, name string, fn work, options ...scope.Option) *scope.Deferred[struct{}] {
	return scope.Async(s, name, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) }, options...)
}

func scopeSupervise(ctx context.Context, _ int, body func(*crew)) error {
	var failures []error
	err := scope.Supervise(ctx, groupName, func(s *scope.Scope) error {
		var calls []*scope.Deferred[struct{}]
		c := scopeCrew(s)
		c.start = func(_ context.Context, name string, fn work) (func(error), error) {
			call := scopeAsync(s, name, fn)
			calls = append(calls, call)
			return call.Cancel, nil
		}
		body(c)
		for _, call := range calls {
			if _, err := call.Await(s.Context()); err != nil {
				failures = append(failures, err)
			}
		}
		return nil
	})
	return errors.Join(append(failures, err)...)
}

// stallAfter is how long our pools let work wait before they tell.
const stallAfter = 10 * time.Second

var errClosed = errors.New("the pool was closed")

// scopeOn is a scope whose jobs run on a pool that tells of a stall; the scope is
// cancelled with what was told.
func scopeOn(share bool) enclose {
	return func(ctx context.Context, n int, body func(*crew)) error {
		return scope.Run(ctx, groupName, func(s *scope.Scope) error {
			size := n
			if share {
				size = 3
			}
			pool := dispatcher.NewFixed(s.Context(), "pool", size, dispatcher.OnStall(stallAfter, func(stall dispatcher.Stall) {
				tell(s.Context(), stall.String())
				s.Cancel(errors.New(stall.String()))
			}))
			if share {
				pool = pool.Limited("share", n)
			}
			c := scopeCrew(s, scope.On(pool))
			c.close = func(caller context.Context) { pool.Close(caller, errClosed) }
			body(c)
			return nil
		})
	}
}
