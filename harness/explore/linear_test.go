package explore_test

import (
	"context"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/linear"
)

// sharing is a subject of tasks that write to a register at once, and then of
// one that reads; read makes what it reads of the value.
func sharing(tasks int, read func(value int) int) explore.Subject {
	return explore.Subject{ID: "C2", Title: "register", Version: 1, Properties: []judge.Property{judge.Linear},
		Body: func(ctx context.Context, e *engine.Engine) {
			o, value := e.Object("x", linear.Register(0)), 0
			var all, called sync.WaitGroup
			called.Add(tasks)
			for i := range tasks {
				child := faults.WithTask(ctx, "writer")
				all.Go(func() {
					workPoint.At(child)
					op := e.Call(child, o, linear.Write{Value: i + 1})
					called.Done()
					called.Wait()
					workPoint.At(child)
					value = i + 1
					workPoint.At(child)
					e.Return(op, nil)
				})
			}
			all.Wait()
			workPoint.At(ctx)
			op := e.Call(ctx, o, linear.Read{})
			e.Return(op, read(value))
		}}
}

func TestRegisterIsLinearizable(t *testing.T) {
	g := NewWithT(t)
	r := explore.Explore(sharing(3, func(v int) int { return v }), explore.Settings{Seed: 1, Runs: 200})
	g.Expect(r.Verdict).To(Equal(explore.Held))
}

func TestStaleReadIsBroken(t *testing.T) {
	g := NewWithT(t)
	r := explore.Explore(sharing(3, func(int) int { return 0 }), explore.Settings{Seed: 1, Runs: 200})
	g.Expect(r.Verdict).To(Equal(explore.Broken))
	g.Expect(r.Counterexample.Findings[0].Message).To(HavePrefix("x: read() → 0 of main fits in no order: "))
}

// TestUndecidedIsNotHeld: nobody writes -1, and to find out that no order of
// thirty writes explains it takes too long.
func TestUndecidedIsNotHeld(t *testing.T) {
	g := NewWithT(t)
	s := sharing(30, func(int) int { return -1 })
	r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 30})
	g.Expect(r.Verdict).To(Equal(explore.Inconclusive))
	g.Expect(r.Undecided.Message).To(HavePrefix("x: whether an order of its 31 operations works was not decided"))
	g.Expect(r.Counterexample).To(BeNil())
	g.Expect(r.Last.Objects).To(HaveLen(1))
}
