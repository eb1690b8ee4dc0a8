package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/squall-go/squall/harness/history"
)

// wait is a task that waits: for a resource or a place in a dispatcher, which
// has holders, or for other tasks.
type wait struct {
	task    *history.Task
	name    string
	queued  bool // for a place in a dispatcher
	since   time.Duration
	thing   bool // a resource: somebody has held it at some time
	holders []holder
	freed   holder          // who let go of it last; no task if nobody has
	others  []*history.Task // waited for themselves
}

// holder holds a resource, or, of one that was released, did. It may have ended.
type holder struct {
	task  *history.Task
	since time.Duration
	ended bool
}

// held is a resource, or a dispatcher, at the end of the run.
type held struct {
	by    []holder
	freed holder
}

// blockers are the tasks that have to move before w can.
func (w wait) blockers() []*history.Task {
	blockers := slices.Clone(w.others)
	for _, h := range w.holders {
		blockers = append(blockers, h.task)
	}
	return blockers
}

// ownChildren is how package scope names what a scope waits for at its end.
const ownChildren = "its children"

// waitsOf lists the tasks whose last word was that they wait, and that have
// taken no step since, the longest wait first.
func waitsOf(run *history.Run) []wait {
	lastStep := map[*history.Task]int{}
	for i, step := range run.Steps {
		lastStep[step.Task] = i + 1
	}
	open := map[*history.Task]wait{}
	ended := map[*history.Task]bool{}
	for _, e := range run.Events {
		switch e.Kind {
		case history.Waiting, history.Queued:
			if lastStep[e.Task] <= e.Step {
				open[e.Task] = wait{task: e.Task, name: e.Name, queued: e.Kind == history.Queued, since: e.At}
			}
		case history.Acquired, history.Running, history.Refused:
			delete(open, e.Task)
		case history.Ended:
			delete(open, e.Task)
			ended[e.Task] = true
		}
	}
	things := holdersOf(run)
	var waits []wait
	all := everyone(run)
	for _, t := range all {
		w, ok := open[t]
		if !ok {
			continue
		}
		thing, isThing := things[w.name]
		w.thing, w.holders, w.freed = isThing, thing.by, thing.freed
		for i, h := range w.holders {
			w.holders[i].ended = ended[h.task]
		}
		if !w.thing {
			w.others = slices.DeleteFunc(slices.Clone(all), func(o *history.Task) bool { return ended[o] || !w.means(o) })
		}
		waits = append(waits, w)
	}
	slices.SortStableFunc(waits, func(a, b wait) int { return cmp.Compare(a.since, b.since) })
	return waits
}

// means reports whether the wait names t: by its path, as a child or a sibling,
// or as one of all the children.
func (w wait) means(t *history.Task) bool {
	switch {
	case t == w.task || t.Path == "":
		return false
	case w.name == ownChildren:
		return t.Parent == w.task
	case t.Path == w.name || t.Path == w.task.Path+"/"+w.name:
		return true
	}
	return w.task.Parent != nil && t.Path == w.task.Parent.Path+"/"+w.name
}

// holdersOf lists, for each resource that was ever held and each dispatcher
// that ever ran something, who holds it at the end, and who let go of it last.
func holdersOf(run *history.Run) map[string]held {
	things := map[string]held{}
	for _, e := range run.Events {
		thing := things[e.Name]
		switch e.Kind {
		case history.Acquired, history.Running:
			thing.by = append(thing.by, holder{task: e.Task, since: e.At})
			things[e.Name] = thing
		case history.Released, history.Finished:
			if i := slices.IndexFunc(thing.by, func(h holder) bool { return h.task == e.Task }); i >= 0 {
				thing.by, thing.freed = slices.Delete(thing.by, i, i+1), holder{task: e.Task, since: e.At}
				things[e.Name] = thing
			}
		}
	}
	return things
}

// cycleFrom is the shortest way of waits from start back to start, or nil.
func cycleFrom(start *history.Task, waits map[*history.Task]wait) []*history.Task {
	came := map[*history.Task]*history.Task{}
	queue := []*history.Task{start}
	for len(queue) > 0 {
		t := queue[0]
		queue = queue[1:]
		for _, blocker := range waits[t].blockers() {
			if blocker == start {
				way := []*history.Task{t}
				for ; t != start; t = came[t] {
					way = append(way, came[t])
				}
				slices.Reverse(way)
				return way
			}
			if _, waiting := waits[blocker]; waiting && came[blocker] == nil {
				came[blocker] = t
				queue = append(queue, blocker)
			}
		}
	}
	return nil
}
