package scope

import (
	"context"
	"time"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// Scope owns the jobs that are launched in it. Its methods may be called by any
// goroutine, also by its own jobs.
type Scope struct {
	node
}

// Run calls fn in the caller's goroutine with a new scope, and returns when fn
// and all children are over, awaited or not. The scope is all-or-nothing: the
// first failure, of fn or of a child, cancels everything else, and Run returns
// it; later ones are attached (see [Failures]). When the scope was cancelled
// from outside or with [Scope.Cancel], Run returns the cause. A panic in fn is
// a failure like any other; a runtime.Goexit goes on after the children are
// over.
//
// When ctx is done already, fn does not run. Run in a job's context makes the
// scope a child of that job.
//
//go:noinline
func Run(ctx context.Context, name string, fn func(s *Scope) error, opts ...Option) error {
	return enclose(ctx, kindScope, name, fn, collect(onRun, opts), caller())
}

// Supervise is [Run] with a scope in which a failed child affects nobody else:
// the failure of a launched child goes to the handlers (see [SetHandler]), that
// of an async child to its awaiters. A failure of fn cancels the scope and is
// returned.
//
//go:noinline
func Supervise(ctx context.Context, name string, fn func(s *Scope) error, opts ...Option) error {
	return enclose(ctx, kindSupervisor, name, fn, collect(onRun, opts), caller())
}

// WithTimeout is [Run] with the option [Timeout] for a function that launches
// nothing: it gets the scope's context.
//
//go:noinline
func WithTimeout(ctx context.Context, name string, d time.Duration, fn func(ctx context.Context) error) error {
	return enclose(ctx, kindScope, name, func(s *Scope) error { return fn(s.Context()) }, &options{timeout: d, timed: true}, caller())
}

// New makes a long-lived scope: [Plain], the default, or a [Supervisor]. Call
// [Scope.Close] when it is no longer needed.
//
// A plain one dies with its first failed child: the others are cancelled and
// later launches are refused. When its last child is over the failure goes to
// the handlers, once; or, if ctx belongs to a job or scope, it fails that.
// Such an owner closes the scope when its own function has returned, and waits
// for its children.
//
//go:noinline
func New(ctx context.Context, name string, opts ...Option) *Scope {
	o := collect(onNew, opts)
	k := kindLongScope
	if o != nil && o.supervisor {
		k = kindLongSupervisor
	}
	return open(ctx, k, name, o, caller())
}

func open(ctx context.Context, k kind, name string, o *options, created birthplace) *Scope {
	s := &Scope{}
	s.created = created
	s.setUp(k, name, ctx, nodeOf(ctx), s, o)
	s.state.Store(stateRunning)
	s.enroll()
	s.setAlarm()
	return s
}

func enclose(ctx context.Context, k kind, name string, fn func(s *Scope) error, o *options, created birthplace) (err error) {
	s := open(ctx, k, name, o, created)
	normal := false
	defer func() {
		var returned error
		if !normal {
			returned = abnormal(recover())
			s.fail(returned)
		}
		err = s.finish(returned)
	}()
	if failure := s.perform(fn); failure != nil {
		s.fail(failure)
	}
	normal = true
	return nil
}

func (s *Scope) perform(fn func(s *Scope) error) error {
	ctx := s.context()
	failpoint.Inject("enter", func() { enterPoint.At(ctx) })
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	failpoint.Inject("note", func() { faults.Note(ctx, faults.Event{Kind: faults.Started}) })
	err := fn(s)
	failpoint.Inject("leave", func() {
		if leave := leavePoint.Err(ctx); leave != nil {
			failpoint.Return(spoiled(err, leave))
		}
	})
	return err
}

func (s *Scope) finish(returned error) error {
	s.finishChildren()
	s.decideTimeout()
	err, failed := s.settle(returned)
	s.silence()
	if _, exiting := returned.(*GoexitError); exiting {
		s.bequeath()
	} else if failed {
		s.noteReturned(s.base, err)
	}
	s.end(err, failed)
	s.leave()
	return err
}

// bequeath hands on the failures of a scope whose Run will never return,
// because its goroutine exits: to the job it runs in, else to the handlers.
func (s *Scope) bequeath() {
	for _, err := range s.failures {
		if _, exit := err.(*GoexitError); exit {
			continue
		}
		if s.parent != nil {
			s.parent.childFailed(&s.node, err)
			continue
		}
		r := report{harmless: true}
		r.start(&s.node, err)
	}
}

// Context is the scope's context: it is done when the scope is cancelled or
// over. Derive from it as from any other.
func (s *Scope) Context() context.Context { return s.context() }

// Name is the scope's name.
func (s *Scope) Name() string { return s.name() }

// Path is the names from the root to the scope, joined by "/".
func (s *Scope) Path() string { return s.path() }

// Cancel asks everything in the scope to stop. The first cancellation counts,
// its cause is context.Cause of every descendant's context as soon as Cancel
// returns; nil means context.Canceled. A cancelled scope admits no launches.
func (s *Scope) Cancel(cause error) {
	s.cancel(orCanceled(cause))
	if s.kind.isLongLived() {
		s.bury()
	}
}

// Done is closed when the scope is over: Run returned, or the scope made by New
// is closed or dead and its last child has ended.
func (s *Scope) Done() <-chan struct{} { return s.doneChan() }

// Err is nil until the scope is over, and then what it failed with, or the
// cause of its cancellation, or nil.
func (s *Scope) Err() error {
	if !s.ended() {
		return nil
	}
	return s.err
}

// Close refuses further launches and waits until the children of a scope made
// by [New] are over; it does not cancel them. The error is the cause of ctx if
// that was done first; the scope stays closed, and Close may be called again.
// Close of a scope made by Run, or from inside the scope, panics.
func (s *Scope) Close(ctx context.Context) error {
	if !s.kind.isLongLived() {
		panic("scope: Close of " + s.path() + ", which was made by Run or Supervise and ends with it")
	}
	w := nodeOf(ctx)
	s.forbidWaitFrom(w)
	beforeClose(ctx)
	s.shut()
	if !s.ended() {
		s.waitIdle(ctx, w, "close", s.doneChan())
		closeResumed(ctx)
		w.stopWaiting()
	}
	if !s.ended() {
		return context.Cause(ctx)
	}
	return nil
}

// Join waits until the scope has no children; it stays open. The error is the
// cause of ctx if that was done first. Joining a scope from one of its children
// panics.
func (s *Scope) Join(ctx context.Context) error {
	beforeJoin(ctx)
	w := nodeOf(ctx)
	s.forbidWaitFrom(w)
	for {
		idle := s.idleChan()
		if idle == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s.waitIdle(ctx, w, "join", idle)
		joinResumed(ctx)
		w.stopWaiting()
	}
}

func (s *Scope) waitIdle(ctx context.Context, w *node, verb string, over <-chan struct{}) {
	w.startWaiting(wait{on: &s.node, verb: verb})
	s.noteAwaitedBy(ctx)
	select {
	case <-over:
	case <-ctx.Done():
	}
}

// forbidWaitFrom panics if waiter runs below the scope. The scope itself may
// wait for its children.
func (s *Scope) forbidWaitFrom(waiter *node) {
	if waiter != &s.node {
		s.forbidWaitBy(waiter)
	}
}
