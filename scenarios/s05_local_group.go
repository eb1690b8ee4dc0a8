package scenarios

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S5 calculates a number in two groups, one after the other, inside a supervised
// scope that has other children (calculateNumberInheritScope). A group is all or
// nothing: when a part of it fails, the rest of the group stops and the group
// counts as 0; the other group and the other children do not notice.
var S5 = harness.Scenario{
	ID: "S5", Title: "local all-or-nothing group",
	Source:     ToastCaseStudy,
	Properties: []string{"P-BLAST", "P-CANCEL", "P-ERROR", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.Hang|faults.CancelTask),
		harness.Strike("scope/end", faults.Error|faults.Delay),
		harness.Strike("scope/await-resume", faults.Delay),
	},
	Terms: judge.Terms{EndWithin: promptly, Radius: failedGroup},
	Facts: []string{
		"both groups and all others succeeded", "a part failed and the rest of its group was stopped",
		"the first group failed and the second did not", "a group failed while another child was at work",
		"a group timed out", "another child failed and the groups did not",
	},
	Durations: append([]time.Duration{answerWithin}, latencies...),
	Body:      func(r *harness.Run) { localGroup(r, groupOfItsOwn) },
	Controls: []harness.Control{{
		Name: "shares-the-outer-job", Story: "a group without a scope of its own: its parts are children of the supervised parent",
		Breaks: "P-EXPECT", Task: "calculator/",
		Body: func(r *harness.Run) { localGroup(r, groupOfTheParent) },
	}, {
		Name: "takes-the-parent-down", Story: "a group whose failure cancels the job of its parent as well",
		Breaks: "P-BLAST", Task: "calculator/other",
		Body: func(r *harness.Run) { localGroup(r, groupThatCancelsItsParent) },
	}},
}

// failedGroup is the radius of a group: the whole of it. Outside a group it is
// the failed task and what it started.
func failedGroup(failed, other *history.Task) bool {
	for t := failed; t != nil; t = t.Parent {
		if t.Name == firstGroup || t.Name == secondGroup {
			return other.Within(t)
		}
	}
	return other.Within(failed)
}

const (
	firstGroup  = "first group"
	secondGroup = "second group"
)

// group is some parts of a number, which are added.
type group struct {
	r     *harness.Run
	name  string
	takes []time.Duration // by part
	err   error           // of the group

	mu    sync.Mutex
	parts []*scope.Deferred[int] // launched
}

// sum is the way in which the parts of g are run, in the scope that outer is or
// in one of its own below ctx.
type sum func(ctx context.Context, outer *scope.Scope, g *group) (int, error)

func groupOfItsOwn(ctx context.Context, _ *scope.Scope, g *group) (total int, err error) {
	err = scope.Run(ctx, g.name, func(s *scope.Scope) error {
		total, err = g.add(s, s.Context())
		return err
	}, scope.Timeout(answerWithin))
	return total, err
}

func groupOfTheParent(ctx context.Context, outer *scope.Scope, g *group) (int, error) {
	return g.add(outer, ctx)
}

func groupThatCancelsItsParent(ctx context.Context, outer *scope.Scope, g *group) (int, error) {
	total, err := groupOfItsOwn(ctx, outer, g)
	if err != nil {
		outer.Cancel(err)
	}
	return total, err
}

