package linear

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/anishathalye/porcupine"

	"github.com/squall-go/squall/harness/history"
)

// step is the model's, whichever of the two it has.
func step(m *porcupine.Model, state, input, output any) (bool, any) {
	if m.Step == nil {
		return m.StepContext(context.Background(), state, input, output)
	}
	return m.Step(state, input, output)
}

// search asks porcupine, of one partition after the other.
func (c *checker) search(ops []*history.Op, limit int) Result {
	undecided := 0
	for _, part := range c.partition(ops) {
		operations := c.operations(part)
		c.steps, c.limit = 0, limit
		// With a time limit porcupine would be as good as the machine is fast.
		legal := c.wrong == "" && porcupine.CheckOperations(c.model(), operations)
		switch {
		case c.wrong != "" || legal:
		case c.steps > limit:
			undecided = max(undecided, len(part))
		default:
			c.limit = math.MaxInt
			return c.explain(part, c.longest(operations))
		}
	}
	switch {
	case c.wrong != "":
		return Result{Verdict: Broken, Message: c.wrong}
	case undecided > 0:
		return Result{Verdict: Undecided, Message: fmt.Sprintf(
			"%s: whether an order of its %d operations works was not decided in %d steps; let fewer tasks use it at once, or give its model a Partition",
			c.object.Name, undecided, limit)}
	}
	return Result{}
}

// operations is what porcupine checks: it is given the operations themselves
// as inputs.
func (c *checker) operations(ops []*history.Op) []porcupine.Operation {
	var tasks []*history.Task
	list := make([]porcupine.Operation, len(ops))
	for i, op := range ops {
		client := slices.Index(tasks, op.Task)
		if client < 0 {
			client = len(tasks)
			tasks = append(tasks, op.Task)
		}
		list[i] = porcupine.Operation{ClientId: client, Input: op, Call: int64(op.Called), Return: int64(c.end(op))}
	}
	return list
}

// model is the object's for such operations.
func (c *checker) model() porcupine.Model {
	m := porcupine.Model{
		Init: c.init,
		Step: func(state, input, _ any) (bool, any) { return c.step(state, input.(*history.Op)) },
		Equal: func(a, b any) (equal bool) {
			defer c.recovered("Equal", nil)
			if c.object.Model.Equal == nil {
				return a == b
			}
			return c.object.Model.Equal(a, b)
		},
	}
	if hash := c.object.Model.Hash; hash != nil {
		m.Hash = func(state any) (sum uint64) {
			defer c.recovered("Hash", nil)
			return hash(state)
		}
	}
	return m
}

// partition is the model's. It sees operations as porcupine's users write them.
func (c *checker) partition(ops []*history.Op) (parts [][]*history.Op) {
	split := c.object.Model.Partition
	if split == nil {
		return [][]*history.Op{ops}
	}
	defer c.recovered("Partition", nil)
	raw := make([]porcupine.Operation, len(ops))
	for i, op := range ops {
		raw[i] = porcupine.Operation{Input: op.Input, Output: output(op, op.Pending(c.n)), Call: int64(op.Called), Return: int64(c.end(op)), Metadata: op}
	}
	given := 0
	for _, part := range split(raw) {
		given += len(part)
		list := make([]*history.Op, len(part))
		for i := range part {
			list[i] = part[i].Metadata.(*history.Op)
		}
		slices.SortStableFunc(list, func(a, b *history.Op) int { return a.Called - b.Called })
		parts = append(parts, list)
	}
	if given != len(ops) && c.wrong == "" {
		c.wrong = fmt.Sprintf("%s: the model's Partition makes %d operations of %d", c.object.Name, given, len(ops))
	}
	return parts
}

// longest is the first of the orders, nil if there is none.
func (c *checker) longest(operations []porcupine.Operation) []int {
	if orders := c.orders(operations); len(orders) > 0 {
		return orders[0]
	}
	return nil
}

// orders are those that work as far as they go: for each operation the longest that
// has it. The longest comes first, of several that which porcupine would give first
// if it kept them in order.
func (c *checker) orders(operations []porcupine.Operation) [][]int {
	_, info := porcupine.CheckOperationsVerbose(c.model(), operations, 0)
	orders := info.PartialLinearizations()[0]
	slices.SortFunc(orders, func(a, b []int) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return slices.Compare(a, b)
	})
	return orders
}
