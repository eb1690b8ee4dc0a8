package publish

import "github.com/squall-go/squall/harness/linear"

// How much of porcupine's picture is shown at most.
const (
	maxOps    = 2000
	maxPlaced = 50_000 // operations in all orders
	maxTime   = 1 << 40
)

// tidyLinear is a copy of p that porcupine's page can draw whatever the file said; nil
// if there is nothing to draw, or if anything refers to what is not there: a part of
// such a picture would tell another story.
func tidyLinear(p *linear.Picture) *linear.Picture {
	if p == nil || len(p.Ops) == 0 || len(p.Ops) > maxOps {
		return nil
	}
	t := &linear.Picture{Ops: []linear.PictureOp{}, Orders: [][]linear.PictureStep{}}
	for _, op := range p.Ops {
		if op.Row < 0 || op.Row >= maxTasks || op.From < 0 || op.To < op.From || op.To > maxTime {
			return nil
		}
		op.Text = line(op.Text, 300)
		t.Ops = append(t.Ops, op)
	}
	placed := 0
	for _, order := range p.Orders {
		if placed += len(order); placed > maxPlaced || !possible(p.Ops, order) {
			return nil
		}
		var steps []linear.PictureStep
		for _, s := range order {
			steps = append(steps, linear.PictureStep{Op: s.Op, State: line(s.State, 300)})
		}
		t.Orders = append(t.Orders, steps)
	}
	return t
}

// possible: the order is of operations that are there, each once, and none takes
// effect behind one that was called when it had returned.
func possible(ops []linear.PictureOp, order []linear.PictureStep) bool {
	seen := map[int]bool{}
	now := 0
	for _, s := range order {
		if s.Op < 0 || s.Op >= len(ops) || seen[s.Op] || ops[s.Op].To < now {
			return false
		}
		seen[s.Op] = true
		now = max(now, ops[s.Op].From)
	}
	return len(order) > 0
}
