package linear

import (
	"math"
	"slices"

	"github.com/squall-go/squall/harness/history"
)

// Picture is porcupine's view of a history that is not linearizable, as data that
// can be stored and drawn elsewhere: see [Picture.Page]. It holds text as it came;
// whoever draws it escapes it.
type Picture struct {
	Ops []PictureOp `json:"ops"`
	// Orders are such as work as far as they go, the longest first. None is empty.
	Orders [][]PictureStep `json:"orders"`
}

// PictureOp is an operation, from its call until it returned. Times are the order
// of the run's events; an operation that never returned ends behind them all.
type PictureOp struct {
	Row  int    `json:"row"` // one for each task
	From int    `json:"from"`
	To   int    `json:"to"`
	Text string `json:"text"`
}

// PictureStep is an operation that takes effect.
type PictureStep struct {
	Op    int    `json:"op"`    // index
	State string `json:"state"` // of the object, afterwards
}

// PictureOf is the view of the history of the first object of the run that is not
// linearizable; nil if there is none.
func PictureOf(run *history.Run) *Picture {
	culprit := Culprit(run)
	if culprit == nil {
		return nil
	}
	c := &checker{object: culprit.Object, n: len(run.Events), limit: math.MaxInt}
	return c.picture(c.sharing(culprit))
}

// Culprit is the operation that fits nowhere, of the first object of the run that
// is not linearizable; nil if there is none.
func Culprit(run *history.Run) *history.Op {
	for _, o := range run.Objects {
		if r := Check(o, len(run.Events)); r.Verdict == Broken && r.Op != nil {
			return r.Op
		}
	}
	return nil
}

// sharing is the partition that op is in.
func (c *checker) sharing(op *history.Op) []*history.Op {
	ops := called(c.object, c.n)
	for _, part := range c.partition(ops) {
		if slices.Contains(part, op) {
			return part
		}
	}
	return ops
}

func (c *checker) picture(ops []*history.Op) *Picture {
	operations := c.operations(ops)
	p := &Picture{Ops: []PictureOp{}, Orders: [][]PictureStep{}}
	for i, o := range operations {
		p.Ops = append(p.Ops, PictureOp{Row: o.ClientId, From: int(o.Call), To: int(o.Return), Text: c.did(ops[i])})
	}
	for _, order := range c.orders(operations) {
		if len(order) > 0 {
			p.Orders = append(p.Orders, c.effects(ops, order))
		}
	}
	return p
}

// effects are the states that the operations lead to, one after another.
func (c *checker) effects(ops []*history.Op, order []int) (steps []PictureStep) {
	state := c.init()
	for _, i := range order {
		_, state = c.step(state, ops[i])
		steps = append(steps, PictureStep{i, c.state(state)})
	}
	return steps
}
