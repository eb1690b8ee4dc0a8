package scenarios

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S13 leaves a page while quick tasks are under way. Those that were given a job
// of their own, or a context of nobody (GlobalScope, "just a quick task"), go on:
// they are islands. Each of them is reported, with who made it and where it was
// created, and nothing else is.
var S13 = harness.Scenario{
	ID: "S13", Title: "the island effect",
	Source: InProduction,
	// P-CANCEL is not among them: a scope that is cut off breaks it, and here it is
	// the detector that has to say so. What is no island is expected to stop.
	Properties: []string{"P-LEAK", "P-BLAST", "P-ERROR", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("scope/start", faults.Delay|faults.CancelParent),
		harness.Strike("scope/run", faults.Delay|faults.CancelParent),
		harness.Strike("scope/enter", faults.Delay|faults.CancelParent),
		harness.Strike("scope/leave", faults.Delay),
	},
	Terms: judge.Terms{EndWithin: promptly},
	Facts: append([]string{
		"nobody was on an island", "an island outlived its page", "a task was stopped with its page", "cleanup ran on, and is no island",
	}, reportedFacts()...),
	Durations: latencies,
	Body:      func(r *harness.Run) { leavePage(r, ways, (*harness.Run).Islands) },
	Controls: []harness.Control{{
		Name: "go-statement", Story: "a quick task as a plain goroutine, with a context that is never done",
		Breaks: "P-EXPECT", Task: "is not among the islands",
		Body: func(r *harness.Run) { leavePage(r, append(slices.Clone(ways), goStatement), (*harness.Run).Islands) },
	}, {
		Name: "knows-its-own-only", Story: "a detector that lists what was detached on purpose",
		Breaks: "P-EXPECT", Task: "is not among the islands",
		Body: func(r *harness.Run) { leavePage(r, ways, onPurpose) },
	}, {
		Name: "trusts-values", Story: "a detector that takes whoever has the page's values for a task of the page",
		Breaks: "P-EXPECT", Task: "is not among the islands",
		Body: func(r *harness.Run) { leavePage(r, ways, withoutValues) },
	}, {
		Name: "names-the-maker-only", Story: "a detector that does not say where the island was created",
		Breaks: "P-EXPECT", Task: "created at unknown",
		Body: func(r *harness.Run) { leavePage(r, ways, nowhere) },
	}},
}

const quickly = 40 * time.Millisecond // what a quick task takes

// page is one run of S13.
type page struct {
	r   *harness.Run
	ctx context.Context

	guard   sync.Mutex
	islands []string // made, as they have to be reported
	outran  []string // whose function ran to its end though the page was cancelled
	exempt  []string // of those: sections
	stopped int
	late    bool
	wait    []func(context.Context)
}

// way is how a quick task is started, in the context of a job of the page.
type way struct {
	name  string
	how   history.Kind // 0: it is no island
	start func(p *page, ctx context.Context, name string)
}

var ways = []way{
	{"derived", 0, func(p *page, ctx context.Context, name string) {
		ctx, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		_ = scope.WithTimeout(ctx, name, time.Hour, p.quick(name))
	}},
	{"cleanup", 0, func(p *page, ctx context.Context, name string) {
		p.spare(name)
		_ = scope.NonCancellable(ctx, name, time.Hour, p.quick(name))
	}},
	{"detached", history.Detached, func(p *page, ctx context.Context, name string) {
		p.await(scope.Detach(ctx, name, p.quick(name)))
		p.made(ctx, name, -1)
	}},
	{"cut off", history.Severed, func(p *page, ctx context.Context, name string) {
		p.made(ctx, name, 1)
		_ = scope.Run(context.WithoutCancel(ctx), name, func(s *scope.Scope) error { return p.quick(name)(s.Context()) })
	}},
	{"cut off, with a timeout", history.Severed, func(p *page, ctx context.Context, name string) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Hour)
		defer cancel()
		p.made(ctx, name, 1)
		_ = scope.WithTimeout(ctx, name, time.Hour, p.quick(name))
	}},
	{"global", history.Strayed, func(p *page, ctx context.Context, name string) {
		s := scope.New(context.Background(), name)
		p.made(ctx, name, -1)
		p.await(s.Launch("task", p.quick(name)))
		p.later(func(ctx context.Context) { _ = s.Close(ctx) })
	}},
	{"detached from nobody", history.Strayed, func(p *page, ctx context.Context, name string) {
		p.await(scope.Detach(context.Background(), name, p.quick(name)))
		p.made(ctx, name, -1)
	}},
}

var goStatement = way{"go statement", 0, func(p *page, ctx context.Context, name string) {
	over := make(chan struct{})
	p.r.Go(context.WithoutCancel(ctx), name, func(ctx context.Context) error {
		defer close(over)
		return p.quick(name)(ctx)
	})
	p.later(func(ctx context.Context) { <-over; p.r.Step(ctx) })
}}

