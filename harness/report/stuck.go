package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/squall-go/squall/harness/history"
)

// maxStuck is how many tasks are told of.
const maxStuck = 12

// Stuck says why a run did not come to its end: who waits for what and since
// when, who holds it, the cycle of waits if there is one, and where each of
// them stands; and which goroutines were left behind. "" if the run completed
// and left nothing.
func Stuck(run *history.Run) string { return stuckText(run, Width) }

func stuckText(run *history.Run, width int) string {
	if run == nil {
		return ""
	}
	s := &standstill{run: run, width: width}
	s.why()
	if run.Outcome == history.Stalled {
		s.findWaits()
		s.sayWaits()
		s.sayCycle()
		s.sayWhere("where they stand:", run.Waiters)
	}
	s.sayWhere("left behind:", run.Left)
	if len(s.lines) == 0 {
		return ""
	}
	return strings.Join(s.lines, "\n") + "\n"
}

// standstill is the text of Stuck in the making.
type standstill struct {
	run   *history.Run
	width int
	lines []string
	waits []wait
}

// wait is a task that waits for a resource or for another task.
type wait struct {
	task  *history.Task
	name  string
	since time.Duration
	for_  []holder
}

type holder struct {
	task  *history.Task
	since time.Duration
	holds bool // a resource; else it is itself waited for
}

func (s *standstill) say(first, text string) {
	s.lines = append(s.lines, wrap(first, text, s.width)...)
}

func (s *standstill) why() {
	switch s.run.Outcome {
	case history.Stalled:
		if s.run.End > s.run.LastAct {
			s.say("", fmt.Sprintf("stuck: nothing has happened since t=%s; given up at t=%s of virtual time", s.run.LastAct, s.run.End))
			return
		}
		s.say("", fmt.Sprintf("stuck at t=%s: nothing can run and no timer is set", s.run.End))
	case history.Endless:
		s.say("", fmt.Sprintf("endless: given up after %s at t=%s; the last ones:", counted(len(s.run.Steps), "step"), s.run.End))
		for _, step := range s.run.Steps[max(0, len(s.run.Steps)-4):] {
			s.say("  ", stepText(step))
		}
	}
}

// findWaits finds the tasks whose last word is that they wait: they have taken
// no step since.
func (s *standstill) findWaits() {
	lastStep := map[*history.Task]int{}
	for i, step := range s.run.Steps {
		lastStep[step.Task] = i + 1
	}
	open := map[*history.Task]wait{}
	for _, e := range s.run.Events {
		switch e.Kind {
		case history.Waiting, history.Queued:
			open[e.Task] = wait{task: e.Task, name: e.Name, since: e.At}
			if lastStep[e.Task] > e.Step {
				delete(open, e.Task)
			}
		case history.Acquired, history.Running, history.Refused, history.Ended:
			delete(open, e.Task)
		}
	}
	delete(open, nil)
	for _, w := range open {
		w.for_ = s.holders(w)
		s.waits = append(s.waits, w)
	}
	slices.SortFunc(s.waits, func(a, b wait) int {
		return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.task.ID, b.task.ID), cmp.Compare(a.task.Path, b.task.Path))
	})
}

// holders lists who has what w waits for: the holders of a resource, the tasks
// that run on a dispatcher, or the task of that name.
func (s *standstill) holders(w wait) []holder {
	var holders []holder
	for _, e := range s.run.Events {
		switch e.Kind {
		case history.Acquired, history.Running:
			if e.Name == w.name && e.Task != nil {
				holders = append(holders, holder{task: e.Task, since: e.At, holds: true})
			}
		case history.Released, history.Finished:
			if e.Name != w.name {
				continue
			}
			if i := slices.IndexFunc(holders, func(h holder) bool { return h.task == e.Task }); i >= 0 {
				holders = slices.Delete(holders, i, i+1)
			}
		}
	}
	if t := s.named(w); t != nil && len(holders) == 0 {
		holders = append(holders, holder{task: t})
	}
	return holders
}

// named finds the task that w waits for, by its path or by its name as a child
// or a sibling.
func (s *standstill) named(w wait) *history.Task {
	paths := []string{w.name, w.task.Path + "/" + w.name}
	if w.task.Parent != nil {
		paths = append(paths, w.task.Parent.Path+"/"+w.name)
	}
	for _, t := range s.run.Tasks {
		if t != nil && t != w.task && slices.Contains(paths, t.Path) {
			return t
		}
	}
	return nil
}

func (s *standstill) sayWaits() {
	room := 0
	for _, w := range s.waits {
		room = max(room, min(columns(path(w.task)), s.width/3))
	}
	for i, w := range s.waits {
		if i == maxStuck {
			s.say("  ", "and "+counted(len(s.waits)-i, "task")+" more")
			return
		}
		text := fmt.Sprintf("waits for %s since t=%s", clean(w.name), w.since)
		s.say("  "+pad(clipMiddle(path(w.task), room), room)+"  ", text+held(w))
	}
}

func held(w wait) string {
	var names []string
	for i, h := range w.for_ {
		if !h.holds {
			return ""
		}
		if i == 4 {
			names = append(names, fmt.Sprintf("%s others", count(len(w.for_)-i)))
			break
		}
		who := path(h.task)
		if h.task == w.task {
			who = "itself"
		}
		names = append(names, fmt.Sprintf("%s since t=%s", who, h.since))
	}
	if names == nil {
		return ", which nobody holds"
	}
	return ", held by " + strings.Join(names, ", ")
}

// sayCycle names the first cycle of waits.
func (s *standstill) sayCycle() {
	byTask := map[*history.Task]wait{}
	for _, w := range s.waits {
		byTask[w.task] = w
	}
	for _, w := range s.waits {
		if cycle := cycleFrom(w.task, byTask); cycle != nil {
			var b strings.Builder
			for _, t := range cycle {
				b.WriteString(path(t) + " → (" + clean(byTask[t].name) + ") → ")
			}
			s.say("  wait cycle:  ", b.String()+path(w.task))
			return
		}
	}
}

// cycleFrom is the shortest way of waits from start back to start.
func cycleFrom(start *history.Task, waits map[*history.Task]wait) []*history.Task {
	came := map[*history.Task]*history.Task{}
	queue := []*history.Task{start}
	for len(queue) > 0 {
		t := queue[0]
		queue = queue[1:]
		for _, h := range waits[t].for_ {
			if h.task == start {
				way := []*history.Task{t}
				for ; t != start; t = came[t] {
					way = append(way, came[t])
				}
				slices.Reverse(way)
				return way
			}
			if _, waiting := waits[h.task]; waiting && came[h.task] == nil {
				came[h.task] = t
				queue = append(queue, h.task)
			}
		}
	}
	return nil
}

func (s *standstill) sayWhere(title string, live []history.Live) {
	if len(live) == 0 {
		return
	}
	s.say("", title)
	for i, l := range live {
		if i == maxStuck {
			s.say("  ", "and "+count(len(live)-i)+" more")
			return
		}
		s.say("  ", strings.TrimSuffix(path(l.Task)+"  "+clean(l.State), "  "))
		for _, frame := range frames(l.Stack, maxFrames) {
			s.say("      ", frame)
		}
	}
}
