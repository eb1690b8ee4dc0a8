package scenarios

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S11 cancels anywhere in a random tree of jobs: by the storm, and by an owner
// who cancels one of its jobs. Everything below is reached, with the cause;
// nothing above or beside notices, because being cancelled is no failure, told
// with its cause or as the context's plain error. (The
// account says that a cancelled child takes its scope down: a failed one does.)
var S11 = harness.Scenario{
	ID: "S11", Title: "cancel anywhere in a tree", Version: 2,
	Source:     ToastCaseStudy,
	Properties: []string{"P-CANCEL", "P-ERROR", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("scope/...", faults.Cancels),
		harness.Strike("scope/start", faults.Delay),
		harness.Strike("scope/run", faults.Delay|faults.Hang),
		harness.Strike("scope/wait-resume", faults.Delay),
	},
	Terms: judge.Terms{EndWithin: promptly},
	Facts: []string{
		"a job was cancelled and its sibling finished", "a job was cancelled with what was below it, and its group ended well",
		"a group was cancelled and the job that it belongs to ended well", "the whole tree was cancelled",
		"a job was cancelled before it began", "a job was refused by a cancelled group",
		"an owner cancelled a job that was at work", "a job told of its cancellation without its cause",
	},
	Durations: tasks,
	Body:      func(r *harness.Run) { cancelTree(r, soundTree()) },
	Controls: []harness.Control{{
		Name: "cancels-upwards", Story: "a job that was cancelled cancels the group that it belongs to",
		Breaks: "P-CANCEL", Task: "tree",
		Body: func(r *harness.Run) {
			t := soundTree()
			t.launch = cancelUpwards
			cancelTree(r, t)
		},
	}, {
		Name: "deaf-group", Story: "a group whose context does not hear of the cancellation of the job that it belongs to",
		Breaks: "P-CANCEL", Task: "/group",
		Body: func(r *harness.Run) {
			t := soundTree()
			t.hear = context.WithoutCancel
			cancelTree(r, t)
		},
	}, {
		Name: "loses-the-cause", Story: "a job that tells of its cancellation in an error of its own, so that it counts as a failure",
		Breaks: "P-EXPECT", Task: "tree",
		Body: func(r *harness.Run) {
			t := soundTree()
			t.tell = func(cause error) error { return fmt.Errorf("stopped: %v", cause) }
			cancelTree(r, t)
		},
	}},
}

// tasks are what a job of the tree may take.
var tasks = []time.Duration{time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond}

var errNotNeeded = errors.New("not needed any more")

// tree is the jobs of a run. The functions are what the controls replace.
type tree struct {
	launch func(s *scope.Scope, name string, fn func(context.Context) error) *scope.Job
	hear   func(context.Context) context.Context
	tell   func(cause error) error // what a job returns that was cancelled

	r    *harness.Run
	jobs []*branch
}

func soundTree() *tree {
	return &tree{
		launch: func(s *scope.Scope, name string, fn func(context.Context) error) *scope.Job {
			return s.Launch(name, fn)
		},
		hear: listening,
		tell: func(cause error) error { return cause },
	}
}

// branch is a job, and the group of jobs below it.
type branch struct {
	path     string
	owner    *branch
	below    []*branch
	group    enclose
	work     time.Duration
	unneeded time.Duration // after which its owner cancels it; 0 is never
	plain    bool          // it tells of its cancellation without the cause

	job      *scope.Job // nil: never launched
	begun    bool
	finished bool  // it did its work, and so did its group
	groupErr error // what its group returned
}

func cancelTree(r *harness.Run, t *tree) {
	t.r = r
	root := t.plant()
	err := scope.Run(r.Context(), root.path, func(s *scope.Scope) error { return t.tend(s, root) }, scope.Timeout(time.Minute))
	root.groupErr = err
	t.check(root)
	r.Sometimes("the whole tree was cancelled", err != nil)
	for _, b := range t.jobs {
		t.witness(b)
	}
}

// plant draws the tree. The simplest one is flat.
func (t *tree) plant() *branch {
	root := &branch{path: "tree", work: time.Millisecond}
	grown := []*branch{root}
	size := t.r.Int("jobs", 1, 7)
	for i := range size {
		name := string(rune('a' + i))
		b := &branch{owner: grown[t.r.Int("owner of "+name, 0, i)], group: scope.Run}
		if t.r.Bool(name + " supervises") {
			b.group = scope.Supervise
		}
		b.work = t.r.Duration("work of "+name, tasks...)
		b.plain = t.r.Bool(name + " leaves out the cause")
		b.path = b.owner.groupPath() + "/" + name
		b.owner.below = append(b.owner.below, b)
		grown = append(grown, b)
	}
	t.jobs = grown[1:]
	if i := t.r.Int("not needed", 0, size); i > 0 {
		grown[i].unneeded = t.r.Duration("is noticed after", 50*time.Millisecond, time.Microsecond, 200*time.Millisecond)
	}
	return root
}

