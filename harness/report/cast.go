package report

import (
	"cmp"
	"slices"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
)

// part is the set of things that happened to a task, the gravest last.
type part uint8

const (
	cancelled part = 1 << iota
	stuck
	failed
	struck
	accused
)

func (p part) is(q part) bool { return p&q != 0 }

// cast is the tasks of a run in tree order, and the part each of them plays.
type cast struct {
	tasks  []*history.Task
	parts  map[*history.Task]part
	causes map[*history.Task]error // why its context is done
	ended  map[*history.Task]bool
}

func castOf(run *history.Run, findings []judge.Finding) *cast {
	c := &cast{tasks: inTreeOrder(everyone(run)), parts: map[*history.Task]part{}, causes: map[*history.Task]error{}, ended: map[*history.Task]bool{}}
	for _, e := range run.Events {
		c.play(e)
	}
	for _, l := range slices.Concat(run.Waiters, run.Left) {
		c.parts[l.Task] |= stuck
	}
	for _, f := range findings {
		if t := c.find(f.Subject); t != nil {
			c.parts[t] |= accused
		}
	}
	return c
}

func (c *cast) play(e history.Event) {
	switch {
	case e.Task == nil:
	case e.Kind == history.Struck:
		c.parts[e.Task] |= struck
	case e.Kind == history.Done || e.Kind == history.Cancelled:
		// What is cancelled after its end is only being tidied up.
		if !c.ended[e.Task] {
			c.parts[e.Task] |= cancelled
			c.causes[e.Task] = e.Err
		}
	case e.Kind == history.Ended:
		c.ended[e.Task] = true
		if e.Err != nil && !c.endedByCancel(e) {
			c.parts[e.Task] |= failed
		}
	}
}

// endedByCancel reports whether the task ended with nothing but the cause of
// its own cancellation, which is no failure.
func (c *cast) endedByCancel(e history.Event) bool {
	return c.parts[e.Task].is(cancelled) && (plainCancel(e.Err) || comesFrom(e.Err, c.causes[e.Task]))
}

func (c *cast) find(path string) *history.Task {
	i := slices.IndexFunc(c.tasks, func(t *history.Task) bool { return t.Path == path })
	if i < 0 || path == "" {
		return nil
	}
	return c.tasks[i]
}

// maxExtras is how many tasks to which nothing happened but a cancellation are
// shown of a run with too many tasks.
const maxExtras = 3

// stage is the tasks to show if there is room for limit of them, in tree order.
func (c *cast) stage(limit int) []*history.Task {
	if len(c.tasks) <= limit {
		return c.tasks
	}
	byRank := slices.Clone(c.tasks)
	slices.SortStableFunc(byRank, func(a, b *history.Task) int { return cmp.Compare(c.parts[b], c.parts[a]) })
	on := map[*history.Task]bool{}
	extras := 0
	for _, t := range byRank {
		// Of many that were cancelled alike, a few are enough; bystanders are of
		// no interest once anybody has a part.
		if c.parts[t] == cancelled {
			extras++
		}
		if extras > maxExtras || c.parts[t] == 0 && c.parts[byRank[0]] != 0 {
			break
		}
		for ; t != nil && len(on) < limit; t = t.Parent {
			on[t] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(c.tasks), func(t *history.Task) bool { return !on[t] })
}

// dismiss takes those out of the cast who would have an empty line: they took no
// step, launched nobody, and nothing happened to them.
func (c *cast) dismiss(run *history.Run) {
	heard := map[*history.Task]bool{}
	for _, e := range run.Events {
		switch {
		case e.Task == nil && len(c.tasks) > 0:
			heard[c.tasks[0]] = true // whose line tells it
		case e.Task != nil && e.Kind == history.Opened:
			heard[e.Task.Parent] = true
		}
		heard[e.Task] = true
	}
	for _, s := range run.Steps {
		heard[s.Task] = true
	}
	c.tasks = slices.DeleteFunc(c.tasks, func(t *history.Task) bool { return !heard[t] && c.parts[t] == 0 })
}

// everyone lists the tasks in the order of creation, and after them those that
// only the events know.
func everyone(run *history.Run) []*history.Task {
	seen := map[*history.Task]bool{nil: true}
	var all []*history.Task
	meet := func(t *history.Task) {
		for ; !seen[t]; t = t.Parent {
			seen[t] = true
			all = append(all, t)
		}
	}
	for _, t := range run.Tasks {
		meet(t)
	}
	for _, e := range run.Events {
		meet(e.Task)
		meet(e.Of)
	}
	for _, l := range slices.Concat(run.Waiters, run.Left) {
		meet(l.Task)
	}
	slices.SortStableFunc(all, func(a, b *history.Task) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func inTreeOrder(tasks []*history.Task) []*history.Task {
	children := map[*history.Task][]*history.Task{}
	for _, t := range tasks {
		children[t.Parent] = append(children[t.Parent], t)
	}
	ordered := make([]*history.Task, 0, len(tasks))
	var visit func(parent *history.Task)
	visit = func(parent *history.Task) {
		for _, t := range children[parent] {
			ordered = append(ordered, t)
			visit(t)
		}
	}
	visit(nil)
	return ordered
}
