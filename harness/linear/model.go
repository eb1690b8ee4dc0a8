package linear

import (
	"fmt"
	"reflect"

	"github.com/anishathalye/porcupine"
)

// Pending stands for the output of an operation that never returned.
type Pending struct{}

// String is a question mark.
func (Pending) String() string { return "?" }

// is: output is want, or nobody has seen it.
func is(output, want any) bool {
	_, pending := output.(Pending)
	return pending || reflect.DeepEqual(output, want)
}

// model makes a model of its first state and its steps.
func model(first any, step func(state, input, output any) (bool, any), describe func(state any) string) porcupine.Model {
	return porcupine.Model{
		Init:  func() any { return first },
		Step:  step,
		Equal: func(a, b any) bool { return reflect.DeepEqual(a, b) },
		DescribeOperation: func(input, output any) string {
			if output == nil {
				return fmt.Sprint(input)
			}
			return fmt.Sprintf("%v → %v", input, output)
		},
		DescribeState: describe,
	}
}

// unknown is misuse: an input that the model has no answer for.
func unknown(model string, input any) string {
	return fmt.Sprintf("linear: %s has no operation %T %v", model, input, input)
}
