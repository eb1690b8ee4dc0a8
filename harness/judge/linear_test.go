package judge

import (
	"fmt"
	"testing"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/linear"
)

// used tells the story of a register: in each line "a calls write 1" or "a returns 1".
func used(run *history.Run, lines ...string) {
	o := &history.Object{Name: "x", Model: linear.Register(0)}
	run.Objects = append(run.Objects, o)
	tasks := map[string]*history.Task{}
	for _, t := range run.Tasks {
		tasks[t.Path] = t
	}
	for _, line := range lines {
		var who, what, op string
		value := 0
		_, _ = fmt.Sscan(line, &who, &what, &op, &value)
		if tasks[who] == nil {
			tasks[who] = &history.Task{ID: len(tasks), Path: who}
			run.Tasks = append(run.Tasks, tasks[who])
		}
		e := history.Event{Task: tasks[who], Kind: history.Called, Name: "x"}
		switch {
		case what == "returns":
			for _, op := range o.Ops {
				if op.Task == e.Task && op.Returned < 0 {
					e.Kind, e.Op, op.Returned = history.Returned, op, len(run.Events)
				}
			}
			_, _ = fmt.Sscan(op, &value)
			e.Op.Output = value
		default:
			e.Op = &history.Op{Object: o, Task: e.Task, Called: len(run.Events), Returned: -1, Input: linear.Read{}}
			if op == "write" {
				e.Op.Input = linear.Write{Value: value}
			}
			o.Ops = append(o.Ops, e.Op)
		}
		run.Events = append(run.Events, e)
	}
}

func TestLinear(t *testing.T) {
	g := gomega.NewWithT(t)
	fine, stale := []string{"a calls write 1", "a returns 0", "b calls read", "b returns 1"}, []string{"a calls write 1", "a returns 0", "b calls read", "b returns 0"}

	run := &history.Run{}
	used(run, fine...)
	g.Expect(Linear.Check(run, Terms{})).To(gomega.BeEmpty())
	used(run, stale...)
	used(run, stale...)
	found := []Finding{{Property: "P-LINEAR", Subject: "b", Object: "x",
		Message: "x: read() → 0 of b fits in no order: write(1) → 0 of a had returned when it was called; the longest that works is write(1) → 0 of a, and then it is 1"}}
	g.Expect(Linear.Check(run, Terms{})).To(gomega.Equal(found), "of the first object that is broken")
	g.Expect(Judge(run, Terms{}, []Property{Starve, Linear})).To(gomega.Equal(found))

	cut := *run
	cut.Events = run.Events[:len(fine)+3]
	g.Expect(Linear.Check(&cut, Terms{})).To(gomega.BeEmpty(), "what had happened by then")

	for _, outcome := range []history.Outcome{history.Stalled, history.Endless, history.Crashed} {
		run.Outcome = outcome
		g.Expect(Linear.Check(run, Terms{})).To(gomega.Equal(found), "whatever became of the run")
	}
}

// crowd is a history that no search comes to an end with.
func crowd(run *history.Run) {
	var lines []string
	for i := range 30 {
		lines = append(lines, fmt.Sprintf("t%d calls write %d", i, i))
	}
	for i := range 30 {
		lines = append(lines, fmt.Sprintf("t%d returns 0", i))
	}
	used(run, append(lines, "r calls read", "r returns -1")...)
}

func TestWhatIsUndecidedIsNoVerdict(t *testing.T) {
	g := gomega.NewWithT(t)
	run := &history.Run{}
	crowd(run)
	found := Judge(run, Terms{}, []Property{Linear, Heal})
	g.Expect(found).To(gomega.HaveLen(1))
	g.Expect(found[0].Undecided).To(gomega.BeTrue())
	g.Expect(found[0].Message).To(gomega.HavePrefix("x: whether an order of its 31 operations works was not decided in 200000 steps"))

	broken := Property{ID: "P-OWN", Check: func(*history.Run, Terms) []Finding { return []Finding{{Property: "P-OWN"}} }}
	g.Expect(Judge(run, Terms{}, []Property{Linear, broken})).To(gomega.Equal([]Finding{{Property: "P-OWN"}}), "what is known to be broken counts")

	used(run, "a calls read", "a returns 7")
	found = Linear.Check(run, Terms{})
	g.Expect(found).To(gomega.HaveLen(1))
	g.Expect(found[0].Undecided).To(gomega.BeFalse(), "also in the same property")
	g.Expect(found[0].Subject).To(gomega.Equal("a"))
}
