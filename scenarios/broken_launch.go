package scenarios

import (
	"context"

	"github.com/squall-go/squall/scope"
)

// launchElsewhere launches in this file what belongs to another one.
func launchElsewhere(s *scope.Scope, name string, fn func(context.Context) error, opts ...scope.Option) *scope.Job {
	return s.Launch(name, fn, opts...)
}