func reportedFacts() (facts []string) {
	for _, w := range ways {
		if w.how != 0 {
			facts = append(facts, "an island was reported: "+w.name)
		}
	}
	return facts
}

// detector lists the islands of a run.
type detector func(*harness.Run) []history.Island

func leavePage(r *harness.Run, ways []way, detect detector) {
	p := &page{r: r}
	tasks := r.Int("tasks", 1, 3)
	leaves := r.Duration("the user leaves after", latencies...)
	_ = scope.Supervise(r.Context(), "page", func(s *scope.Scope) error {
		p.ctx = s.Context()
		for i := range tasks {
			w := ways[r.Int("way", 0, len(ways)-1)]
			name := fmt.Sprintf("%s %d", w.name, i+1)
			s.Launch(fmt.Sprintf("job%d", i+1), func(ctx context.Context) error {
				w.start(p, ctx, name)
				return nil
			})
		}
		if err := r.Sleep(s.Context(), leaves); err != nil {
			return err
		}
		s.Cancel(errUserLeft)
		return nil
	})
	p.leave(r.Context())
	p.check(detect(r))
}

// leave waits for what outlives the page.
func (p *page) leave(ctx context.Context) {
	p.guard.Lock()
	p.late = true
	all := slices.Clone(p.wait)
	p.guard.Unlock()
	for _, wait := range all {
		wait(ctx)
	}
}

// made notes an island that the task of ctx makes so many lines from here.
func (p *page) made(ctx context.Context, name string, lines int) {
	_, file, line, _ := runtime.Caller(1)
	p.guard.Lock()
	defer p.guard.Unlock()
	p.islands = append(p.islands, islandText(name, scope.Path(ctx), fmt.Sprintf("%s:%d", filepath.Base(file), line+lines)))
}

func islandText(name, maker, created string) string {
	return fmt.Sprintf("%q, made by %s, created at %s", name, maker, created)
}

func (p *page) await(j *scope.Job) { p.later(func(ctx context.Context) { _ = j.Join(ctx) }) }

// later is called when the page is over.
func (p *page) later(wait func(context.Context)) {
	p.guard.Lock()
	defer p.guard.Unlock()
	p.wait = append(p.wait, wait)
}

func (p *page) spare(name string) {
	p.guard.Lock()
	defer p.guard.Unlock()
	p.exempt = append(p.exempt, name)
}

// quick is the function of a quick task.
func (p *page) quick(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		err := p.r.Sleep(ctx, quickly)
		p.guard.Lock()
		defer p.guard.Unlock()
		switch {
		case err != nil:
			p.stopped++
		case p.r.Controlled() && p.ctx.Err() != nil && ctx.Err() == nil: // else one may be about to be
			p.outran = append(p.outran, name)
			p.r.Sometimes("an island outlived its page", p.late)
		}
		return err
	}
}

func (p *page) check(reported []history.Island) {
	p.guard.Lock()
	defer p.guard.Unlock()
	var got []string
	for _, island := range reported {
		got = append(got, islandText(island.Name, island.Maker.Path, filepath.Base(island.Created)))
		for _, w := range slices.DeleteFunc(slices.Clone(ways), func(w way) bool { return w.how == 0 }) {
			p.r.Sometimes("an island was reported: "+w.name, w.how == island.How && w.name == strings.TrimRight(island.Name, " 0123456789"))
		}
	}
	for _, name := range p.outran {
		named := func(island history.Island) bool { return island.Name == name }
		if !slices.Contains(p.exempt, name) && !slices.ContainsFunc(reported, named) {
			p.r.Broken("", "%q went on when page was cancelled, and is not among the islands: %s", name, list(got))
			return
		}
		p.r.Sometimes("cleanup ran on, and is no island", slices.Contains(p.exempt, name))
	}
	for _, island := range p.islands {
		if !slices.Contains(got, island) {
			p.r.Broken("", "the island %s was not reported; these were: %s", island, list(got))
			return
		}
	}
	for _, island := range got {
		if !slices.Contains(p.islands, island) {
			p.r.Broken("", "%s is no island, and was reported as one", island)
			return
		}
	}
	p.r.Sometimes("nobody was on an island", len(got) == 0)
	p.r.Sometimes("a task was stopped with its page", p.stopped > 0)
}

func list(all []string) string {
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, "; ")
}

func onPurpose(r *harness.Run) []history.Island {
	return slices.DeleteFunc(r.Islands(), func(i history.Island) bool { return i.How != history.Detached })
}

func withoutValues(r *harness.Run) []history.Island {
	return slices.DeleteFunc(r.Islands(), func(i history.Island) bool { return i.How == history.Severed })
}

func nowhere(r *harness.Run) []history.Island {
	islands := r.Islands()
	for i := range islands {
		islands[i].Created = "unknown"
	}
	return islands
}
