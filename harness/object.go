package harness

import (
	"context"
	"fmt"

	"github.com/anishathalye/porcupine"

	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/history"
)

// Object is something that the tasks of a run share (a counter, a queue, a lock,
// a reader) and that P-LINEAR judges: its operations have to fit into one order
// that the model allows, in which each comes between its call and its return.
// The methods may be called from any goroutine of the run.
type Object struct {
	engine *engine.Engine
	object *history.Object
}

// Call is an operation under way.
type Call struct {
	engine *engine.Engine
	op     *history.Op
}

// Object is a new object of the run; messages and pictures show its name.
// Package linear has models, and says what one of your own has to keep to.
func (r *Run) Object(name string, model porcupine.Model) *Object {
	if model.Init == nil || model.Step == nil && model.StepContext == nil {
		panic(fmt.Sprintf("harness: the model of object %q has no Init or no Step", name))
	}
	return &Object{r.engine, r.engine.Object(name, model)}
}

// Call notes that the task of ctx begins an operation; do so before anything of
// it can take effect. One whose Return is never called (its task was cancelled,
// or failed midway) may have taken effect, then or later, or not at all.
// Input must not change afterwards.
func (o *Object) Call(ctx context.Context, input any) *Call {
	return &Call{o.engine, o.engine.Call(ctx, o.object, input)}
}

// Return notes the operation's result, which must not change afterwards; do so
// when it has taken effect. It panics when called again.
func (c *Call) Return(output any) { c.engine.Return(c.op, output) }
