package scenarios

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S4 is a component with a scope of its own for its whole life (Toast's
// calculator). With a plain job it is dead after its first failed child, and
// says so to everyone who launches, and is over when its last job is, without
// being closed, whatever scopes stand open below it; with a supervisor it stays usable.
var S4 = harness.Scenario{
	ID: "S4", Title: "long-lived scope", Version: 2,
	Source:     ToastCaseStudy,
	Properties: []string{"P-BLAST", "P-CANCEL", "P-ERROR", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("scope/run", faults.Error|faults.Panic|faults.Delay|faults.Hang|faults.CancelTask),
		harness.Strike("scope/end", faults.Error|faults.Panic|faults.Delay),
		harness.Strike("scope/launch", faults.Error|faults.Delay),
		harness.Strike("scope/start", faults.Delay|faults.CancelTask),
	},
	Terms: judge.Terms{EndWithin: promptly, MustFail: func(s faults.Strike) bool { return s.Site != "scope/launch" }},
	Facts: []string{
		"plain: a launch was refused", "plain: a running sibling was stopped", "plain: a cancelled child did no harm",
		"supervisor: a job ran after another had failed", "a hung job timed out", "plain: a scope died that had an open one below",
	},
	Durations: []time.Duration{answerWithin},
	Body:      func(r *harness.Run) { longLivedScope(r, launchOrRefuse) },
	Controls: []harness.Control{{
		Name: "accepts-and-never-runs", Story: "a dead plain scope that accepts jobs and never runs them",
		Breaks: "P-STARVE", Task: "calculator/",
		Body: func(r *harness.Run) { longLivedScope(r, launchOrLose) },
	}, {
		Name: "lingers", Story: "a dead plain scope that is not over until somebody closes it",
		Breaks: "P-EXPECT", Task: "is not over",
		Body: func(r *harness.Run) { longLivedScope(r, launchAndLinger) },
	}},
}

// submission is a job as its submitter sees it.
type submission interface {
	Join(ctx context.Context) error
	Err() error
}

// submit hands fn to the component, or says that it was refused.
type submit func(s *scope.Scope, name string, fn func(context.Context) error) (submission, *scope.RefusedError)

func launchOrRefuse(s *scope.Scope, name string, fn func(context.Context) error) (submission, *scope.RefusedError) {
	job := s.Launch(name, fn, scope.Timeout(answerWithin))
	var refused *scope.RefusedError
	errors.As(job.Err(), &refused)
	return job, refused
}

func launchOrLose(s *scope.Scope, name string, fn func(context.Context) error) (submission, *scope.RefusedError) {
	if s.Context().Err() != nil {
		return lost(s.Path() + "/" + name), nil
	}
	return s.Launch(name, fn, scope.Timeout(answerWithin)), nil
}

// launchAndLinger leaves something behind that takes its time.
func launchAndLinger(s *scope.Scope, name string, fn func(context.Context) error) (submission, *scope.RefusedError) {
	s.Launch("after-"+name, func(context.Context) error {
		time.Sleep(100 * promptly)
		return nil
	})
	return launchOrRefuse(s, name, fn)
}

// lost is the path of a job that will never run.
type lost string

func (lost) Err() error { return nil }

func (l lost) Join(ctx context.Context) error {
	faults.Note(ctx, faults.Event{Kind: faults.Waiting, Name: string(l)})
	<-ctx.Done()
	return context.Cause(ctx)
}

func longLivedScope(r *harness.Run, launch submit) {
	c := &calculator{r: r, launch: launch, plain: !r.Bool("supervisor")}
	kind := scope.Plain()
	if !c.plain {
		kind = scope.Supervisor()
	}
	c.scope = scope.New(r.Context(), "calculator", kind, scope.Handler(c.note))
	if c.caches = r.Bool("it has a cache"); c.caches {
		scope.New(c.scope.Context(), "cache")
	}
	for i := range r.Int("jobs", 2, 6) {
		r.Expect(r.Sleep(r.Context(), r.Duration("pause", 0, time.Millisecond, answerWithin))).To(gomega.Succeed())
		c.calculate(fmt.Sprint(i+1), r.Duration("work", time.Millisecond, 2*time.Millisecond))
	}
	for _, x := range c.calculations {
		r.Expect(x.job.Join(r.Context())).To(gomega.Succeed())
	}
	if c.plain && c.failed() != nil {
		c.buried()
	}
	r.Expect(c.scope.Close(r.Context())).To(gomega.Succeed())
	if c.plain {
		c.checkPlain()
	} else {
		c.checkSupervisor()
	}
}

// calculator is the component, and what has become of its jobs.
type calculator struct {
	r            *harness.Run
	launch       submit
	plain        bool
	caches       bool // a scope of the cache's stands open below
	scope        *scope.Scope
	calculations []*calculation

	guard sync.Mutex
	told  []*scope.Failure // what the handler was told
}

type calculation struct {
	path    string
	job     submission
	refused *scope.RefusedError
	late    bool // submitted when another was known to have failed
	ran     bool // to its end
}

func (c *calculator) note(f *scope.Failure) error {
	c.guard.Lock()
	defer c.guard.Unlock()
	c.told = append(c.told, f)
	return nil
}

// buried: a dead scope without a job is over, though nobody has closed it.
func (c *calculator) buried() {
	timer := time.NewTimer(promptly)
	defer timer.Stop()
	select {
	case <-c.scope.Done():
	case <-timer.C:
	}
	c.r.Step(c.r.Context())
	if c.scope.Err() == nil {
		c.r.Broken("", "calculator died (%v), and is not over %v after its last job", c.failed().job.Err(), promptly)
	}
	c.r.Sometimes("plain: a scope died that had an open one below", c.caches)
}

// toldOf lists what the handler was told of one task.
func (c *calculator) toldOf(path string) (errs []error) {
	for _, f := range c.told {
		if f.Path == path {
			errs = append(errs, f.Err)
		}
	}
	return errs
}

func (c *calculator) calculate(name string, takes time.Duration) {
	x := &calculation{path: "calculator/" + name, late: c.failed() != nil}
	c.calculations = append(c.calculations, x)
	x.job, x.refused = c.launch(c.scope, name, func(ctx context.Context) error {
		err := c.r.Sleep(ctx, takes)
		x.ran = err == nil
		return err
	})
}

// failed is the first job that is known to have failed by itself, or nil.
func (c *calculator) failed() *calculation {
	for _, x := range c.calculations {
		if x.refused == nil && x.failed() {
			return x
		}
	}
	return nil
}

// failed reports whether the job failed by itself: it was struck, or timed out.
func (x *calculation) failed() bool {
	var timeout *scope.TimeoutError
	err := x.job.Err()
	return struckAt(err, x.path) || errors.As(err, &timeout) && timeout.Name == x.path
}

// stillborn reports whether launching the job failed, before the scope was asked.
func (x *calculation) stillborn() bool {
	var injected *faults.Injected
	return x.failed() && errors.As(x.job.Err(), &injected) && injected.Strike.Site == "scope/launch"
}

// checkPlain: a plain scope that is dead refuses, says why, and is the one to
// report what it died of.
func (c *calculator) checkPlain() {
	r, died := c.r, c.failed()
	for _, x := range c.calculations {
		err := x.job.Err()
		if x.late {
			r.Expect(x.ran).To(gomega.BeFalse(), "%s was launched when the scope was dead", x.path)
			r.Expect(x.refused != nil || x.stillborn()).To(gomega.BeTrue(), "%s was launched when the scope was dead, and it was not refused", x.path)
		}
		switch {
		case x.refused != nil:
			r.Expect(x.ran).To(gomega.BeFalse(), "%s was refused", x.path)
			r.Expect(failures(x.refused.Cause)[0]).To(gomega.BeIdenticalTo(failures(c.scope.Err())[0]), "%s was refused because of what the scope died of", x.path)
			r.Expect(c.toldOf(x.path)).To(gomega.Equal([]error{x.refused}), "%s was refused loudly", x.path)
			r.Sometimes("plain: a launch was refused", true)
		case x.failed():
			r.Expect(c.scope.Err()).To(gomega.MatchError(failures(err)[0]), "the scope died of %s", x.path)
			r.Expect(c.toldOf(x.path)).To(gomega.BeEmpty(), "%s is reported by the scope", x.path)
		case err == nil:
			r.Expect(x.ran).To(gomega.BeTrue(), "%s succeeded", x.path)
		case died == nil:
			r.Expect(cancelledAlone(err, x.path)).To(gomega.BeTrue(), "%s ended with %v though nobody failed", x.path, err)
			r.Sometimes("plain: a cancelled child did no harm", true)
		default:
			r.Sometimes("plain: a running sibling was stopped", !x.ran)
		}
		r.Sometimes("a hung job timed out", isTimeout(err))
	}
	if died == nil {
		r.Expect(c.scope.Err()).To(gomega.Succeed())
		r.Expect(c.told).To(gomega.BeEmpty())
		return
	}
	r.Expect(c.toldOf("calculator")).To(gomega.Equal([]error{c.scope.Err()}), "the scope reports what it died of, once")
}

// checkSupervisor: every job has an end of its own.
func (c *calculator) checkSupervisor() {
	r := c.r
	for _, x := range c.calculations {
		err := x.job.Err()
		r.Expect(x.refused).To(gomega.BeNil(), "%s: a supervisor stays usable", x.path)
		switch {
		case x.failed():
			r.Expect(c.toldOf(x.path)).To(gomega.Equal([]error{err}), "%s failed, and the handler is told once", x.path)
		case err == nil:
			r.Expect(x.ran).To(gomega.BeTrue(), "%s succeeded", x.path)
			r.Expect(c.toldOf(x.path)).To(gomega.BeEmpty())
			r.Sometimes("supervisor: a job ran after another had failed", x.late)
		default:
			r.Expect(cancelledAlone(err, x.path)).To(gomega.BeTrue(), "%s ended with %v, which is not its own affair", x.path, err)
		}
	}
	r.Expect(c.scope.Err()).To(gomega.Succeed())
}
