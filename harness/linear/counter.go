package linear

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// Get is an operation of [Counter]; its output is the sum, an int.
type Get struct{}

func (Get) String() string { return "get()" }

// Add is an operation of [Counter]. Its output is the sum after it, an int; nil
// if whoever adds does not learn it; false if it failed and nothing was added.
type Add struct{ N int }

func (a Add) String() string { return fmt.Sprintf("add(%d)", a.N) }

// Counter holds a sum, at first 0.
func Counter() porcupine.Model {
	return model(0, func(state, input, output any) (bool, any) {
		sum := state.(int)
		switch op := input.(type) {
		case Get:
			return is(output, sum), sum
		case Add:
			if output == false {
				return true, sum
			}
			sum += op.N
			return output == nil || is(output, sum), sum
		}
		panic(unknown("Counter", input))
	}, func(state any) string { return fmt.Sprint(state) })
}
