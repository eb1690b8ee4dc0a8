package scenarios

import (
	"context"
	"errors"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S12 uploads a file in pieces and, however that ends, tidies up in a
// non-cancellable section: whoever cancels, before the section or in the midst of
// it, it runs to its end, with what it has begun in the background; the scope waits
// for it; and one that takes longer than its bound is reported, no other.
var S12 = harness.Scenario{
	ID: "S12", Title: "cleanup that must finish", Version: 2,
	Source:     ComplexFeatures,
	Properties: []string{"P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK", "P-STARVE"},
	// What cancels the task at a point inside the section would cancel the section
	// itself, for which nobody has a handle.
	Faults: []explore.Allow{
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.Hang|faults.Cancels),
		harness.Strike("scope/end", faults.Error|faults.Delay),
		harness.Strike("scope/section-begin", faults.Failure|faults.Delay|faults.Hang|faults.CancelParent|faults.CancelRoot),
		harness.Strike("scope/section-end", faults.Error|faults.Delay|faults.CancelParent|faults.CancelRoot),
		harness.Strike("fakes/services/...", faults.Failure|faults.Delay|faults.Hang|faults.CancelParent|faults.CancelRoot),
	},
	Terms: judge.Terms{EndWithin: promptly},
	Facts: []string{
		"the upload was cancelled before its cleanup, which finished", "the upload was cancelled during its cleanup, which finished",
		"a cleanup was cut off at its bound and reported", "a cleanup finished too late and was reported",
		"a cleanup failed by itself", "nobody cancelled anything", "the cleanup waited for its log",
	},
	Durations: append([]time.Duration{cleanupWithin, answerWithin}, latencies...),
	Body:      func(r *harness.Run) { upload(r, scope.NonCancellable, cleanUpHere) },
	Controls: []harness.Control{{
		Name: "skipped", Story: "a cleanup in the context of the upload, which may be cancelled",
		Breaks: "P-EXPECT", Task: "the cleanup of session/upload",
		Body: func(r *harness.Run) { upload(r, onTheSameContext, cleanUpHere) },
	}, {
		Name: "unbounded", Story: "a cleanup that is only shielded from cancellation, and reports to nobody how long it takes",
		Breaks: "P-EXPECT", Task: "the cleanup of session/upload",
		Body: func(r *harness.Run) { upload(r, shieldedOnly, cleanUpHere) },
	}, {
		Name: "report-ignored", Story: "a cleanup whose overrun nobody is told of",
		Breaks: "P-EXPECT", Task: "the cleanup of session/upload",
		Body: func(r *harness.Run) { upload(r, overrunIgnored, cleanUpHere) },
	}, {
		Name: "false-alarm", Story: "a cleanup that is reported as too late, however long it took",
		Breaks: "P-EXPECT", Task: "in time, and is reported",
		Body: func(r *harness.Run) { upload(r, overrunAnyway, cleanUpHere) },
	}, {
		Name: "leaves-its-log", Story: "a section that does not wait for what was begun in it",
		Breaks: "P-EXPECT", Task: "which was begun in it",
		Body: func(r *harness.Run) { upload(r, shieldedOnly, cleanUpHere) },
	}, {
		Name: "behind-the-scope", Story: "a cleanup in a goroutine that the scope does not wait for",
		Breaks: "P-LEAK", Task: "session/upload/",
		Body: func(r *harness.Run) { upload(r, scope.NonCancellable, cleanUpBehind) },
	}},
}

// cleanupWithin is the bound of the section, for at most three steps of 80 ms.
const cleanupWithin = 500 * time.Millisecond

// shield is scope.NonCancellable.
type shield func(ctx context.Context, name string, bound time.Duration, fn func(context.Context) error) error

func onTheSameContext(ctx context.Context, _ string, _ time.Duration, fn func(context.Context) error) error {
	return fn(ctx)
}

func shieldedOnly(ctx context.Context, _ string, _ time.Duration, fn func(context.Context) error) error {
	return fn(context.WithoutCancel(ctx))
}

func overrunIgnored(ctx context.Context, name string, bound time.Duration, fn func(context.Context) error) error {
	err := scope.NonCancellable(ctx, name, bound, fn)
	var overrun *scope.OverrunError
	if errors.As(err, &overrun) {
		return nil
	}
	return err
}

func overrunAnyway(ctx context.Context, name string, bound time.Duration, fn func(context.Context) error) error {
	err := scope.NonCancellable(ctx, name, bound, fn)
	return &scope.OverrunError{Name: name, Bound: bound, Err: err}
}

// tidy is how the upload calls its cleanup.
type tidy func(u *uploading, ctx context.Context) error

func cleanUpHere(u *uploading, ctx context.Context) error { return u.cleanUp(ctx) }

func cleanUpBehind(u *uploading, ctx context.Context) error {
	u.r.Go(ctx, "tidy", u.cleanUp)
	return nil
}

// uploading is one upload, and what became of its cleanup.
type uploading struct {
	r       *harness.Run
	shield  shield
	storage *services.Service
	pieces  int
	steps   int  // of the cleanup
	logs    bool // which writes a log in the background

	before  bool          // the upload was cancelled before its cleanup
	begun   bool          // the cleanup's function
	left    bool          // and has been left again
	since   time.Time     // the section was asked for
	took    time.Duration // until its function was left
	cut     bool          // by the bound
	done    int           // steps
	log     *scope.Job    // nil: none was begun
	err     error         // what the section reported
	over    bool          // and has: the section is over
	stepErr error         // with which the cleanup's function ended
}

