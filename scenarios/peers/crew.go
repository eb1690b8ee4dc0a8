package peers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// enclose opens a group or pool with n places (where it has a limit), lets body
// hand children over, and waits for them unless the crew was forgotten.
type enclose func(ctx context.Context, n int, body func(*crew)) error

// work is what a child does.
type work = func(ctx context.Context) error

// crew is an open group as the stories use it. Its functions take the context of
// the task that calls them.
type crew struct {
	ctx context.Context // of the group's own task
	// start hands a child over; cancel asks it alone to stop. The error is the
	// library's refusal, a panic included.
	start func(caller context.Context, name string, fn work) (cancel func(cause error), refused error)
	// await hands a child over and waits for it.
	await func(caller context.Context, name string, fn work) error
	// async hands a child over; result waits for it.
	async func(caller context.Context, name string, fn work) (result func(caller context.Context) error)
	// close closes at once.
	close func(caller context.Context)
	// forgotten: nobody waits.
	forgotten bool
	children  []*child
}

// session is a foreign group, opened: what an adapter has to write.
type session struct {
	// start hands fn over. cancel is the library's own way to stop it alone, nil
	// if it has none.
	start func(fn work) (cancel func(), refused error)
	join  func() error
	// The others may be nil.
	async func(fn work) (await func() error)
	await func(fn work) error // nil: async and its await
	close func()
	leave func() // what is done also by who forgets to join
}

// open makes a session. n is its limit, for those that have one.
type open func(ctx context.Context, n int) session

// foreign makes tasks of a group and its children that know nothing of the
// harness. A panic out of a call of the library becomes a [*Panicked].
func (l *Library) foreign(group open) enclose { return foreign(l.Waits, l.Hands, group) }

func foreign(waits, hands string, group open) enclose {
	return func(ctx context.Context, n int, body func(*crew)) error {
		ctx = faults.WithTask(ctx, groupName)
		faults.Note(ctx, faults.Event{Kind: faults.Opened, Name: judge.Scope})
		faults.Note(ctx, faults.Event{Kind: faults.Started})
		s := group(ctx, n)
		c := s.crew(ctx, hands)
		body(c)
		var err error
		switch {
		case !c.forgotten:
			err = calling(ctx, waits, s.join)
			c.joined(err)
		case s.leave != nil:
			s.leave()
		}
		faults.Note(ctx, faults.Event{Kind: faults.Ended, Err: err})
		return err
	}
}

func (s session) crew(ctx context.Context, hands string) *crew {
	c := &crew{ctx: ctx}
	c.start = func(caller context.Context, name string, fn work) (func(error), error) {
		own := c.child(name, fn)
		cancel := own.inner.cancel
		refused := calling(caller, hands, func() error {
			stop, err := s.start(own.run)
			if stop != nil {
				cancel = func(error) { stop() }
			}
			return err
		})
		if refused != nil {
			own.refuse(refused)
		}
		return cancel, refused
	}
	c.async = func(caller context.Context, name string, fn work) func(context.Context) error {
		own := c.child(name, fn)
		var await func() error
		_ = calling(caller, hands, func() error { await = s.async(own.run); return nil })
		return func(caller context.Context) error { return calling(caller, "Wait of "+name, await) }
	}
	c.await = func(caller context.Context, name string, fn work) error {
		own := c.child(name, fn)
		return calling(caller, hands+" and waiting for "+name, func() error {
			if s.await != nil {
				return s.await(own.run)
			}
			return s.async(own.run)()
		})
	}
	c.close = func(caller context.Context) {
		_ = calling(caller, "the close", func() error { s.close(); return nil })
	}
	return c
}

// calling makes a call that may block: who is in it is told when nothing goes on.
func calling(caller context.Context, name string, call func() error) error {
	faults.Note(caller, faults.Event{Kind: faults.Waiting, Name: name})
	err := recovering(call)
	wakePoint.At(caller)
	return err
}

// Panicked is a panic that came out of a call of the library, as the one who
// recovers it there sees it.
type Panicked struct {
	Value any
	Stack string // of the child if the library kept it, else of the caller
}

// Error is the value.
func (p *Panicked) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Unwrap is the value if it is, or gives, an error.
func (p *Panicked) Unwrap() error {
	switch v := p.Value.(type) {
	case error:
		return v
	case interface{ AsError() error }: // conc
		return v.AsError()
	}
	return nil
}

func recovering(call func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Panicked{Value: r, Stack: cmp.Or(concStack(r), string(debug.Stack()))}
		}
	}()
	return call()
}

// stackOf is the stack that err carries, "" if none.
func stackOf(err error) string {
	var caller *Panicked
	if errors.As(err, &caller) {
		return caller.Stack
	}
	var own *scope.PanicError
	if errors.As(err, &own) {
		return own.Stack.String()
	}
	if err != nil {
		return err.Error() // pond writes it into the message
	}
	return ""
}
