package linear

import (
	"fmt"
	"strings"

	"github.com/squall-go/squall/harness/history"
)

// listed is how many operations of an order a message tells: the last ones.
const listed = 5

// explain says of an order that works which operation fits nowhere behind it:
// of those that are left the one that returned first, since every other may
// wait.
func (c *checker) explain(ops []*history.Op, order []int) Result {
	placed := make([]bool, len(ops))
	for _, i := range order {
		placed[i] = true
	}
	var op *history.Op
	for i, o := range ops {
		if !placed[i] && (op == nil || c.end(o) < c.end(op)) {
			op = o
		}
	}
	message := fmt.Sprintf("%s: %s fits in no order%s", c.object.Name, c.did(op), c.although(ops, order, op))
	return Result{Verdict: Broken, Op: op, Message: message + "; " + c.told(ops, order)}
}

// although names what had returned already when op was called.
func (c *checker) although(ops []*history.Op, order []int, op *history.Op) string {
	for i := len(order) - 1; i >= 0; i-- {
		if before := ops[order[i]]; !before.Pending(c.n) && before.Returned < op.Called {
			return ": " + c.did(before) + " had returned when it was called"
		}
	}
	return ""
}

// told is the order, and the state that it leads to.
func (c *checker) told(ops []*history.Op, order []int) string {
	state := c.init()
	var b strings.Builder
	for k, i := range order {
		_, state = c.step(state, ops[i])
		if left := len(order) - k; left > listed {
			continue
		} else if k > 0 && left < listed {
			b.WriteString(", ")
		}
		b.WriteString(c.did(ops[i]))
	}
	if len(order) == 0 {
		return "at the beginning it is " + c.state(state)
	}
	earlier := ""
	if n := len(order) - listed; n > 0 {
		earlier = fmt.Sprintf("%d others, ", n)
	}
	return "the longest that works is " + earlier + b.String() + ", and then it is " + c.state(state)
}

// did is the operation with its task: "add(1) → 2 of count/a".
func (c *checker) did(op *history.Op) string {
	return Describe(op, !op.Pending(c.n)) + " of " + op.Task.Path
}

func (c *checker) state(state any) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("a %T", state)
		}
	}()
	if describe := c.object.Model.DescribeState; describe != nil {
		return describe(state)
	}
	return fmt.Sprint(state)
}

// Describe is the operation as its model tells it, with the output if the
// reader may know it.
func Describe(op *history.Op, returned bool) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("a %T", op.Input)
		}
	}()
	if describe := op.Object.Model.DescribeOperation; describe != nil {
		return describe(op.Input, output(op, !returned))
	}
	return fmt.Sprintf("%v → %v", op.Input, output(op, !returned))
}
