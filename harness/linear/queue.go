package linear

import (
	"fmt"
	"slices"

	"github.com/anishathalye/porcupine"
)

// Put is an operation of [Queue]; its output is whether the value is in.
type Put struct{ Value any }

func (p Put) String() string { return fmt.Sprintf("put(%v)", p.Value) }

// Take is an operation of [Queue]; its output is the value, or [Nothing].
type Take struct{}

func (Take) String() string { return "take()" }

// Nothing is the output of [Take] from an empty queue.
type Nothing struct{}

func (Nothing) String() string { return "nothing" }

// Queue gives out what was put in, first in, first out. At most capacity values
// are in it; 0 is no limit. A Put has the output false only if the queue is
// full, and a Take Nothing only if it is empty: of operations that wait, or
// that are given up, neither is told.
func Queue(capacity int) porcupine.Model {
	return model([]any{}, func(state, input, output any) (bool, any) {
		values := state.([]any)
		switch op := input.(type) {
		case Put:
			if capacity > 0 && len(values) >= capacity {
				return output == false, values
			}
			return is(output, true), append(slices.Clone(values), op.Value)
		case Take:
			if len(values) == 0 {
				return is(output, Nothing{}), values
			}
			return is(output, values[0]), values[1:]
		}
		panic(unknown("Queue", input))
	}, func(state any) string { return fmt.Sprint(state) })
}
