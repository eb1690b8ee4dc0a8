package engine_test

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/choose"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/linear"
)

func TestOperationsAreOrderedByTheEvents(t *testing.T) {
	g := NewWithT(t)
	var after *history.Op
	e := engine.Run(engine.Config{Chooser: choose.Replay(nil)}, func(ctx context.Context, e *engine.Engine) {
		x, y := e.Object("x", linear.Counter()), e.Object("x", linear.Counter())
		child := faults.WithTask(ctx, "child")
		first := e.Call(ctx, x, linear.Add{N: 1})
		second := e.Call(child, x, linear.Get{})
		e.Return(second, 1)
		e.Return(first, 1)
		e.Call(ctx, y, linear.Get{})
		after = first
	})
	run := e.History()
	g.Expect(run.Objects).To(HaveLen(2))
	x, y := run.Objects[0], run.Objects[1]
	g.Expect([]string{x.Name, y.Name}).To(Equal([]string{"x", "x#2"}))
	g.Expect(x.Ops).To(HaveLen(2))
	g.Expect(x.Ops[0]).To(HaveValue(Equal(history.Op{Object: x, Task: run.Tasks[0], Input: linear.Add{N: 1}, Output: 1, Called: 0, Returned: 3})))
	g.Expect(x.Ops[1]).To(HaveValue(Equal(history.Op{Object: x, Task: run.Tasks[1], Input: linear.Get{}, Output: 1, Called: 1, Returned: 2})))
	g.Expect(y.Ops[0].Pending(len(run.Events))).To(BeTrue())
	for i, ev := range run.Events {
		g.Expect(ev.Kind).To(Equal([]history.Kind{history.Called, history.Called, history.Returned, history.Returned, history.Called}[i]))
	}
	g.Expect(func() { e.Return(after, 2) }).To(PanicWith("engine: add(1) on x returns 2, and has returned 1 already"))
}
