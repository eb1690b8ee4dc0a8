package shrink_test

import (
	"errors"
	"math"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/shrink"
	"github.com/squall-go/squall/harness/tape"
)

func allowAll(string) faults.Kind { return faults.All }

func only(choices ...tape.Choice) *tape.Tape { return &tape.Tape{Scenario: "S3", Choices: choices} }

func strike(hit int, f faults.Fault) tape.Choice {
	return tape.Choice{Kind: tape.Strike, Place: tape.Place{Site: "a/b", Hit: hit, Task: "x"}, Fault: f}
}

// least shrinks a tape that fails if it has one choice, for which holds is true.
func least(g *WithT, c tape.Choice, allows func(string) faults.Kind, holds func(tape.Choice) bool) tape.Choice {
	small, _ := shrink.Shrink(only(c), func(t *tape.Tape) bool {
		return len(t.Choices) == 1 && holds(t.Choices[0])
	}, shrink.Options{Allows: allows})
	g.Expect(small).NotTo(BeNil())
	g.Expect(small.Choices).To(HaveLen(1))
	return small.Choices[0]
}

func TestParameterBecomesTheSmallestThatFails(t *testing.T) {
	g := NewWithT(t)
	for _, bound := range []int{1, 2, 3, 7, 99, 100, math.MaxInt} {
		c := tape.Choice{Kind: tape.Param, Name: "n", Value: max(bound, 100)}
		runs := 0
		got := least(g, c, nil, func(c tape.Choice) bool { runs++; return c.Value >= bound })
		g.Expect(got.Value).To(Equal(bound))
		g.Expect(runs).To(BeNumerically("<=", 140)) // twice 64 halvings at most
	}
}

func TestParameterThatIsNotMonotoneBecomesSmaller(t *testing.T) {
	g := NewWithT(t)
	c := tape.Choice{Kind: tape.Param, Name: "n", Value: 63}
	got := least(g, c, nil, func(c tape.Choice) bool { return c.Value%2 == 1 })
	g.Expect(got.Value).To(Equal(1))
}

func TestDurationBecomesShorterAndRounder(t *testing.T) {
	const ms = time.Millisecond
	for name, row := range map[string]struct{ from, atLeast, want time.Duration }{
		"any":            {1537283, 0, 1},
		"unit":           {1537283, 1000, 1000},
		"tenfold unit":   {1537283, 1001, 10_000},
		"one digit":      {7 * ms, 2500 * time.Microsecond, 3 * ms},
		"first digit":    {1537283, ms, ms},
		"two digits":     {1537283, 1_500_000, 1_500_000},
		"no round one":   {1537283, 1_537_283, 1_537_283},
		"one nanosecond": {1, 1, 1},
		"two":            {2, 2, 2},
		"the longest":    {math.MaxInt64, time.Hour, 1_000_000 * ms * 10},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			clock := tape.Choice{Kind: tape.Clock, Place: tape.Place{Hit: 1}, Advance: row.from}
			got := least(g, clock, nil, func(c tape.Choice) bool { return c.Advance >= row.atLeast })
			g.Expect(got.Advance).To(Equal(row.want))
			for _, kind := range []faults.Kind{faults.Delay, faults.Late} {
				c := strike(1, faults.Fault{Kind: kind, Delay: row.from})
				got := least(g, c, nil, func(c tape.Choice) bool { return c.Fault.Is(kind) && c.Fault.Delay >= row.atLeast })
				g.Expect(got.Fault).To(Equal(faults.Fault{Kind: kind, Delay: row.want}))
			}
		})
	}
}

func TestCaseBecomesOneThatStandsHigher(t *testing.T) {
	g := NewWithT(t)
	c := tape.Choice{Kind: tape.Select, Place: tape.Place{Site: "a/f/select-1", Hit: 1, Task: "x"}, Value: 4}
	g.Expect(least(g, c, nil, func(c tape.Choice) bool { return c.Value >= 2 }).Value).To(Equal(2))
	g.Expect(least(g, c, nil, func(c tape.Choice) bool { return c.Value == 4 }).Value).To(Equal(4))
}

