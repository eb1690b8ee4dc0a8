package engine

import (
	"slices"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// stray records that a task of the run made one which is none of the run's. The
// only thing that ties them is the goroutine.
func (e *Engine) stray(name, created string) {
	goid := currentGoroutine()
	e.mu.Lock()
	defer e.mu.Unlock()
	if t := e.taskOf(goid); t != nil && !e.off {
		e.record(history.Event{Task: &t.Task, Kind: history.Strayed, Name: name, Value: created})
	}
}

// sawTaskless notes that a failpoint was reached in a context without a task.
func (e *Engine) sawTaskless(s *faults.Site) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if name := s.String(); !e.off && !slices.Contains(e.taskless, name) {
		e.taskless = append(e.taskless, name)
	}
}

// Taskless lists the failpoints that were reached in a context without a task, in
// no order: nothing can strike there.
func (e *Engine) Taskless() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.taskless
}

// Islands lists what the cancellation of its maker does not reach, of what the
// run has made so far.
func (e *Engine) Islands() []history.Island {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.run.Islands()
}

// Controlled reports whether one task runs at a time.
func (e *Engine) Controlled() bool { return e.mode == Controlled }

// Struck lists the strikes so far.
func (e *Engine) Struck() []faults.Strike {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clip(e.run.Struck())
}
