package scenarios

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S7 launches slow children, waits for some of them, and lets them start others
// when the scope's own function has long returned: the scope ends after the
// last of them, whether anybody waited for it or not.
var S7 = harness.Scenario{
	ID: "S7", Title: "a scope outlasts its children",
	Source:     TipsAndTricks,
	Properties: []string{"P-LEAK", "P-CANCEL", "P-BLAST", "P-ERROR", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("scope/...", faults.CancelTask|faults.CancelParent),
		harness.Strike("scope/launch", faults.Delay),
		harness.Strike("scope/start", faults.Delay),
		harness.Strike("scope/run", faults.Failure|faults.Delay),
		harness.Strike("scope/end", faults.Error|faults.Delay),
		harness.Strike("scope/join-resume", faults.Delay),
		harness.Strike("scope/leave", faults.Delay),
		harness.Strike("scope/wait-resume", faults.Delay),
	},
	Terms: judge.Terms{EndWithin: promptly, MustFail: everyStrike},
	Facts: []string{
		"everything ran to its end", "a child started another when the scope's function had returned", "a late launch was refused",
		"a child left a scope open, and it was waited for", "a child failed with others under way",
	},
	Durations: latencies,
	Body:      func(r *harness.Run) { outlastChildren(r, scope.Run, launchLate) },
	Controls: []harness.Control{{
		Name: "returns-early", Story: "a function that leaves its scope without waiting for it",
		Breaks: "P-LEAK", Task: "report/",
		Body: func(r *harness.Run) { outlastChildren(r, returnEarly, launchLate) },
	}, {
		Name: "goes-behind-the-scope", Story: "a child that starts another as a plain goroutine",
		Breaks: "P-LEAK", Task: "/late",
		Body: func(r *harness.Run) { outlastChildren(r, scope.Run, goLate) },
	}},
}

// returnEarly runs fn with a scope that nobody closes.
func returnEarly(ctx context.Context, name string, fn func(*scope.Scope) error, _ ...scope.Option) error {
	return fn(scope.New(ctx, name, scope.Supervisor()))
}

// starter is how a child, whose context is ctx, starts another one.
type starter func(f *family, ctx context.Context, fn func(context.Context) error)

func launchLate(f *family, _ context.Context, fn func(context.Context) error) {
	f.know(f.scope.Launch("late", fn))
}

func goLate(f *family, ctx context.Context, fn func(context.Context) error) {
	f.r.Go(ctx, "late", fn)
}

// family is everything that runs below one scope.
type family struct {
	r     *harness.Run
	start starter
	scope *scope.Scope

	guard    sync.Mutex
	jobs     []*scope.Job   // launched
	open     []*scope.Scope // left open
	running  int            // functions of children
	finished int            // of them, to their end
	returned bool           // the scope's own function
}

// child is what one child does, in virtual time.
type child struct {
	takes time.Duration
	then  *child // what it starts in the end
	opens bool   // a scope of its own, and leaves it open
}

func outlastChildren(r *harness.Run, run enclose, start starter) {
	f := &family{r: r, start: start}
	children := make([]*child, r.Int("children", 1, 4))
	planned := 0
	for i := range children {
		children[i] = newChild(r)
		planned += children[i].size()
	}
	awaited := r.Int("awaited", 0, len(children))
	err := run(r.Context(), "report", func(s *scope.Scope) error {
		f.scope = s
		for i := range children {
			f.know(s.Launch(strconv.Itoa(i+1), f.run(children[i])))
		}
		for _, job := range f.known()[:awaited] {
			if err := job.Join(s.Context()); err != nil {
				return err
			}
		}
		f.leave()
		return nil
	})
	f.check(err, planned)
}

// newChild draws a child, and what starts it in turn.
func newChild(r *harness.Run) *child {
	c := &child{takes: r.Duration("work", latencies...), opens: r.Bool("opens a scope")}
	for range r.Int("generations before", 0, 2) {
		c = &child{takes: r.Duration("work", latencies...), then: c}
	}
	return c
}

// size is how many functions c comes to.
func (c *child) size() int {
	n := 1
	if c.opens {
		n++
	}
	if c.then != nil {
		n += c.then.size()
	}
	return n
}

// run is the function of a child.
func (f *family) run(c *child) func(context.Context) error {
	return func(ctx context.Context) error {
		f.enter()
		defer f.exit()
		if err := f.r.Sleep(ctx, c.takes); err != nil {
			return err
		}
		if c.opens {
			f.leaveOpen(scope.New(ctx, "inner"))
		}
		if c.then != nil {
			f.r.Sometimes("a child started another when the scope's function had returned", f.hasReturned())
			f.start(f, ctx, f.run(c.then))
		}
		f.finish()
		return nil
	}
}

func (f *family) leaveOpen(inner *scope.Scope) {
	f.guard.Lock()
	f.open = append(f.open, inner)
	f.guard.Unlock()
	f.know(inner.Launch("task", f.run(&child{takes: latencies[1]})))
}

// check looks at everybody in the instant in which the scope has ended.
func (f *family) check(err error, planned int) {
	r := f.r
	f.guard.Lock()
	defer f.guard.Unlock()
	r.Expect(f.running).To(gomega.BeZero(), "functions of children that run when report has ended")
	succeeded := err == nil
	for _, job := range f.jobs {
		r.Expect(isClosed(job.Done())).To(gomega.BeTrue(), "%s is over when report is", job.Path())
		succeeded = succeeded && job.Err() == nil
		r.Sometimes("a late launch was refused", job.Name() == "late" && isRefused(job.Err()))
	}
	for _, inner := range f.open {
		r.Expect(isClosed(inner.Done())).To(gomega.BeTrue(), "%s is over when report is", inner.Path())
		r.Sometimes("a child left a scope open, and it was waited for", succeeded)
	}
	if succeeded {
		r.Expect(f.finished).To(gomega.Equal(planned), "children that ran to their end when nobody failed")
	}
	r.Expect(unexplained(err)).To(gomega.BeNil(), "part of report's failure that nothing in the run explains")
	r.Sometimes("everything ran to its end", succeeded)
	r.Sometimes("a child failed with others under way", err != nil && f.finished < len(f.jobs))
}

func (f *family) know(job *scope.Job) {
	f.guard.Lock()
	defer f.guard.Unlock()
	f.jobs = append(f.jobs, job)
}

func (f *family) known() []*scope.Job {
	f.guard.Lock()
	defer f.guard.Unlock()
	return f.jobs
}

func (f *family) enter()  { f.count(&f.running, 1) }
func (f *family) exit()   { f.count(&f.running, -1) }
func (f *family) finish() { f.count(&f.finished, 1) }

func (f *family) count(n *int, by int) {
	f.guard.Lock()
	defer f.guard.Unlock()
	*n += by
}

func (f *family) leave() {
	f.guard.Lock()
	defer f.guard.Unlock()
	f.returned = true
}

func (f *family) hasReturned() bool {
	f.guard.Lock()
	defer f.guard.Unlock()
	return f.returned
}
