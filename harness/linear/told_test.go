package linear

import (
	"strings"

	"github.com/anishathalye/porcupine"

	"github.com/squall-go/squall/harness/history"
)

// told is a history that is written as a person tells it: a task's input begins
// an operation, and its output ends the one that it has under way.
type told struct {
	object *history.Object
	tasks  map[string]*history.Task
	run    *history.Run
}

func tell(name string, m porcupine.Model) *told {
	o := &history.Object{Name: name, Model: m}
	return &told{o, map[string]*history.Task{}, &history.Run{Objects: []*history.Object{o}}}
}

func (t *told) task(path string) *history.Task {
	if t.tasks[path] == nil {
		t.tasks[path] = &history.Task{ID: len(t.tasks), Path: path, Name: path[strings.LastIndexByte(path, '/')+1:]}
		t.run.Tasks = append(t.run.Tasks, t.tasks[path])
	}
	return t.tasks[path]
}

// call begins an operation.
func (t *told) call(path string, input any) *told {
	op := &history.Op{Object: t.object, Task: t.task(path), Input: input, Called: len(t.run.Events), Returned: -1}
	t.object.Ops = append(t.object.Ops, op)
	t.run.Events = append(t.run.Events, history.Event{Task: op.Task, Kind: history.Called, Name: t.object.Name, Op: op})
	return t
}

// ret ends the last operation of the task.
func (t *told) ret(path string, output any) *told {
	for i := len(t.object.Ops) - 1; ; i-- {
		if op := t.object.Ops[i]; op.Task.Path == path && op.Returned < 0 {
			op.Output, op.Returned = output, len(t.run.Events)
			t.run.Events = append(t.run.Events, history.Event{Task: op.Task, Kind: history.Returned, Name: t.object.Name, Op: op})
			return t
		}
	}
}

// do is call and ret with nothing between them.
func (t *told) do(path string, input, output any) *told { return t.call(path, input).ret(path, output) }

func (t *told) check() Result { return Check(t.object, len(t.run.Events)) }
