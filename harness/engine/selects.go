package engine

import "github.com/squall-go/squall/faults"

// Select implements [faults.Selector]: a turn as at a failpoint, then the case that
// is looked at first. No context says which task this is, but the goroutine does.
// One that is at home nowhere takes its cases in the order of the source, and does
// not wait for a turn.
func (e *Engine) Select(p *faults.SelectPoint, n int) faults.SelectTurn {
	t := e.atHome(currentGoroutine())
	if t == nil {
		return faults.SelectTurn{}
	}
	var turn faults.SelectTurn
	hit := 0
	if p.Locked {
		hit = e.passed(t, p.Reached())
	} else {
		hit = e.arrive(t, p.Reached())
		turn.Woken = func() { e.arrive(t, p.Woken()) }
	}
	if hit == 0 || n < 2 {
		return turn
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.total++
	turn.First = e.chooser.Select(t, p, hit, n)
	turn.Took = func() { e.tookFirst(t, p, hit, turn.First) }
	return turn
}

// passed counts a visit to a point at which nobody waits for a turn; 0 when the
// run is being torn down.
func (e *Engine) passed(t *Task, s *faults.Site) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.off {
		return 0
	}
	return t.visit(s)
}

// tookFirst records a choice that had an effect: a case that is not ready when it
// is looked at first is none.
func (e *Engine) tookFirst(t *Task, p *faults.SelectPoint, hit, index int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.off {
		e.choices = append(e.choices, choice{kind: chooseSelect, task: t, site: p.Reached(), hit: hit, value: index})
	}
}

// settle notes which task a goroutine belongs to: the first that passes a point in
// it, until that is over. A task is at home in one goroutine, the first, so that a
// job that runs with its sender's context takes nobody's place. The caller holds mu.
func (e *Engine) settle(t *Task) {
	if e.homes == nil || t.settled {
		return
	}
	if host := e.homes[t.goid]; host == nil || host.over {
		e.homes[t.goid] = t
		t.settled = true
	}
}

// atHome is the task of a goroutine, for what has no context.
func (e *Engine) atHome(goid int64) *Task {
	e.mu.Lock()
	defer e.mu.Unlock()
	if t := e.homes[goid]; t != nil && !t.over {
		return t
	}
	return nil
}