func upload(r *harness.Run, shield shield, tidy tidy) {
	u := &uploading{r: r, shield: shield, pieces: r.Int("pieces", 1, 3), steps: r.Int("steps of the cleanup", 1, 3), logs: r.Bool("the cleanup writes a log"),
		storage: services.New("storage", r.Duration("latency", latencies...))}
	leaves := r.Duration("client leaves after", 0, latencies[0], latencies[1], latencies[2], 2*latencies[2], 4*latencies[2])

	err := scope.Run(r.Context(), "session", func(s *scope.Scope) error {
		if leaves > 0 {
			client := s.Launch("client", func(ctx context.Context) error {
				if r.Sleep(ctx, leaves) == nil {
					s.Cancel(errClientLeft)
				}
				return nil
			})
			defer client.Cancel(nil)
		}
		job := s.Launch("upload", func(ctx context.Context) (err error) {
			defer func() { err = errors.Join(err, tidy(u, ctx)) }()
			return u.send(ctx)
		})
		return job.Join(s.Context())
	}, scope.Timeout(answerWithin))

	if u.begun && !u.left {
		r.Broken("P-LEAK", "session is over, and the cleanup of session/upload runs")
	}
	r.Expect(unexplained(err, errClientLeft)).To(gomega.BeNil(), "part of session's failure that nothing in the run explains")
	r.Sometimes("nobody cancelled anything", err == nil)
}

// send uploads the pieces.
func (u *uploading) send(ctx context.Context) error {
	for range u.pieces {
		if _, err := u.storage.Call(ctx, "piece"); err != nil {
			return err
		}
	}
	return nil
}

// cleanUp makes the steps of the cleanup, in a section, and checks how it ended.
func (u *uploading) cleanUp(ctx context.Context) error {
	u.before, u.since = ctx.Err() != nil, time.Now()
	defer u.judge(ctx)
	u.err = u.shield(ctx, "cleanup", cleanupWithin, u.makeSteps)
	u.over = true
	if u.log != nil && !isDone(u.log) {
		u.r.Broken("", "the section is over, and %s, which was begun in it, is not", u.log.Path())
	}
	return u.err
}

func (u *uploading) makeSteps(ctx context.Context) (err error) {
	u.begun = true
	defer func() { u.left, u.took, u.cut, u.stepErr = true, time.Since(u.since), ctx.Err() != nil, err }()
	if u.logs {
		u.writeLog(ctx)
		defer func() { u.r.Sometimes("the cleanup waited for its log", !isDone(u.log)) }()
	}
	for range u.steps {
		if _, err := u.storage.Call(ctx, "delete"); err != nil {
			return err
		}
		u.done++
	}
	return nil
}

// writeLog leaves the log to the section: nobody else closes its scope.
func (u *uploading) writeLog(ctx context.Context) {
	u.log = scope.New(ctx, "log").Launch("flush", func(ctx context.Context) error {
		_, err := u.storage.Call(ctx, "log")
		return err
	})
}

func isDone(j *scope.Job) bool {
	select {
	case <-j.Done():
		return true
	default:
		return false
	}
}

// judge looks at a cleanup that has come to its end; upload is the context of the
// upload.
func (u *uploading) judge(upload context.Context) {
	if !u.begun || !u.over {
		return // struck before its first step, or left by a panic
	}
	cancelled := upload.Err() != nil
	var overrun *scope.OverrunError
	reported := errors.As(u.err, &overrun)
	switch {
	case reported && time.Since(u.since) < cleanupWithin:
		u.r.Broken("", "the cleanup of %s was over in time, and is reported as too late (%v)", scope.Path(upload), u.err)
	case u.log != nil && u.log.Err() != nil && u.err != nil:
		// It failed with its log, which ended it before its bound or was reported with it.
	case u.cut && u.took >= cleanupWithin && !reported:
		u.r.Broken("", "the cleanup of %s was cut off at its bound of %v after %d of %d steps, and nobody was told (%v)",
			scope.Path(upload), cleanupWithin, u.done, u.steps, u.err)
	case u.took > cleanupWithin && !reported:
		u.r.Broken("", "the cleanup of %s took %v, its bound is %v, and nobody was told (%v)", scope.Path(upload), u.took, cleanupWithin, u.err)
	case u.done < u.steps && !reported && odd(u.stepErr):
		u.r.Broken("", "the cleanup of %s made %d of %d steps: %v", scope.Path(upload), u.done, u.steps, u.stepErr)
	case u.done < u.steps && u.err == nil:
		u.r.Broken("", "the cleanup of %s made %d of %d steps, and nobody was told", scope.Path(upload), u.done, u.steps)
	}
	u.r.Sometimes("the upload was cancelled before its cleanup, which finished", u.before && u.done == u.steps)
	u.r.Sometimes("the upload was cancelled during its cleanup, which finished", !u.before && cancelled && u.done == u.steps)
	u.r.Sometimes("a cleanup was cut off at its bound and reported", reported && u.done < u.steps)
	u.r.Sometimes("a cleanup finished too late and was reported", reported && u.done == u.steps)
	u.r.Sometimes("a cleanup failed by itself", !reported && u.stepErr != nil)
}

// odd reports whether a cleanup that is not cut off has no business to end with
// err: it is more than a fault that struck a step, or the log.
func odd(err error) bool {
	if endedByGoexit(err) {
		return false
	}
	var injected *faults.Injected
	return err != nil && !(errors.As(err, &injected) && injected.Strike.Fault.Is(faults.Failure))
}
