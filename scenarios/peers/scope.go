package peers

import (
	"context"
	"errors"

	"github.com/squall-go/squall/scope"
)

var scopeLibrary = Library{
	Name: "squall/scope", Ours: true, Waits: "Run", symbol: scope.Run,
	FailFast:  Form{"scope.Run and Launch", scopeRun},
	Supervise: Form{"scope.Supervise, Async and Await", scopeSupervise},
	Grow:      Form{"scope.Run and Launch", scopeRun},
}

func scopeRun(ctx context.Context, body func(launch)) error {
	return scope.Run(ctx, groupName, func(s *scope.Scope) error {
		body(func(name string, fn func(context.Context) error) func(error) {
			return s.Launch(name, fn).Cancel
		})
		return nil
	})
}

func scopeSupervise(ctx context.Context, body func(launch)) error {
	var failures []error
	err := scope.Supervise(ctx, groupName, func(s *scope.Scope) error {
		var calls []*scope.Deferred[struct{}]
		body(func(name string, fn func(context.Context) error) func(error) {
			call := scope.Async(s, name, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) })
			calls = append(calls, call)
			return call.Cancel
		})
		for _, call := range calls {
			if _, err := call.Await(s.Context()); err != nil {
				failures = append(failures, err)
			}
		}
		return nil
	})
	return errors.Join(append(failures, err)...)
}
