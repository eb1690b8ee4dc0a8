// Package storm is a small [faults.Engine] for the tests of the fakes: it
// strikes a written plan, and runs the tasks of a bubble one at a time in an
// order drawn from a seed. The harness has the real one; the fakes are tested
// without it because it stands above them.
package storm

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/squall-go/squall/faults"
)

// Storm is the engine of one run.
type Storm struct {
	plan  faults.Plan
	dice  *rand.Rand
	news  chan struct{} // somebody parked
	freed chan struct{} // closed when wedged tasks may go on

	mu     sync.Mutex
	parked []*record
	trace  []string
	struck []faults.Strike
}

// record is what the storm keeps for a task.
type record struct {
	path     string
	children map[string]int
	hits     map[string]int
	release  chan struct{}
}

// Run runs story in a bubble, as the task "story", under the plan and the
// schedule that seed draws. It skips the test in a binary without failpoints,
// and fails it when a strike of the plan never struck. Every goroutine that story
// starts has to be over when story returns, or to end by itself.
func Run(t *testing.T, seed uint64, plan string, story func(ctx context.Context)) *Storm {
	t.Helper()
	strikes, err := faults.ParsePlan(plan)
	if err != nil {
		t.Fatal(err)
	}
	if len(faults.Markers()) == 0 {
		t.Skip("storm: no failpoint is built in; build with the overlay")
	}
	if err := strikes.Check(); err != nil {
		t.Fatal(err)
	}
	s := &Storm{plan: strikes, dice: rand.New(rand.NewPCG(seed, 0))}
	synctest.Test(t, func(*testing.T) { s.drive(story) })
	if len(s.struck) < len(strikes) {
		t.Errorf("storm: of the plan\n%sonly %v struck; the trace is %q", strikes, s.struck, s.trace)
	}
	return s
}

// drive is the bubble's main goroutine: it releases one parked task at a time.
func (s *Storm) drive(story func(context.Context)) {
	s.news, s.freed = make(chan struct{}, 1), make(chan struct{})
	over := make(chan struct{})
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	root := faults.Root(context.WithValue(ctx, self{}, s), s, "story", canceler(cancel))
	go func() {
		defer close(over)
		story(root)
	}()
	for running := true; running || s.waiting(); {
		synctest.Wait()
		if s.step() {
			continue
		}
		select {
		case <-over:
			running = false
		case <-s.news:
		}
	}
}

type canceler func(error)

func (c canceler) Cancel(cause error) { c(cause) }

func (s *Storm) waiting() bool {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.parked) > 0
}

// step releases a task, or lets a little time pass though one could run.
func (s *Storm) step() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.parked) == 0 {
		return false
	}
	if s.dice.IntN(8) == 0 {
		s.mu.Unlock()
		time.Sleep(time.Duration(1) << s.dice.IntN(21))
		s.mu.Lock()
		return true
	}
	slices.SortFunc(s.parked, func(a, b *record) int { return cmp.Compare(a.path, b.path) })
	i := s.dice.IntN(len(s.parked))
	chosen := s.parked[i]
	s.parked = slices.Delete(s.parked, i, i+1)
	close(chosen.release)
	return true
}

// Spawn numbers the children of one name.
func (s *Storm) Spawn(t *faults.Task) {
	r := &record{path: t.Name(), children: map[string]int{}, hits: map[string]int{}}
	if t.Parent() != nil {
		parent := t.Parent().Record().(*record)
		parent.children[t.Name()]++
		r.path = parent.path + "/" + t.Name()
		if n := parent.children[t.Name()]; n > 1 {
			r.path += fmt.Sprint("~", n)
		}
	}
	t.SetRecord(r)
}

// At parks the task, and then strikes.
func (s *Storm) At(ctx context.Context, t *faults.Task, site *faults.Site) faults.Fault {
	r := t.Record().(*record)
	s.park(r, site.String())
	f, struck := s.next(r, site.String())
	if !struck {
		return faults.Fault{}
	}
	injected := &faults.Injected{Strike: faults.Strike{Site: site.String(), Hit: r.hits[site.String()], Task: r.path, Fault: f}}
	switch f.Kind {
	case faults.Error:
		f.Err = injected
	case faults.Panic:
		panic(injected)
	case faults.Goexit:
		runtime.Goexit()
	case faults.Delay:
		time.Sleep(f.Delay)
		s.park(r, "delayed")
	case faults.CancelTask, faults.CancelParent, faults.CancelRoot, faults.Deadline:
		owner(t).Cancel(injected)
	case faults.Hang:
		<-ctx.Done()
		f.Err = context.Cause(ctx)
		s.park(r, "unhung")
	case faults.Wedge:
		<-s.freed
		f.Err = injected
		s.park(r, "freed")
	}
	return f
}

func owner(t *faults.Task) faults.Canceler {
	for t.Owner() == nil {
		t = t.Parent()
	}
	return t.Owner()
}

func (s *Storm) park(r *record, place string) {
	s.mu.Lock()
	r.release = make(chan struct{})
	s.parked = append(s.parked, r)
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
	<-r.release
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trace = append(s.trace, fmt.Sprintf("%s@%s %s", r.path, place, time.Now().Format("05.000000000")))
}

func (s *Storm) next(r *record, site string) (faults.Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.hits[site]++
	for _, strike := range s.plan {
		if strike.Site == site && strike.Task == r.path && strike.Hit == r.hits[site] {
			s.struck = append(s.struck, strike)
			return strike.Fault, true
		}
	}
	return faults.Fault{}, false
}

// Note adds the event to the trace.
func (s *Storm) Note(_ context.Context, t *faults.Task, e faults.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trace = append(s.trace, fmt.Sprintf("%s %s %s", t.Record().(*record).path, e.Kind, e.Name))
}

// Free lets wedged tasks go on. Call it once, in the story.
func (s *Storm) Free() { close(s.freed) }

// Of is the storm that runs the story of ctx.
func Of(ctx context.Context) *Storm { return ctx.Value(self{}).(*Storm) }

type self struct{}

// Trace is what happened, step by step. Two runs of one seed have the same.
func (s *Storm) Trace() []string { return s.trace }

// Go starts f as a task of its own, a child of ctx's, whose cancellation is the
// story's. The returned function waits for it; its caller goes on at a point.
func Go(ctx context.Context, name string, f func(ctx context.Context)) (wait func()) {
	child := faults.WithTask(ctx, name)
	over := make(chan struct{})
	go func() {
		defer close(over)
		start.At(child)
		f(child)
	}()
	return func() {
		<-over
		start.At(ctx)
	}
}

var start = faults.Site{Name: "storm/start", Doc: "a task of the story begins, or goes on"}

// Sleep lets virtual time pass for the task of ctx.
func Sleep(ctx context.Context, d time.Duration) {
	time.Sleep(d)
	start.At(ctx)
}
