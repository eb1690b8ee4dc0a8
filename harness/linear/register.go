package linear

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// Read is an operation of [Register]; its output is the value.
type Read struct{}

func (Read) String() string { return "read()" }

// Write is an operation of [Register]; its output is not looked at.
type Write struct{ Value any }

func (w Write) String() string { return fmt.Sprintf("write(%v)", w.Value) }

// Register holds one value, at first the given one.
func Register(first any) porcupine.Model {
	return model(first, func(state, input, output any) (bool, any) {
		switch op := input.(type) {
		case Read:
			return is(output, state), state
		case Write:
			return true, op.Value
		}
		panic(unknown("Register", input))
	}, func(state any) string { return fmt.Sprint(state) })
}
