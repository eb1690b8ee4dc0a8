package scenarios

import (
	"context"
	"fmt"

	"github.com/anishathalye/porcupine"

	"github.com/squall-go/squall/fakes/cardreader"
)

// oneByOne has P-LINEAR look at the calls of the till: seen from outside, the
// reader takes them one by one, each from its command to its answer.
func (t *till) oneByOne() { t.object = t.r.Object("reader", readings()) }

// asks notes that the call begins, and returns what notes its end.
func (t *till) asks(ctx context.Context, c *tillCall) (returned func(result any)) {
	if t.object == nil {
		return func(any) {}
	}
	op := t.object.Call(ctx, "device info")
	return func(result any) {
		success, answered := result.(cardreader.DeviceInfoSuccess)
		switch {
		case answered:
			op.Return(reading(success.Info.Reading))
		case len(c.asked) > 0:
			op.Return(noReading{})
		default:
			op.Return(neverAsked{})
		}
	}
}

// noReading and neverAsked are what came of calls without an answer: with their
// command given, and without.
type (
	noReading  struct{}
	neverAsked struct{}
)

func (noReading) String() string  { return "no answer" }
func (neverAsked) String() string { return "nothing asked" }

// readings is a device that numbers what it is asked for. A state is how many
// readings were asked for.
func readings() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return 0 },
		Step: func(state, _, output any) (bool, any) {
			next := state.(int) + 1
			switch output := output.(type) {
			case neverAsked:
				return true, state
			case reading:
				return int(output) == next, next
			}
			return true, next
		},
		Equal:             func(a, b any) bool { return a == b },
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%v → %v", input, output) },
		DescribeState:     func(state any) string { return fmt.Sprintf("%d readings", state) },
	}
}
