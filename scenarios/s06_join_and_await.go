package scenarios

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S6 launches a job and asks for a number; readers join the one and await the
// other. The failure of the launched job goes up at once; that of the async one
// is given to every awaiter, and goes up too unless a supervisor is above; join
// tells that the job is over and nothing else. Readers may lose patience.
var S6 = harness.Scenario{
	ID: "S6", Title: "launch and async, join and await",
	Source:     TipsAndTricks + "; " + InProduction,
	Properties: []string{"P-ERROR", "P-CANCEL", "P-BLAST", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("fakes/services/call", faults.Failure|faults.Delay|faults.Hang),
		harness.Strike("fakes/services/reply", faults.Error|faults.Delay),
		harness.Strike("scope/start", faults.Delay|faults.CancelTask),
		harness.Strike("scope/await", faults.Delay|faults.CancelTask),
		harness.Strike("scope/await-resume", faults.Delay|faults.CancelTask),
		harness.Strike("scope/join", faults.Delay|faults.CancelTask),
		harness.Strike("scope/join-resume", faults.Delay|faults.CancelTask),
	},
	Terms: judge.Terms{EndWithin: promptly, MustFail: everyStrike},
	Facts: []string{
		"plain: the job's failure went up", "plain: the number's failure went up",
		"supervisor: the job's failure went to the handler", "supervisor: an awaiter got the number's failure",
		"a failed job was joined", "a joiner was cancelled", "an awaiter was cancelled, and the number came all the same",
		"an awaiter came when the number had failed already",
	},
	Durations: latencies,
	Body:      func(r *harness.Run) { joinAndAwait(r, numberDeferred.Await, returnIt) },
	Controls: []harness.Control{{
		Name: "joins-instead-of-awaiting", Story: "callers of an async job who join it, and take its end for success",
		Breaks: "P-ERROR", Task: "work/number",
		Body: func(r *harness.Run) { joinAndAwait(r, justJoin, returnIt) },
	}, {
		Name: "logs-and-returns", Story: "an async job that tells the failure handler what its awaiters are given as well",
		Breaks: "P-ERROR", Task: "work/number",
		Body: func(r *harness.Run) { joinAndAwait(r, numberDeferred.Await, logIt) },
	}},
}

type numberDeferred = *scope.Deferred[services.Reply]

// await is how readers wait for the number.
type await func(number numberDeferred, ctx context.Context) (services.Reply, error)

func justJoin(number numberDeferred, ctx context.Context) (services.Reply, error) {
	return services.Reply{}, number.Join(ctx)
}

// report is what the number's job does about its own failure, besides failing.
type report func(ctx context.Context, err error, handler func(*scope.Failure) error)

func returnIt(context.Context, error, func(*scope.Failure) error) {}

func logIt(ctx context.Context, err error, handler func(*scope.Failure) error) {
	faults.Note(ctx, faults.Event{Kind: faults.Delivered, Of: faults.TaskOf(ctx), Name: "handler", Err: err})
	_ = handler(&scope.Failure{Path: scope.Path(ctx), Err: err, Context: ctx})
}

// office is where the work is done and read.
type office struct {
	r                     *harness.Run
	plain                 bool
	await                 await
	report                report
	patience              time.Duration
	jobAsked, numberAsked asked
	job                   *scope.Job
	number                numberDeferred
	joiners, awaiters     []*reader

	guard sync.Mutex
	told  []*scope.Failure // what the handler was told
}

// reader is a task that waits, and what it was given.
type reader struct {
	task  *scope.Job
	began bool
	late  bool // what it waited for was over before it began to wait
	over  bool // and when it had waited
	reply services.Reply
	err   error
	cause error // of the reader's own cancellation, if it was cancelled
}

var errImpatient = errors.New("no patience left")

func joinAndAwait(r *harness.Run, await await, report report) {
	o := &office{
		r: r, plain: !r.Bool("supervisor"), await: await, report: report,
		jobAsked:    asked{Service: services.New("job", r.Duration("latency of job", latencies...))},
		numberAsked: asked{Service: services.New("number", r.Duration("latency of number", latencies...))},
		joiners:     make([]*reader, r.Int("joiners", 1, 2)),
		awaiters:    make([]*reader, r.Int("awaiters", 1, 3)),
		patience:    r.Duration("patience", 0, time.Millisecond, 40*time.Millisecond),
	}
	run := scope.Supervise
	if o.plain {
		run = scope.Run
	}
	err := run(r.Context(), "work", o.work, scope.Handler(o.takeFailure))

	reply, numberErr := await(o.number, r.Context()) // the readers may be gone: somebody has to ask
	r.Expect(numberErr == o.number.Err()).To(gomega.BeTrue(), "whoever awaits a number that is over is given its end, not %v", numberErr)
	if numberErr == nil {
		r.Expect(reply.Check(o.numberAsked.Service, "user")).To(gomega.Succeed())
	}
	r.Expect(o.job.Join(r.Context())).To(gomega.Succeed())
	o.checkReaders()
	o.checkOwners(err)
}

