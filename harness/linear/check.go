package linear

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/squall-go/squall/harness/history"
)

// Verdict is what a check came to.
type Verdict uint8

// The verdicts.
const (
	Holds Verdict = iota
	// Broken: no order of the operations works.
	Broken
	// Undecided: the search was given up.
	Undecided
)

// Result is a verdict, and the reason for it.
type Result struct {
	Verdict Verdict
	// Op is, of a broken history, the operation that fits nowhere behind the
	// longest order that works. It is nil if the model panicked.
	Op *history.Op
	// Message is one line for a person; "" if the object holds.
	Message string
}

// maxSteps is how many steps of a model a search may take: some tens of
// milliseconds.
const maxSteps = 200_000

// Check judges the object by what had happened of it after the first n events
// of the run. The same history gives the same result.
func Check(o *history.Object, n int) Result { return check(o, n, maxSteps) }

func check(o *history.Object, n, limit int) Result {
	ops := called(o, n)
	c := &checker{object: o, n: n, limit: math.MaxInt}
	if c.works(ops) {
		return Result{}
	}
	returned := slices.Clone(ops)
	slices.SortStableFunc(returned, c.byReturn)
	if c.works(returned) {
		return Result{}
	}
	return c.search(ops, limit)
}

// called is the operations that were called in the first n events.
func called(o *history.Object, n int) []*history.Op {
	end, _ := slices.BinarySearchFunc(o.Ops, n, func(op *history.Op, n int) int { return cmp.Compare(op.Called, n) })
	return o.Ops[:end]
}

// byReturn puts those that never returned last.
func (c *checker) byReturn(a, b *history.Op) int { return cmp.Compare(c.end(a), c.end(b)) }

// end is when op returned; the pending ones do so behind everything, one after
// another.
func (c *checker) end(op *history.Op) int {
	if op.Pending(c.n) {
		return c.n + 1 + op.Called
	}
	return op.Returned
}

// checker is one check under way.
type checker struct {
	object *history.Object
	n      int // events that count
	steps  int
	limit  int    // of steps
	wrong  string // the model panicked
}

// works: the operations, in this order, are what the model allows. Those that
// are pending may be left out: they then never take effect.
func (c *checker) works(ops []*history.Op) bool {
	state := c.init()
	for _, op := range ops {
		if op.Pending(c.n) {
			continue
		}
		ok, next := c.step(state, op)
		if !ok {
			return false
		}
		state = next
	}
	return c.wrong == ""
}

func (c *checker) init() (state any) {
	defer c.recovered("Init", nil)
	return c.object.Model.Init()
}

// step is the model's, limit times at most. A pending operation goes
// through in any state: where it cannot take effect, it does not.
func (c *checker) step(state any, op *history.Op) (ok bool, next any) {
	if c.steps++; c.steps > c.limit || c.wrong != "" {
		return false, state
	}
	defer c.recovered("Step", op)
	pending := op.Pending(c.n)
	if ok, next = step(&c.object.Model, state, op.Input, output(op, pending)); !ok && pending {
		return true, state
	}
	return ok, next
}

// recovered keeps a panic of the model, which may come in a goroutine of
// porcupine's, from ending the process.
func (c *checker) recovered(what string, op *history.Op) {
	r := recover()
	if r == nil || c.wrong != "" {
		return
	}
	c.wrong = fmt.Sprintf("%s: the model's %s panicked: %v", c.object.Name, what, r)
	if op != nil {
		c.wrong = fmt.Sprintf("%s: the model's %s panicked at %T %+v → %v: %v", c.object.Name, what, op.Input, op.Input, output(op, op.Pending(c.n)), r)
	}
}

func output(op *history.Op, pending bool) any {
	if pending {
		return Pending{}
	}
	return op.Output
}