func TestFaultBecomesOfASimplerKindIfAllowed(t *testing.T) {
	for from, want := range map[faults.Kind]faults.Kind{
		faults.Panic: faults.Error, faults.Goexit: faults.Error, faults.Hang: faults.Error, faults.Wedge: faults.Error,
		faults.CancelParent: faults.CancelTask, faults.CancelRoot: faults.CancelTask, faults.Deadline: faults.CancelTask,
		faults.Error: faults.Error, faults.Drop: faults.Drop, faults.CancelTask: faults.CancelTask,
	} {
		t.Run(from.String(), func(t *testing.T) {
			g := NewWithT(t)
			any := func(tape.Choice) bool { return true }
			c := strike(1, faults.Fault{Kind: from})
			g.Expect(least(g, c, allowAll, any).Fault.Kind).To(Equal(want))
			g.Expect(least(g, c, nil, any).Fault.Kind).To(Equal(from))
			g.Expect(least(g, c, func(site string) faults.Kind {
				g.Expect(site).To(Equal("a/b"))
				return from
			}, any).Fault.Kind).To(Equal(from))
		})
	}
}

func TestFaultStopsAtTheSimplestKindThatFails(t *testing.T) {
	g := NewWithT(t)
	c := strike(1, faults.Fault{Kind: faults.Wedge})
	got := least(g, c, allowAll, func(c tape.Choice) bool { return !c.Fault.Is(faults.Error) })
	g.Expect(got.Fault).To(Equal(faults.Fault{Kind: faults.Hang}))
	c = strike(1, faults.Fault{Kind: faults.Goexit})
	got = least(g, c, func(string) faults.Kind { return faults.Goexit | faults.Panic }, func(tape.Choice) bool { return true })
	g.Expect(got.Fault).To(Equal(faults.Fault{Kind: faults.Panic, Text: "boom"}))
}

func TestMessageBecomesBoom(t *testing.T) {
	g := NewWithT(t)
	c := strike(1, faults.Fault{Kind: faults.Error, Text: "a long story"})
	g.Expect(least(g, c, nil, func(tape.Choice) bool { return true }).Fault.Text).To(Equal("boom"))
	kept := least(g, c, nil, func(c tape.Choice) bool { return c.Fault.Text != "boom" })
	g.Expect(kept).To(Equal(c))
}

func TestHitBecomesTheFirst(t *testing.T) {
	g := NewWithT(t)
	c := strike(5, faults.Fault{Kind: faults.Drop})
	g.Expect(least(g, c, nil, func(tape.Choice) bool { return true }).Place.Hit).To(Equal(1))
	g.Expect(least(g, c, nil, func(c tape.Choice) bool { return c.Place.Hit == 5 }).Place.Hit).To(Equal(5))
}

func TestHitIsNotMovedOntoAnotherFault(t *testing.T) {
	g := NewWithT(t)
	drop := faults.Fault{Kind: faults.Drop}
	origin := only(strike(1, drop), strike(5, drop))
	small, _ := shrink.Shrink(origin, func(t *tape.Tape) bool { return len(t.Choices) == 2 }, shrink.Options{})
	g.Expect(small.Choices).To(Equal(origin.Choices))
}

func TestSimplerValueMakesChoicesNeedless(t *testing.T) {
	g := NewWithT(t)
	// With 5 children the switch is needed, with fewer it is not.
	children := tape.Choice{Kind: tape.Param, Name: "children", Value: 5}
	turn := tape.Choice{Kind: tape.Switch, Place: tape.Place{Hit: 1}, To: "x"}
	small, _ := shrink.Shrink(only(children, turn), func(t *tape.Tape) bool {
		switch value := t.Choices; len(value) {
		case 2:
			return true
		case 1:
			return value[0].Kind == tape.Param && value[0].Value < 5
		}
		return false
	}, shrink.Options{})
	children.Value = 1
	g.Expect(small.Choices).To(Equal([]tape.Choice{children}))
}

// uncomparable is an error that cannot be the key of a map.
type uncomparable []error

func (uncomparable) Error() string { return "uncomparable" }

func TestErrorOfTheEngineIsLeftOut(t *testing.T) {
	g := NewWithT(t)
	drop := strike(1, faults.Fault{Kind: faults.Drop})
	live := drop
	live.Fault.Err = uncomparable{errors.New("x")}
	origin := only(live, tape.Choice{Kind: tape.Switch, To: "y"})
	small, _ := shrink.Shrink(origin, func(t *tape.Tape) bool {
		return len(t.Choices) > 0 && t.Choices[0].Kind == tape.Strike
	}, shrink.Options{})
	g.Expect(small.Choices).To(Equal([]tape.Choice{drop}))
	g.Expect(origin.Choices[0].Fault.Err).To(HaveOccurred())
}
