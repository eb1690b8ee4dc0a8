package engine

import (
	"slices"
	"testing/synctest"
	"time"

	"github.com/squall-go/squall/harness/history"
)

// control is the controller: it runs until the body has returned and nothing
// can move without the clock, or until a guard ends the run.
//
// After synctest.Wait nothing else runs, so what the controller does until it
// releases a task or blocks needs no lock; sending the turn publishes it. Around
// the wait it takes the lock all the same, for the race detector: a timer
// publishes nothing, and a task that blocks in sync.WaitGroup.Wait, which hides
// itself from the detector, does not either.
func (e *Engine) control(body <-chan struct{}) {
	budget := time.NewTimer(e.budget)
	defer budget.Stop()
	returned := false
	for {
		e.quiesce()
		e.look()
		if !returned {
			select {
			case <-body:
				returned = true
				e.run.End = e.now
			default:
			}
		}
		if len(e.run.Steps) >= e.max {
			e.giveUp(history.Endless)
			return
		}
		p := e.pick()
		if p != nil {
			p.turn <- struct{}{}
			continue
		}
		if returned {
			return
		}
		if !e.sleep(body, budget.C) {
			e.look()
			e.giveUp(history.Stalled)
			return
		}
	}
}

// sleep blocks, so that virtual time moves to the next timer, until a task has
// parked or the body has returned; false when the budget is spent.
func (e *Engine) sleep(body <-chan struct{}, budget <-chan time.Time) bool {
	e.mu.Lock()
	e.idle = true
	e.mu.Unlock()
	spent := false
	select {
	case <-e.wake:
	case <-body:
	case <-budget:
		spent = true
	}
	e.quiesce()
	select {
	case <-e.wake: // whoever parked second, between two of our looks
	default:
	}
	e.idle = false
	e.now = e.clock()
	e.current = nil
	e.wakeups++
	return !spent || len(e.parked) > 0
}

func (e *Engine) giveUp(outcome history.Outcome) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.run.Outcome = outcome
	e.run.End = e.now
	e.run.LastAct = e.lastAct
}

// look records the bodies' contexts that are done since the last look. It does
// not ask the layer: what a broken scope claims is no evidence.
func (e *Engine) look() {
	kept, done := e.watched[:0], e.done[:0]
	for _, t := range e.watched {
		switch {
		case t.over: // a task that is over has its context released
		case t.ctx.Err() != nil:
			done = append(done, t)
		default:
			kept = append(kept, t)
		}
	}
	e.watched, e.done = kept, done
	if len(done) > 1 {
		slices.SortStableFunc(done, byDeadline)
	}
	for _, t := range done {
		e.sawDone(t)
	}
}

// byDeadline orders tasks that were seen to be done at once: nobody looked while
// their deadlines passed, and whoever has none was cancelled now.
func byDeadline(a, b *Task) int {
	dueA, metA := metDeadline(a)
	dueB, metB := metDeadline(b)
	switch {
	case metA && metB:
		return dueA.Compare(dueB)
	case metA:
		return -1
	case metB:
		return 1
	}
	return 0
}

// pick takes the next task out of parked; nil if there is none.
func (e *Engine) pick() *park {
	if len(e.parked) == 0 {
		return nil
	}
	at := e.place()
	if d := e.chooser.Clock(at); d > 0 {
		e.choices = append(e.choices, choice{kind: chooseClock, task: at.Task, site: at.Site, hit: at.Hit, gone: at.Gone, advance: d})
		e.publish()
		time.Sleep(d)
		e.quiesce()
		e.now = e.clock()
		e.run.Pushed += d
	}
	t := e.next(at)
	for i, p := range e.parked {
		if p.task == t {
			e.parked = append(e.parked[:i], e.parked[i+1:]...)
			e.spare = append(e.spare, p)
			e.release(p)
			return p
		}
	}
	panic("engine: the chosen task is not parked")
}

// next lets the chooser pick one of the tasks that are parked.
func (e *Engine) next(at Place) *Task {
	ready := e.ready[:0]
	for _, p := range e.parked {
		if n := len(ready); n == 0 || ready[n-1] != p.task {
			ready = append(ready, p.task)
		}
	}
	e.ready = ready
	if len(ready) == 1 {
		return ready[0]
	}
	e.foremost(ready)
	e.total++
	i := e.chooser.Next(at, ready)
	if i != 0 {
		e.choices = append(e.choices, choice{kind: chooseSwitch, task: at.Task, site: at.Site, hit: at.Hit, gone: at.Gone, to: ready[i]})
	}
	return ready[i]
}

// foremost moves the default to the front: the task that ran last, if it is
// parked and has not run for too long; else the first of those after it, round
// robin, so that nobody starves in a run without preemptions.
func (e *Engine) foremost(ready []*Task) {
	if e.current == nil {
		return
	}
	first, found := 0, false
	for i, t := range ready {
		if t == e.current && e.inRow < fairness {
			first = i
			break
		}
		if !found && t.ID > e.current.ID {
			first, found = i, true
		}
	}
	t := ready[first]
	copy(ready[1:first+1], ready[:first])
	ready[0] = t
}

// quiesce waits until nothing else can move.
func (e *Engine) quiesce() {
	e.publish()
	synctest.Wait()
	e.publish()
}

// publish makes what the controller wrote visible to tasks and to a watchdog, and
// the other way round.
func (e *Engine) publish() {
	e.mu.Lock()
	e.mu.Unlock() //lint:ignore SA2001 the empty critical section is the point
}

// release records that p goes on.
func (e *Engine) release(p *park) {
	if p.task == e.current {
		e.inRow++
	} else {
		e.current, e.inRow = p.task, 0
	}
	p.task.site, p.task.hit = p.site, p.hit
	e.step(p.task, p.site, p.hit)
}

// place says where the choice that is due is made.
func (e *Engine) place() Place {
	if e.current == nil {
		return Place{Hit: e.wakeups}
	}
	for _, p := range e.parked {
		if p.task == e.current {
			return Place{Task: p.task, Site: p.site, Hit: p.hit}
		}
	}
	return Place{Task: e.current, Site: e.current.site, Hit: e.current.hit, Gone: true}
}
