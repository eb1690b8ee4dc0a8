package choose_test

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/choose"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/tape"
)

var pollSelect = faults.SelectPoint{Function: "poll", Ordinal: 1}

func init() { faults.RegisterSelect("m", "m/choose", &pollSelect) }

// polls executes a select of three ready cases five times, and returns what it took.
func polls(c engine.Chooser) (taken []int, e *engine.Engine) {
	e = engine.Run(engine.Config{Chooser: c, Allow: allow()}, func(ctx context.Context, e *engine.Engine) {
		for range 5 {
			var cases []faults.SelectCase
			for range 3 {
				cases = append(cases, faults.Sending(make(chan int, 1)).This(1))
			}
			taken = append(taken, faults.Select(&pollSelect, false, cases...))
		}
	})
	return taken, e
}

func TestASeedDrawsEveryCaseAndSometimesTheDefaultThroughout(t *testing.T) {
	g := NewWithT(t)
	counts, calm := [3]int{}, 0
	for run := range 400 {
		d := func() engine.Chooser { return choose.Draw(1, run, choose.Calm{}, choose.Settings{}) }
		taken, e := polls(d())
		again, _ := polls(d())
		g.Expect(again).To(Equal(taken))
		for _, i := range taken {
			counts[i]++
		}
		if choices, _ := e.Choices(); len(choices) == 0 {
			calm++
		}
	}
	g.Expect(counts[0]).To(BeNumerically("~", 1000, 100), "a quarter, and a third of the rest")
	g.Expect(counts[1]).To(BeNumerically("~", 500, 80))
	g.Expect(counts[2]).To(BeNumerically("~", 500, 80))
	g.Expect(calm).To(BeNumerically("~", 100, 25))
}

func TestATapeDecidesSelects(t *testing.T) {
	g := NewWithT(t)
	at := func(hit, index int) tape.Choice {
		return tape.Choice{Kind: tape.Select, Place: tape.Place{Site: "choose/poll/select-1", Hit: hit, Task: "main"}, Value: index}
	}
	storm := []tape.Choice{at(2, 2), at(4, 1)}
	chooser := choose.Replay(append([]tape.Choice{at(3, 7), at(6, 1)}, storm...))
	var told []tape.Choice
	taken, e := polls(choose.Recorded(chooser, func(c tape.Choice) { told = append(told, c) }))
	g.Expect(taken).To(Equal([]int{0, 2, 0, 1, 0}))
	choices, _ := e.Choices()
	g.Expect(choices).To(Equal(storm))
	g.Expect(told).To(Equal(storm))
	g.Expect(chooser.Unused()).To(Equal([]tape.Choice{at(3, 7), at(6, 1)}), "no such case, no such visit")

	taken, _ = polls(choose.Replay(nil))
	g.Expect(taken).To(Equal([]int{0, 0, 0, 0, 0}), "an old tape")
}
