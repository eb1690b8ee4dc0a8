package engine

import (
	"context"
	"fmt"

	"github.com/anishathalye/porcupine"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// Object adds a shared object to the run. A second one of a name is called
// name#2.
func (e *Engine) Object(name string, model porcupine.Model) *history.Object {
	e.mu.Lock()
	defer e.mu.Unlock()
	o := &history.Object{Name: unique(&e.objects, name), Model: model}
	e.run.Objects = append(e.run.Objects, o)
	return o
}

// Call records that the task of ctx begins an operation on o. Of one that begins
// when the run is over the history knows nothing.
func (e *Engine) Call(ctx context.Context, o *history.Object, input any) *history.Op {
	t := faults.TaskOf(ctx).Record().(*Task)
	e.mu.Lock()
	defer e.mu.Unlock()
	op := &history.Op{Object: o, Task: &t.Task, Input: input, Called: len(e.run.Events), Returned: -1}
	if !e.off {
		o.Ops = append(o.Ops, op)
		e.record(history.Event{Task: op.Task, Kind: history.Called, Name: o.Name, Op: op})
	}
	return op
}

// Return records the result of op. It panics if op has returned already.
func (e *Engine) Return(op *history.Op, output any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if op.Returned >= 0 {
		panic(fmt.Sprintf("engine: %v on %s returns %v, and has returned %v already", op.Input, op.Object.Name, output, op.Output))
	}
	if !e.off {
		op.Output, op.Returned = output, len(e.run.Events)
		e.record(history.Event{Task: op.Task, Kind: history.Returned, Name: op.Object.Name, Op: op})
	}
}