func (o *office) work(s *scope.Scope) error {
	o.job = s.Launch("job", func(ctx context.Context) error {
		_, err := o.jobAsked.ask(ctx)
		return err
	}, scope.Timeout(answerWithin))
	o.number = scope.Async(s, "number", func(ctx context.Context) (services.Reply, error) {
		reply, err := o.numberAsked.ask(ctx)
		if o.numberAsked.failed {
			o.report(ctx, err, o.takeFailure)
		}
		return reply, err
	}, scope.Timeout(answerWithin))
	for i := range o.joiners {
		o.joiners[i] = read(s, "joiner"+strconv.Itoa(i+1), o.job.Done(), func(ctx context.Context, x *reader) {
			x.err = o.job.Join(ctx)
		})
	}
	for i := range o.awaiters {
		o.awaiters[i] = read(s, "awaiter"+strconv.Itoa(i+1), o.number.Done(), func(ctx context.Context, x *reader) {
			x.reply, x.err = o.await(o.number, ctx)
		})
	}
	if o.patience > 0 && o.r.Sleep(s.Context(), o.patience) == nil {
		for _, x := range append(o.joiners, o.awaiters...) {
			x.task.Cancel(errImpatient)
		}
	}
	return nil
}

// read starts a reader. What it is given is not its own failure.
func read(s *scope.Scope, name string, done <-chan struct{}, wait func(context.Context, *reader)) *reader {
	x := &reader{}
	x.task = s.Launch(name, func(ctx context.Context) error {
		x.began, x.late = true, isClosed(done)
		wait(ctx, x)
		x.over, x.cause = isClosed(done), context.Cause(ctx)
		return nil
	})
	return x
}

func isClosed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

func (o *office) takeFailure(f *scope.Failure) error {
	o.guard.Lock()
	defer o.guard.Unlock()
	o.told = append(o.told, f)
	return nil
}

// checkReaders: a reader was given the end of what it waited for, or lost its
// own patience before that end; nothing else.
func (o *office) checkReaders() {
	r := o.r
	jobFailed, numberFailed := failedItself(&o.jobAsked, o.job), failedItself(&o.numberAsked, &o.number.Job)
	for _, x := range began(o.joiners) {
		if x.err == nil {
			r.Expect(x.over).To(gomega.BeTrue(), "%s joined a job that was not over", x.task.Path())
			r.Sometimes("a failed job was joined", jobFailed)
			continue
		}
		x.expectOwnCause(r)
		r.Sometimes("a joiner was cancelled", true)
	}
	for _, x := range began(o.awaiters) {
		switch {
		case x.err == nil:
			r.Expect(o.number.Err()).To(gomega.Succeed(), "%s was given a number", x.task.Path())
			r.Expect(x.reply.Check(o.numberAsked.Service, "user")).To(gomega.Succeed())
		case x.err == o.number.Err():
			r.Expect(x.over || x.err == x.cause).To(gomega.BeTrue(), "%s was given a failure before the number was over", x.task.Path())
			r.Sometimes("supervisor: an awaiter got the number's failure", !o.plain && numberFailed)
			r.Sometimes("an awaiter came when the number had failed already", x.late && numberFailed)
		default:
			x.expectOwnCause(r)
			r.Sometimes("an awaiter was cancelled, and the number came all the same", o.number.Err() == nil)
		}
	}
}

func began(readers []*reader) (list []*reader) {
	for _, x := range readers {
		if x.began {
			list = append(list, x)
		}
	}
	return list
}

// expectOwnCause: the wait ended because the reader was cancelled, which an end
// that was there already would have won over.
func (x *reader) expectOwnCause(r *harness.Run) {
	r.Expect(x.err).To(gomega.BeIdenticalTo(x.cause), "%s was given what is neither an end nor its own cancellation", x.task.Path())
	r.Expect(x.late).To(gomega.BeFalse(), "%s was not given the end of what was over when it came", x.task.Path())
}

// failedItself: it was struck or timed out; its cancellation is no failure.
func failedItself(a *asked, job *scope.Job) bool {
	var timeout *scope.TimeoutError
	return a.failed || errors.As(job.Err(), &timeout) && timeout.Name == job.Path()
}

// checkOwners: each failure reached its owners above.
func (o *office) checkOwners(err error) {
	r := o.r
	jobFailed, numberFailed := failedItself(&o.jobAsked, o.job), failedItself(&o.numberAsked, &o.number.Job)
	if !o.plain {
		r.Expect(err).NotTo(gomega.HaveOccurred(), "a supervisor does not fail with its children")
		r.Expect(o.toldOf("work/number")).To(gomega.BeEmpty(), "the number's failure is its awaiters'")
		if jobFailed {
			r.Expect(o.toldOf("work/job")).To(gomega.Equal([]error{o.job.Err()}), "the job's failure is the handler's, once")
		} else {
			r.Expect(o.told).To(gomega.BeEmpty())
		}
		r.Sometimes("supervisor: the job's failure went to the handler", jobFailed)
		return
	}
	r.Expect(o.told).To(gomega.BeEmpty(), "failures in a plain scope are the scope's")
	if jobFailed {
		r.Expect(err).To(gomega.MatchError(failures(o.job.Err())[0]), "the job's failure goes up")
	}
	if numberFailed {
		r.Expect(err).To(gomega.MatchError(failures(o.number.Err())[0]), "the number's failure goes up")
	}
	if !jobFailed && !numberFailed {
		r.Expect(err).NotTo(gomega.HaveOccurred(), "a cancelled task has not failed")
	}
	r.Sometimes("plain: the job's failure went up", jobFailed)
	r.Sometimes("plain: the number's failure went up", numberFailed && !jobFailed)
}

func (o *office) toldOf(path string) (errs []error) {
	for _, f := range o.told {
		if f.Path == path {
			errs = append(errs, f.Err)
		}
	}
	return errs
}
