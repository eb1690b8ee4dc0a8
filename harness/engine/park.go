package engine

import (
	"runtime"
	"slices"

	"github.com/squall-go/squall/faults"
)

// park is one goroutine that waits at a point for its turn. It belongs to a
// visit, not to a task: two goroutines that share a task by mistake must not
// wait for one turn. The mistake is recorded, since their order is luck.
type park struct {
	task *Task
	site *faults.Site
	hit  int
	turn chan struct{}
}

// maxStrays is how many points may be passed after the end of a run. A task that
// ignores cancellation would pass them for ever, and the bubble never end.
const maxStrays = 10_000

// arrive lets the goroutine wait for its turn, and returns the visit's number;
// 0 when the run is being torn down.
func (e *Engine) arrive(t *Task, s *faults.Site) int {
	e.mu.Lock()
	if e.off {
		e.strays++
		lost := e.strays > maxStrays
		e.mu.Unlock()
		if lost {
			runtime.Goexit()
		}
		return 0
	}
	hit := t.visit(s)
	t.goid, t.came = currentGoroutine(), len(e.run.Steps)
	e.settle(t)
	if e.mode != Controlled {
		t.site, t.hit = s, hit
		e.step(t, s, hit)
		e.mu.Unlock()
		return hit
	}
	p := e.newPark()
	p.task, p.site, p.hit = t, s, hit
	e.insert(p)
	woken := e.idle
	if woken {
		e.idle = false
		e.now = e.clock()
	}
	e.mu.Unlock()
	if woken {
		e.wake <- struct{}{}
	}
	<-p.turn
	if e.off {
		return 0
	}
	return hit
}

// insert keeps parked in the order of the tasks' creation, and of arrival
// within a task.
func (e *Engine) insert(p *park) {
	e.parked = append(e.parked, p)
	i := len(e.parked) - 1
	for ; i > 0 && e.parked[i-1].task.ID > p.task.ID; i-- {
		e.parked[i] = e.parked[i-1]
	}
	e.parked[i] = p
	if i > 0 && e.parked[i-1].task == p.task && e.run.Shared == nil {
		e.run.Shared = &p.task.Task
		e.run.SharedAt = [2]string{e.parked[i-1].site.String(), p.site.String()}
		slices.Sort(e.run.SharedAt[:]) // which one came first was luck
	}
}

// newPark reuses the parks of this run; their channels belong to its bubble.
func (e *Engine) newPark() *park {
	if n := len(e.spare); n > 0 {
		p := e.spare[n-1]
		e.spare = e.spare[:n-1]
		return p
	}
	return &park{turn: make(chan struct{})}
}
