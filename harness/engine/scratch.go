package engine

import "github.com/squall-go/squall/harness/history"

// Scratch is memory that one run leaves to the next. A history made with it is
// valid until the Scratch is used again; drop the Scratch to keep the history.
type Scratch struct {
	steps   []history.Step
	events  []history.Event
	tasks   []*Task
	blocks  [][]Task
	parked  []*park
	ready   []*Task
	watched []*Task
	choices []choice
	all     []*history.Task
}

// take moves the memory into e.
func (s *Scratch) take(e *Engine) {
	e.run.Steps, e.run.Events, e.run.Tasks = s.steps[:0], s.events[:0], s.all[:0]
	e.tasks, e.blocks = s.tasks[:0], s.blocks
	e.parked, e.ready, e.watched, e.choices = s.parked[:0], s.ready[:0], s.watched[:0], s.choices[:0]
	if e.run.Steps == nil {
		e.run.Steps = make([]history.Step, 0, 64)
		e.run.Events = make([]history.Event, 0, 64)
	}
}

// give takes it back, unless goroutines are left that still know the tasks.
func (s *Scratch) give(e *Engine) {
	if e.run.Outcome != history.Complete || len(e.run.Left) > 0 {
		*s = Scratch{}
		return
	}
	*s = Scratch{
		steps: e.run.Steps, events: e.run.Events, all: e.run.Tasks, tasks: e.tasks, blocks: e.blocks,
		ready: e.ready, watched: e.watched, choices: e.choices,
	}
}

// blockSize is how many tasks are made at a time.
const blockSize = 8

// newTask takes a task from a block, which saves an allocation each, and keeps
// what the task of an earlier run has grown.
func (e *Engine) newTask() *Task {
	n := len(e.tasks)
	if n/blockSize == len(e.blocks) {
		e.blocks = append(e.blocks, make([]Task, blockSize))
	}
	t := &e.blocks[n/blockSize][n%blockSize]
	*t = Task{visits: t.visits[:0], names: t.names[:0], params: t.params[:0]}
	return t
}
