package engine

import (
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/tape"
)

// choice is one choice other than the default, in the run's own terms; the
// tape's terms cost strings and are made for runs that are kept.
type choice struct {
	kind    uint8
	gone    bool
	task    *Task // nil for a wake-up
	site    *faults.Site
	hit     int
	to      *Task
	value   int
	name    string
	fault   faults.Fault
	advance time.Duration
}

const (
	chooseParam = iota
	chooseStrike
	chooseSwitch
	chooseClock
	chooseSelect
)

// TryChoices is [Engine.Choices] for a watchdog, while the run is stuck: ok is
// false if the run holds the lock that it would need.
func (e *Engine) TryChoices() (list []tape.Choice, total int, ok bool) {
	if !e.mu.TryLock() {
		return nil, 0, false
	}
	defer e.mu.Unlock()
	list, total = e.Choices()
	return list, total, true
}

// Chose reports whether the run had any choice to make: where none had, each is
// the same.
func (e *Engine) Chose() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.total > 0
}

// Choices is what the run chose other than the default, in the tape's terms, in
// the order of the choices; total is how many choices there were.
func (e *Engine) Choices() (list []tape.Choice, total int) {
	for _, c := range e.choices {
		out := tape.Choice{Kind: tape.Kind(c.kind), Name: c.name, Value: c.value, Advance: c.advance}
		out.Place = tape.Place{Hit: c.hit, After: c.gone}
		if c.site != nil {
			out.Place.Site = c.site.String()
		}
		if c.task != nil {
			out.Place.Task = c.task.Path
		}
		if c.to != nil {
			out.To = c.to.Path
		}
		if c.kind == chooseStrike {
			out.Fault = c.fault
			out.Fault.Err = nil
		}
		list = append(list, out)
	}
	return list, e.total
}
