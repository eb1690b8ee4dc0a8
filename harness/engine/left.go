package engine

import (
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"go.uber.org/goleak"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// countOutside notes how many goroutines there are before the body. The last
// run's may still be on their way out, so the smallest number seen counts.
func (e *Engine) countOutside() {
	if n := runtime.NumGoroutine(); *e.outside == 0 || n < *e.outside {
		*e.outside = n
	}
}

// count finds the goroutines that are left. Counting is cheap and done in every
// run; only a difference pays for a dump, and only the dump is believed.
func (e *Engine) count() {
	if e.run.Outcome != history.Complete && e.run.Outcome != history.Crashed {
		e.run.Waiters = e.alive()
		if e.exact {
			e.run.Dump = faults.Dump(e)
		}
		return
	}
	n := runtime.NumGoroutine()
	if n <= *e.outside && !e.exact {
		return
	}
	if e.run.Left = e.alive(); len(e.run.Left) == 0 {
		*e.outside = n // none of them is ours
	}
}

// countWall is count without a bubble: goroutines need real time to end, and
// others of the process come and go. goleak waits, and knows which were there
// before.
func (e *Engine) countWall() {
	if runtime.NumGoroutine() <= *e.outside || goleak.Find(e.before) == nil {
		if e.run.Outcome == history.Stalled {
			e.run.Waiters = e.alive()
		}
		return
	}
	e.count()
}

// alive lists the goroutines of the body that are not over.
func (e *Engine) alive() []history.Live {
	all := dump()
	self := all[0]
	var left []history.Live
	for _, g := range all[1:] {
		if g.bubble != self.bubble || g.state == "synctest.Run" || strings.Contains(g.stack, "testing/synctest.testingSynctestTest(") {
			continue // another bubble, or the two goroutines that the bubble itself is made of
		}
		if self.bubble == "" && !strings.Contains(g.stack, "squall") {
			continue // wall mode: goroutines of the runtime and of the test process
		}
		live := history.Live{State: g.state, Stack: g.stack}
		if t := e.taskOf(g.id); t != nil {
			live.Task = &t.Task
			live.State = e.state(t, g)
		}
		left = append(left, live)
	}
	// A dump is in the order in which the runtime recycles goroutines.
	slices.SortStableFunc(left, func(a, b history.Live) int { return rank(a) - rank(b) })
	return left
}

// stranded lists the goroutines that the bubble found blocked when it ended, and
// the count had not: those of tasks.
func (e *Engine) stranded() []history.Live {
	var left []history.Live
	for _, g := range dump() {
		if t := e.taskOf(g.id); t != nil && g.bubble != "" {
			left = append(left, history.Live{Task: &t.Task, State: e.state(t, g), Stack: g.stack})
		}
	}
	slices.SortStableFunc(left, func(a, b history.Live) int { return rank(a) - rank(b) })
	return left
}

// rank is the order in which tasks are listed: by age, goroutines without one last.
func rank(l history.Live) int {
	if l.Task == nil {
		return math.MaxInt
	}
	return l.Task.ID
}

// taskOf is the youngest task of the goroutine that is not over: a scope lives in
// its caller's goroutine for a while. If all of them are over, the youngest.
func (e *Engine) taskOf(goid int64) *Task {
	var over *Task
	for i := len(e.tasks) - 1; i >= 0; i-- {
		switch t := e.tasks[i]; {
		case t.goid != goid:
		case !t.over:
			return t
		case over == nil:
			over = t
		}
	}
	return over
}

func (e *Engine) state(t *Task, g goroutine) string {
	for _, p := range e.parked {
		if p.task == t {
			return "parked at " + p.site.String()
		}
	}
	if t.site != nil {
		return g.state + " after " + t.site.String()
	}
	return g.state
}

// goroutine is one entry of a dump of stacks.
type goroutine struct {
	id     int64
	state  string
	bubble string // number of its bubble, or ""
	stack  string
}

// dump takes the stacks of all goroutines; the caller's comes first.
func dump() []goroutine {
	buf := make([]byte, 1<<18)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) || len(buf) >= 64<<20 {
			return parseDump(string(buf[:n]))
		}
		buf = make([]byte, 4*len(buf))
	}
}

func parseDump(text string) []goroutine {
	var list []goroutine
	for _, entry := range strings.Split(text, "\n\n") {
		head, stack, _ := strings.Cut(entry, "\n")
		head, ok := strings.CutPrefix(head, "goroutine ")
		if !ok {
			continue
		}
		number, rest, _ := strings.Cut(head, " ")
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			continue
		}
		if i := strings.IndexByte(rest, '['); i >= 0 {
			rest = rest[i+1:]
		}
		rest = strings.TrimSuffix(rest, "]:")
		state, bubble, _ := strings.Cut(rest, ", synctest bubble ")
		state, _, _ = strings.Cut(state, " (durable)")
		list = append(list, goroutine{id: id, state: state, bubble: bubble, stack: stack})
	}
	return list
}
