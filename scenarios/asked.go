package scenarios

import (
	"context"
	"errors"

	"github.com/squall-go/squall/fakes/services"
)

// asked is a service that is asked once, and what came of it. Read it when the
// call is over.
type asked struct {
	*services.Service
	reply services.Reply
	err   error
	// failed: the call failed by itself, with err or by not returning.
	failed bool
	// stopped: the call ended because its context was done, which is no failure.
	stopped bool
}

func (a *asked) ask(ctx context.Context) (services.Reply, error) {
	a.failed = true
	a.reply, a.err = a.Call(ctx, "user")
	a.stopped = a.err != nil && ctx.Err() != nil && errors.Is(a.err, context.Cause(ctx))
	a.failed = a.err != nil && !a.stopped
	return a.reply, a.err
}

func (a *asked) answered() bool { return !a.failed && a.reply.Service != "" }
