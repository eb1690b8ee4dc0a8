package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/tape"
)

// The selects of these tests, as the overlay would have made them.
var (
	pollSelect   = faults.SelectPoint{Function: "poll", Ordinal: 1}
	lockedSelect = faults.SelectPoint{Function: "poll", Ordinal: 2, Locked: true}
)

func init() {
	faults.RegisterSelect("m", "m/enginetest", &pollSelect)
	faults.RegisterSelect("m", "m/enginetest", &lockedSelect)
}

// prefers is calm, but looks at one case first.
type prefers struct {
	engine.Calm
	first int
	asked []string
}

func (p *prefers) Select(t *engine.Task, point *faults.SelectPoint, hit, n int) int {
	p.asked = append(p.asked, fmt.Sprintf("%s %s #%d of %d", t.Path, point, hit, n))
	return p.first
}

func ready(value int) chan int {
	c := make(chan int, 1)
	c <- value
	return c
}

func steps(run *history.Run) (list []string) {
	for _, s := range run.Steps {
		list = append(list, fmt.Sprintf("%s %s #%d", s.Task.Path, s.Site, s.Hit))
	}
	return list
}

func TestSelectIsAPointAndAChoice(t *testing.T) {
	for _, test := range []struct {
		first, want int
		choices     []tape.Choice
	}{
		{0, 0, nil},
		{1, 1, []tape.Choice{{Kind: tape.Select, Place: tape.Place{Site: "enginetest/poll/select-1", Hit: 1, Task: "main"}, Value: 1}}},
		{2, 0, nil}, // not ready
	} {
		g := NewWithT(t)
		chooser := &prefers{first: test.first}
		taken := -2
		e := engine.Run(engine.Config{Chooser: chooser}, func(ctx context.Context, e *engine.Engine) {
			taken = faults.Select(&pollSelect, false, faults.Receiving(ready(1)), faults.Receiving(ready(2)), faults.Receiving((chan int)(nil)))
		})
		choices, total := e.Choices()
		g.Expect(taken).To(Equal(test.want))
		g.Expect(choices).To(Equal(test.choices))
		g.Expect(total).To(Equal(1))
		g.Expect(chooser.asked).To(Equal([]string{"main enginetest/poll/select-1 #1 of 3"}))
		g.Expect(steps(e.History())).To(Equal([]string{"main enginetest/poll/select-1 #1"}))
	}
}

// TestTheScheduleChangesAtASelect: somebody else comes between a check and the select
// behind it, without a failpoint there.
func TestTheScheduleChangesAtASelect(t *testing.T) {
	for name, point := range map[string]*faults.SelectPoint{"between": &pollSelect, "under a lock: not": &lockedSelect} {
		t.Run(name, func(t *testing.T) {
			open, sent := true, false
			e := engine.Run(engine.Config{Chooser: last{}}, func(ctx context.Context, e *engine.Engine) {
				child := faults.WithTask(ctx, "closer")
				go func() { quiet.At(child); open = false }()
				quiet.At(ctx)
				if open {
					c := make(chan int, 1)
					faults.Select(point, false, faults.Sending(c).This(1))
					sent = !open
				}
			})
			g := NewWithT(t)
			g.Expect(e.History().Outcome).To(Equal(history.Complete))
			g.Expect(sent).To(Equal(point == &pollSelect))
		})
	}
}

// last lets main go first at its failpoint, and the others at its select.
type last struct{ engine.Calm }

func (last) Next(at engine.Place, ready []*engine.Task) int {
	for i, t := range ready {
		if (t.Path == "main") == (at.Site != pollSelect.Reached()) {
			return i
		}
	}
	return 0
}