func (b *branch) groupPath() string {
	if b.owner == nil {
		return b.path
	}
	return b.path + "/group"
}

// live is what a job does. That its group was cancelled, and nobody else, is no
// failure of it.
func (t *tree) live(ctx context.Context, b *branch) error {
	b.begun = true
	err := t.work(ctx, b)
	b.finished = err == nil
	switch {
	case err == nil || ctx.Err() == nil:
		return nil
	case b.plain:
		t.r.Sometimes("a job told of its cancellation without its cause", context.Cause(ctx) != ctx.Err())
		return t.tell(ctx.Err())
	}
	return t.tell(context.Cause(ctx))
}

func (t *tree) work(ctx context.Context, b *branch) error {
	if len(b.below) == 0 {
		return t.r.Sleep(ctx, b.work)
	}
	b.groupErr = b.group(t.hear(ctx), "group", func(s *scope.Scope) error { return t.tend(s, b) })
	return b.groupErr
}

func (t *tree) tend(s *scope.Scope, b *branch) error {
	for _, job := range b.below {
		job.job = t.launch(s, path.Base(job.path), func(ctx context.Context) error { return t.live(ctx, job) })
	}
	for _, job := range b.below {
		if job.unneeded > 0 && t.r.Sleep(s.Context(), job.unneeded) == nil {
			job.job.Cancel(errNotNeeded)
		}
	}
	return t.r.Sleep(s.Context(), b.work)
}

// check looks at what every job and group came to.
func (t *tree) check(root *branch) {
	odd := t.unexplained(nil, "tree", root.groupErr)
	for _, b := range t.jobs {
		switch {
		case b.job == nil:
			if b.owner.groupErr == nil && b.owner.begun {
				odd = append(odd, b.path+" was never launched, though its group ended well")
			}
			continue
		case b.job.Err() == nil && !b.finished && b.groupErr == nil:
			odd = append(odd, b.path+" ended well without having done its work")
		}
		odd = t.unexplained(odd, b.groupPath(), b.groupErr)
		odd = t.unexplained(odd, b.path, b.job.Err())
	}
	t.r.Expect(odd).To(gomega.BeEmpty(), "ends that no cancellation at that place or above it explains")
}

// unexplained adds err, which the task at that path ended with, to odd, unless
// it is the very cause of a cancellation there or above.
func (t *tree) unexplained(odd []string, at string, err error) []string {
	if refused, ok := err.(*scope.RefusedError); ok {
		at, err = path.Dir(at), refused.Cause
	}
	if err == nil || t.explains(at, err) {
		return odd
	}
	return append(odd, fmt.Sprintf("%s ended with: %v", at, err))
}

func (t *tree) explains(at string, err error) bool {
	switch e := err.(type) {
	case *scope.TimeoutError:
		return e.Name == "tree"
	case *faults.Injected:
		return e.Strike.Fault.Is(faults.Cancels) && isAtOrBelow(at, aimOf(e.Strike))
	}
	for _, b := range t.jobs {
		if b.unneeded > 0 && err == errNotNeeded && isAtOrBelow(at, b.path) {
			return true
		}
	}
	return false
}

// aimOf is the path of the task that the strike cancels, "." if it is the run.
func aimOf(s faults.Strike) string {
	switch {
	case s.Fault.Is(faults.CancelRoot):
		return "."
	case s.Fault.Is(faults.CancelParent):
		return path.Dir(s.Task)
	}
	return s.Task
}

func isAtOrBelow(at, top string) bool {
	return top == "." || at == top || strings.HasPrefix(at, top+"/")
}

func (t *tree) witness(b *branch) {
	if b.job == nil {
		return
	}
	_, refused := b.job.Err().(*scope.RefusedError)
	cancelled, groupEndedWell := b.job.Err() != nil && !refused, b.owner.groupErr == nil
	t.r.Sometimes("a job was refused by a cancelled group", refused)
	t.r.Sometimes("a job was cancelled before it began", cancelled && !b.begun)
	t.r.Sometimes("an owner cancelled a job that was at work", b.begun && b.job.Err() == errNotNeeded)
	t.r.Sometimes("a group was cancelled and the job that it belongs to ended well", b.groupErr != nil && b.job.Err() == nil)
	for _, other := range b.owner.below {
		t.r.Sometimes("a job was cancelled and its sibling finished", cancelled && groupEndedWell && other.finished)
	}
	for _, below := range b.below {
		t.r.Sometimes("a job was cancelled with what was below it, and its group ended well",
			cancelled && groupEndedWell && below.job != nil && below.job.Err() != nil)
	}
}

// cancelUpwards launches a job that takes its group down with it when it is
// cancelled.
func cancelUpwards(s *scope.Scope, name string, fn func(context.Context) error) *scope.Job {
	return s.Launch(name, func(ctx context.Context) error {
		err := fn(ctx)
		if ctx.Err() != nil {
			s.Cancel(context.Cause(ctx))
		}
		return err
	})
}
