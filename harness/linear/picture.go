package linear

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"

	"github.com/anishathalye/porcupine"

	"github.com/squall-go/squall/harness/history"
)

// Picture is porcupine's view of the history of the first object of the run that
// is not linearizable, as an HTML page without references to anything outside
// of it; nil if there is none. Times are the order of the run's events.
func Picture(run *history.Run) ([]byte, error) {
	culprit := Culprit(run)
	if culprit == nil {
		return nil, nil
	}
	return draw(culprit.Object, len(run.Events), culprit)
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

func draw(o *history.Object, n int, culprit *history.Op) ([]byte, error) {
	c := &checker{object: o, n: n, limit: math.MaxInt}
	ops := called(o, n)
	for _, part := range c.partition(ops) {
		if slices.Contains(part, culprit) {
			ops = part
		}
	}
	m := c.model()
	_, info := porcupine.CheckOperationsVerbose(m, c.operations(ops), 0)
	// Boxes are written as text, and tooltips as HTML.
	m.DescribeOperation = func(input, _ any) string { return c.did(input.(*history.Op)) }
	m.DescribeState = func(state any) string { return html.EscapeString(c.state(state)) }
	var page bytes.Buffer
	if err := porcupine.Visualize(m, info, &page); err != nil {
		return nil, fmt.Errorf("linear: picture of %s: %w", o.Name, err)
	}
	return page.Bytes(), nil
}