// TestWhatBecomesReadyAtOneInstantIsNoLuck: channels of one context tree close in an
// order that the runtime draws; what a timer does and what a deadline does come in any.
func TestWhatBecomesReadyAtOneInstantIsNoLuck(t *testing.T) {
	bodies := map[string]struct {
		wait func(ctx context.Context, takes func(cases ...faults.SelectCase) int) int
		want int
	}{
		"two children of a context": {func(ctx context.Context, takes func(...faults.SelectCase) int) int {
			parent, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			a, stop := context.WithCancel(parent)
			defer stop()
			b, stop := context.WithCancel(parent)
			defer stop()
			return takes(faults.Receiving(a.Done()), faults.Receiving(b.Done()))
		}, 0},
		"a value behind a close": {func(ctx context.Context, takes func(...faults.SelectCase) int) int {
			quit, jobs := make(chan int), make(chan int, 1)
			time.AfterFunc(time.Second, func() { close(quit); jobs <- 1 })
			return takes(faults.Receiving(quit), faults.Receiving(jobs))
		}, 1},
		"a value before a close": {func(ctx context.Context, takes func(...faults.SelectCase) int) int {
			quit, jobs := make(chan int), make(chan int, 1)
			time.AfterFunc(time.Second, func() { jobs <- 1; close(quit) })
			return takes(faults.Receiving(quit), faults.Receiving(jobs))
		}, 1},
	}
	const runs = 200
	for name, test := range bodies {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			taken := func(takes func(...faults.SelectCase) int) map[int]int {
				counts := map[int]int{}
				for range runs {
					e := engine.Run(engine.Config{Chooser: engine.Calm{}}, func(ctx context.Context, e *engine.Engine) {
						counts[test.wait(ctx, takes)]++
					})
					g.Expect(e.History().Outcome).To(Equal(history.Complete))
				}
				return counts
			}
			g.Expect(taken(func(cases ...faults.SelectCase) int {
				return faults.Select(&pollSelect, false, cases...)
			})).To(Equal(map[int]int{test.want: runs}))
			if name == "a value before a close" {
				return // it is what woke it
			}
			g.Expect(taken(func(cases ...faults.SelectCase) int {
				defer faults.DecideSelects(nobody{})()
				return faults.Select(&pollSelect, false, cases...)
			})).To(HaveKey(1-test.want), "the control: who is woken takes what woke it")
		})
	}
}

// nobody gives no turns.
type nobody struct{}

func (nobody) Select(*faults.SelectPoint, int) faults.SelectTurn { return faults.SelectTurn{} }

func TestAGoroutineWithoutATaskTakesTheFirstReadyCase(t *testing.T) {
	g := NewWithT(t)
	chooser := &prefers{first: 1}
	taken := make(chan int, 1)
	e := engine.Run(engine.Config{Chooser: chooser}, func(ctx context.Context, e *engine.Engine) {
		go func() {
			taken <- faults.Select(&pollSelect, false, faults.Receiving(ready(1)), faults.Receiving(ready(2)))
		}()
	})
	g.Expect(<-taken).To(BeZero())
	g.Expect(chooser.asked).To(BeEmpty())
	g.Expect(e.History().Steps).To(BeEmpty())
}

// TestAJobThatRunsAsItsSenderIsTheWorkers: the select behind it is that of the worker
// again, and the sender has its own.
func TestAJobThatRunsAsItsSenderIsTheWorkers(t *testing.T) {
	g := NewWithT(t)
	chooser := &prefers{}
	e := engine.Run(engine.Config{Chooser: chooser}, func(ctx context.Context, e *engine.Engine) {
		jobs, done := make(chan func()), make(chan struct{})
		worker := faults.WithTask(ctx, "worker")
		go func() {
			defer close(done)
			quiet.At(worker)
			(<-jobs)()
			faults.Select(&pollSelect, true, faults.Receiving(ready(1)), faults.Receiving(ready(2)))
		}()
		ran := make(chan struct{})
		jobs <- func() { quiet.At(ctx); close(ran) }
		<-ran
		faults.Select(&pollSelect, false, faults.Receiving(done), faults.Receiving((chan int)(nil)))
	})
	g.Expect(e.History().Shared).To(BeNil())
	g.Expect(chooser.asked).To(ConsistOf("worker enginetest/poll/select-1 #1 of 2", "main enginetest/poll/select-1 #1 of 2"))
}

func TestSelectsAreTheRuntimesWhereNobodyControlsTheSchedule(t *testing.T) {
	g := NewWithT(t)
	counts := map[int]int{}
	for range 200 {
		engine.Run(engine.Config{Chooser: engine.Calm{}, Mode: engine.Free}, func(ctx context.Context, e *engine.Engine) {
			counts[faults.Select(&pollSelect, false, faults.Receiving(ready(1)), faults.Receiving(ready(2)))]++
		})
	}
	g.Expect(counts).To(HaveLen(2))
}

// TestALoopOfSelectsEndsWithItsRun: a task that ignores cancellation polls for ever.
func TestALoopOfSelectsEndsWithItsRun(t *testing.T) {
	g := NewWithT(t)
	e := engine.Run(engine.Config{Chooser: engine.Calm{}, MaxSteps: 100}, func(ctx context.Context, e *engine.Engine) {
		for {
			faults.Select(&pollSelect, true, faults.Receiving((chan int)(nil)))
		}
	})
	g.Expect(e.History().Outcome).To(Equal(history.Endless))
}