// add runs the parts in s, awaits them in ctx and adds what they give.
func (g *group) add(s *scope.Scope, ctx context.Context) (total int, err error) {
	for i := range g.takes {
		name := g.name[:1] + strconv.Itoa(i+1)
		g.launched(scope.Async(s, name, func(ctx context.Context) (int, error) { return i + 1, g.work(ctx, g.takes[i]) }))
	}
	for _, part := range g.known() {
		n, err := part.Await(ctx)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// work is what a part does. If it is not stopped, no other part has failed.
func (g *group) work(ctx context.Context, d time.Duration) error {
	if err := g.r.Sleep(ctx, d); err != nil {
		return err
	}
	for _, part := range g.known() {
		if isFailure(part.Err()) && ctx.Err() == nil {
			g.r.Broken("", "%s goes on, and %s of its group has failed: %v", scope.Path(ctx), part.Path(), part.Err())
		}
	}
	return nil
}

func (g *group) launched(part *scope.Deferred[int]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.parts = append(g.parts, part)
}

func (g *group) known() []*scope.Deferred[int] {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.parts)
}

func localGroup(r *harness.Run, sum sum) {
	first, second := newGroup(r, firstGroup), newGroup(r, secondGroup)
	others := make([]*scope.Deferred[int], r.Int("others", 1, 3))
	inside := r.Bool("the groups are in the scope's own function")
	number, othersLeft := 0, 0

	calculate := func(ctx context.Context, outer *scope.Scope) int {
		n := 0
		for _, g := range []*group{first, second} {
			value := 0 // "Unable to get value, defaulting to 0"
			if value, g.err = sum(ctx, outer, g); g.err != nil {
				value = 0
				othersLeft = max(othersLeft, atWork(others))
			}
			n += value
		}
		return n
	}
	err := scope.Supervise(r.Context(), "calculator", func(s *scope.Scope) (err error) {
		for i := range others {
			takes := r.Duration("other's work", latencies...)
			others[i] = scope.Async(s, "other-"+strconv.Itoa(i+1), func(ctx context.Context) (int, error) { return i, r.Sleep(ctx, takes) },
				scope.Timeout(answerWithin))
		}
		if inside {
			number = calculate(s.Context(), s)
			return nil
		}
		calculation := scope.Async(s, "calculate", func(ctx context.Context) (int, error) { return calculate(ctx, s), nil },
			scope.Timeout(10*answerWithin))
		if number, err = calculation.Await(s.Context()); err != nil {
			expectOwnFailure(r, &calculation.Job)
		}
		return nil
	})

	r.Expect(err).NotTo(gomega.HaveOccurred())
	wellDone := 0
	for i, other := range others {
		n, err := other.Await(r.Context())
		if err == nil {
			r.Expect(n).To(gomega.Equal(i))
			wellDone++
			continue
		}
		expectOwnFailure(r, &other.Job)
	}
	r.Expect(number).To(gomega.BeElementOf(0, first.worth()+second.worth()), "the number that was calculated")
	first.witness()
	second.witness()
	r.Sometimes("both groups and all others succeeded", number == first.full()+second.full() && wellDone == len(others))
	r.Sometimes("the first group failed and the second did not", first.err != nil && second.err == nil && number > 0)
	r.Sometimes("a group failed while another child was at work", othersLeft > 0)
	r.Sometimes("another child failed and the groups did not", number == first.full()+second.full() && wellDone < len(others))
}

func newGroup(r *harness.Run, name string) *group {
	g := &group{r: r, name: name, takes: make([]time.Duration, r.Int("parts of the "+name, 2, 4))}
	for i := range g.takes {
		g.takes[i] = r.Duration("part's work", latencies...)
	}
	return g
}

// full is what the group gives if nothing fails.
func (g *group) full() int { return len(g.takes) * (len(g.takes) + 1) / 2 }

// worth is what it gave.
func (g *group) worth() int {
	if g.err != nil {
		return 0
	}
	return g.full()
}

func (g *group) witness() {
	failed, stopped := 0, 0
	for _, part := range g.known() {
		switch {
		case part.Err() == nil:
		case struckAt(part.Err(), part.Path()):
			failed++
		case !cancelledAlone(part.Err(), part.Path()):
			stopped++
		}
	}
	g.r.Sometimes("a part failed and the rest of its group was stopped", failed > 0 && failed+stopped == len(g.takes))
	g.r.Sometimes("a group timed out", isTimeout(g.err))
	g.r.Expect(unexplained(g.err)).To(gomega.BeNil(), "part of the %s's failure that nothing in the run explains", g.name)
}

// atWork is how many of the jobs are not over.
func atWork(jobs []*scope.Deferred[int]) (n int) {
	for _, job := range jobs {
		if !isClosed(job.Done()) {
			n++
		}
	}
	return n
}

// expectOwnFailure: what the job, which failed, ended with struck the job itself.
func expectOwnFailure(r *harness.Run, job *scope.Job) {
	err := job.Err()
	var exit *scope.GoexitError
	if !errors.As(err, &exit) && !struckAt(err, job.Path()) && !cancelledAlone(err, job.Path()) && !isTimeout(err) {
		r.Broken("", "%s failed, and not by itself: %v", job.Path(), err)
	}
}
