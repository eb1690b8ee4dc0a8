package scope

import (
	"context"
	"errors"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// Job is one child of a scope. Its methods may be called by any goroutine.
type Job struct {
	node
	body body
}

// body is what a job runs: a function, or a Deferred with its own.
type body interface {
	run(ctx context.Context) error
}

type launched func(ctx context.Context) error

func (fn launched) run(ctx context.Context) error { return fn(ctx) }

// stillborn stands in for the body of a job whose launch went wrong.
type stillborn struct{ err error }

func (b stillborn) run(context.Context) error { return b.err }

// Launch runs fn as a child of the scope, in a goroutine of its own (or [On] a
// dispatcher), and does not wait for it. An empty name becomes a number.
//
// A failure of fn fails a plain scope; in a supervisor it goes to the handlers
// (see [SetHandler]). A job that was cancelled and returns its cancellation has
// not failed; a job that was cancelled and returns nil has succeeded; one that
// was cancelled before it started never runs fn.
//
// When the scope is closed, dead or cancelled, fn never runs: the returned job
// has ended with a [*RefusedError]. The handlers, if there are any, are told of
// it when the scope is a long-lived one or is over.
//
//go:noinline
func (s *Scope) Launch(name string, fn func(ctx context.Context) error, opts ...Option) *Job {
	j := &Job{body: launched(fn)}
	j.created = caller()
	s.launch(j, kindJob, name, collect(onLaunch, opts))
	return j
}

func (s *Scope) launch(j *Job, k kind, name string, o *options) {
	n := &s.node
	j.setUp(k, n.numbered(name), n.context(), n, j, o)
	cause := s.tryAdmit(j)
	if cause != nil {
		s.refuse(j, cause)
		return
	}
	j.begin()
}

// tryAdmit says why the job is refused. One whose launch went wrong is admitted
// also by a scope that is being cancelled: its failure needs an owner.
func (s *Scope) tryAdmit(j *Job) error {
	err := j.launchError()
	if err == nil {
		return s.admit(&j.node)
	}
	j.failAtBirth(err)
	if s.adopt(&j.node) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return &Failures{errs: []error{s.refusal(), err}}
}

func (j *Job) launchError() error {
	failpoint.Inject("launch", func() {
		if err := launchPoint.Err(j.context()); err != nil {
			failpoint.Return(err)
		}
	})
	return nil
}

func (s *Scope) refuse(j *Job, cause error) {
	refused := &RefusedError{Scope: s.path(), Job: j.name(), Cause: cause}
	failpoint.Inject("note", func() {
		j.task.Note(j.context(), faults.Event{Kind: faults.Refused, Err: refused})
	})
	j.end(refused, true)
	// A launch that itself went wrong has no other owner for its failure.
	_, wentWrong := cause.(*Failures)
	if j.kind == kindAsync || !wentWrong && !s.kind.isLongLived() && !errors.Is(cause, ErrClosed) {
		return
	}
	r := report{harmless: !wentWrong}
	r.start(&j.node, refused)
	r.crash()
}

// failAtBirth makes it a job that only reports err; no dispatcher is needed for that.
func (j *Job) failAtBirth(err error) {
	j.body = stillborn{err}
	if j.rare != nil {
		j.rare.dispatcher = nil
	}
}

func (j *Job) begin() {
	j.setAlarm()
	if j.rare == nil || j.rare.dispatcher == nil {
		go j.main()
		return
	}
	j.dispatch()
}

// main is a job's goroutine.
func (j *Job) main() {
	var err error
	normal := false
	defer func() {
		if !normal {
			err = abnormal(recover())
		}
		j.finish(err)
	}()
	err = j.perform()
	normal = true
}

func (j *Job) perform() error {
	ctx := j.context()
	failpoint.Inject("start", func() { startPoint.At(ctx) })
	if b, failed := j.body.(stillborn); failed {
		return b.err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	j.state.Store(stateRunning)
	failpoint.Inject("note", func() { faults.Note(ctx, faults.Event{Kind: faults.Started}) })
	failpoint.Inject("run", func() {
		if err := runPoint.Err(ctx); err != nil {
			failpoint.Return(err)
		}
	})
	err := j.body.run(ctx)
	failpoint.Inject("end", func() {
		if end := endPoint.Err(ctx); end != nil {
			failpoint.Return(spoiled(err, end))
		}
	})
	return err
}

// finish waits for what the body left behind, hands a failure to its owner and
// makes the end visible, in this order.
func (j *Job) finish(returned error) {
	if returned != nil {
		j.fail(returned)
	}
	j.finishChildren()
	j.decideTimeout()
	err, failed := j.settle(returned)
	j.silence()
	var r report
	defer func() {
		j.end(err, failed)
		j.leave()
		r.crash()
	}()
	if failed {
		j.deliver(err, &r)
	}
}

// Cancel asks the job and everything below it to stop. The first cancellation
// counts, its cause is context.Cause of every descendant's context as soon as
// Cancel returns; nil means context.Canceled. Cancelling is no failure: the
// job's parent and siblings do not notice.
func (j *Job) Cancel(cause error) { j.cancel(orCanceled(cause)) }

// Name is the job's name, or its number.
func (j *Job) Name() string { return j.name() }

// Path is the names from the root to the job, joined by "/".
func (j *Job) Path() string { return j.path() }

// Done is closed when the job is over, its children too.
func (j *Job) Done() <-chan struct{} { return j.doneChan() }

// Err is nil until the job is over, and then its failure, or the cause of its
// cancellation, or nil if it succeeded. Reading it does not take ownership of
// the failure.
func (j *Job) Err() error {
	if !j.ended() {
		return nil
	}
	return j.err
}

// Join waits until the job is over, its children too. It reports completion,
// not the failure: the error is the cause of ctx if that was done first.
// Completion wins over a cancellation that is ready at the same time. Joining a
// job from inside it panics.
func (j *Job) Join(ctx context.Context) error {
	beforeJoin(ctx)
	if !j.ended() {
		w := j.block(ctx, "join")
		joinResumed(ctx)
		w.stopWaiting()
	}
	if !j.ended() {
		return context.Cause(ctx)
	}
	return nil
}

// await is Join that also takes the failure.
func (j *Job) await(ctx context.Context) error {
	beforeAwait(ctx)
	if !j.ended() {
		w := j.block(ctx, "await")
		awaitResumed(ctx)
		w.stopWaiting()
	}
	if !j.ended() {
		return context.Cause(ctx)
	}
	if j.err != nil {
		j.noteAwaited(ctx)
	}
	return j.err
}

// block blocks until the job is over or ctx is done, and returns the waiter.
func (j *Job) block(ctx context.Context, verb string) *node {
	w := nodeOf(ctx)
	j.forbidWaitBy(w)
	w.startWaiting(wait{on: &j.node, verb: verb})
	j.noteAwaitedBy(ctx)
	select {
	case <-j.doneChan():
	case <-ctx.Done():
	}
	return w
}
