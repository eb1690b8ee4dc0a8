package engine

import (
	"time"

	"github.com/squall-go/squall/harness/history"
)

// Progress is how far a run has come.
type Progress struct {
	Steps int          // taken
	Last  history.Step // the last of them
	At    time.Duration
}

// TryProgress is for a watchdog, while the run is stuck: ok is false if the run
// holds the lock that it would need.
func (e *Engine) TryProgress() (p Progress, ok bool) {
	if !e.mu.TryLock() {
		return Progress{}, false
	}
	defer e.mu.Unlock()
	p.Steps, p.At = len(e.run.Steps), e.now
	if p.Steps > 0 {
		p.Last = e.run.Steps[p.Steps-1]
	}
	return p, true
}
