package shrink_test

import (
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/shrink"
	"github.com/squall-go/squall/harness/tape"
)

// switches is a tape of n switches, at the visits 1 to n of one task.
func switches(n int) *tape.Tape {
	t := &tape.Tape{Scenario: "S3", Version: 1, Seed: 42, Failure: "P-BLAST", Hash: 7, Total: 1000}
	for i := range n {
		t.Choices = append(t.Choices, tape.Choice{Kind: tape.Switch, Place: tape.Place{Site: "a/b", Hit: i + 1, Task: "x"}, To: "y"})
	}
	return t
}

func hits(t *tape.Tape) []int {
	list := []int{}
	for _, c := range t.Choices {
		list = append(list, c.Place.Hit)
	}
	return list
}

// needs fails for tapes that have choices at all these visits.
func needs(wanted ...int) func(*tape.Tape) bool {
	return func(t *tape.Tape) bool {
		have := hits(t)
		return !slices.ContainsFunc(wanted, func(hit int) bool { return !slices.Contains(have, hit) })
	}
}

func TestShrinkFindsTheChoicesThatMatter(t *testing.T) {
	for name, wanted := range map[string][]int{
		"none": {}, "one": {17}, "first": {1}, "last": {50}, "ends": {1, 50}, "neighbours": {24, 25, 26}, "many": {3, 9, 20, 31, 44, 50},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			least, _ := shrink.Shrink(switches(50), needs(wanted...), shrink.Options{})
			g.Expect(hits(least)).To(Equal(wanted))
		})
	}
}

func TestShrinkNeedsFewRunsForTwoOfTwoHundred(t *testing.T) {
	g := NewWithT(t)
	for _, pair := range [][]int{{1, 2}, {1, 200}, {100, 101}, {73, 140}, {199, 200}} {
		least, runs := shrink.Shrink(switches(200), needs(pair...), shrink.Options{})
		g.Expect(hits(least)).To(Equal(pair))
		g.Expect(runs).To(BeNumerically("<=", 45), "%v", pair)
	}
}

func TestShrinkNeedsThreeRunsIfNoChoiceMatters(t *testing.T) {
	g := NewWithT(t)
	least, runs := shrink.Shrink(switches(200), needs(), shrink.Options{})
	g.Expect(least.Choices).To(BeEmpty())
	g.Expect(runs).To(Equal(3)) // the tape, no choice, the confirmation
}

func TestShrinkTakesWholeKindsAwayFirst(t *testing.T) {
	g := NewWithT(t)
	strike := tape.Choice{Kind: tape.Strike, Place: tape.Place{Site: "a/b", Hit: 1, Task: "x"}, Fault: faults.Fault{Kind: faults.Drop}}
	origin := switches(60)
	for i := range 60 {
		origin.Choices = append(origin.Choices,
			tape.Choice{Kind: tape.Clock, Place: tape.Place{Hit: i}, Advance: 1},
			tape.Choice{Kind: tape.Select, Place: tape.Place{Site: "a/f/select-1", Hit: i + 1, Task: "x"}, Value: 1},
			tape.Choice{Kind: tape.Param, Name: "n", Place: tape.Place{Task: string(rune('a' + i))}, Value: 1})
	}
	origin.Choices = append(origin.Choices, strike)
	var left []int
	least, runs := shrink.Shrink(origin, func(t *tape.Tape) bool {
		left = append(left, len(t.Choices))
		return slices.Contains(t.Choices, strike)
	}, shrink.Options{})
	g.Expect(least.Choices).To(Equal([]tape.Choice{strike}))
	// whole; none; no switches; no clock moves; no cases; no parameters; confirmation
	g.Expect(left).To(Equal([]int{241, 0, 181, 121, 61, 1, 1}))
	g.Expect(runs).To(Equal(7))
}

func TestShrinkKeepsFaultsToTheLast(t *testing.T) {
	g := NewWithT(t)
	// Either the fault or the switch will do: the fault stays.
	origin := switches(1)
	strike := tape.Choice{Kind: tape.Strike, Place: tape.Place{Site: "a/b", Hit: 1, Task: "x"}, Fault: faults.Fault{Kind: faults.Drop}}
	origin.Choices = append([]tape.Choice{strike}, origin.Choices...)
	least, _ := shrink.Shrink(origin, func(t *tape.Tape) bool { return len(t.Choices) > 0 }, shrink.Options{})
	g.Expect(least.Choices).To(Equal([]tape.Choice{strike}))
}

func TestShrinkOfFailuresThatAreNotMonotone(t *testing.T) {
	for name, fails := range map[string]func(*tape.Tape) bool{
		"an even number":        func(t *tape.Tape) bool { return len(t.Choices) >= 2 && len(t.Choices)%2 == 0 },
		"an interval":           func(t *tape.Tape) bool { return len(t.Choices) >= 10 && len(t.Choices) <= 40 },
		"3 without 4":           func(t *tape.Tape) bool { return needs(3)(t) && !needs(4)(t) },
		"5 or else 1 and 2":     func(t *tape.Tape) bool { return needs(5)(t) || needs(1, 2)(t) },
		"7 needs 8 unless no 9": func(t *tape.Tape) bool { return needs(7)(t) && (!needs(9)(t) || needs(8)(t)) },
		"a run of neighbours":   func(t *tape.Tape) bool { return neighbours(hits(t), 3) },
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			origin := switches(40)
			if name == "3 without 4" {
				origin.Choices = slices.Delete(origin.Choices, 3, 4)
			}
			least, _ := shrink.Shrink(origin, fails, shrink.Options{})
			expectMinimal(g, least, fails)
		})
	}
}

// neighbours reports whether n visits follow one another.
func neighbours(hits []int, n int) bool {
	for i := range hits {
		if i+n <= len(hits) && hits[i+n-1]-hits[i] == n-1 {
			return true
		}
	}
	return false
}

// expectMinimal checks the promise: the tape fails, and no choice can be spared.
func expectMinimal(g *WithT, least *tape.Tape, fails func(*tape.Tape) bool) {
	g.Expect(least).NotTo(BeNil())
	g.Expect(fails(least)).To(BeTrue())
	for i := range least.Choices {
		fewer := *least
		fewer.Choices = slices.Delete(slices.Clone(least.Choices), i, i+1)
		g.Expect(fails(&fewer)).To(BeFalse(), "choice %d of %v can be spared", i, least)
	}
}

func TestShrinkLeavesItsArgumentAlone(t *testing.T) {
	g := NewWithT(t)
	origin := switches(20)
	least, _ := shrink.Shrink(origin, func(t *tape.Tape) bool {
		failed := needs(3)(t)
		clear(t.Choices) // the tape is fails' own
		return failed
	}, shrink.Options{})
	g.Expect(origin).To(Equal(switches(20)))
	g.Expect(least.Choices).To(HaveLen(1))
}

func TestShrinkKeepsTheHeaderAndWhatTheLastRunFound(t *testing.T) {
	g := NewWithT(t)
	least, _ := shrink.Shrink(switches(20), func(t *tape.Tape) bool {
		g.Expect(t.Hash).To(BeZero())
		g.Expect(t.Total).To(BeZero())
		t.Hash, t.Total = uint64(100+len(t.Choices)), 61
		return needs(3, 5)(t)
	}, shrink.Options{})
	want := switches(0)
	want.Choices = []tape.Choice{switches(20).Choices[2], switches(20).Choices[4]}
	want.Hash, want.Total = 102, 61
	g.Expect(least).To(Equal(want))
}

func TestShrinkOfATapeThatDoesNotFailIsNil(t *testing.T) {
	g := NewWithT(t)
	least, runs := shrink.Shrink(switches(20), func(*tape.Tape) bool { return false }, shrink.Options{})
	g.Expect(least).To(BeNil())
	g.Expect(runs).To(Equal(1))
}

func TestShrinkOfAFlakyFailureIsNil(t *testing.T) {
	g := NewWithT(t)
	asked := 0
	least, runs := shrink.Shrink(switches(20), func(*tape.Tape) bool {
		asked++
		return asked <= 2 // the empty tape "failed" once, and never again
	}, shrink.Options{})
	g.Expect(least).To(BeNil())
	g.Expect(runs).To(Equal(asked))
}

func TestShrinkStopsAtMaxRuns(t *testing.T) {
	for _, limit := range []int{-1, 1, 2, 3, 10, 50} {
		g := NewWithT(t)
		asked := 0
		fails := needs(3, 9, 20, 31, 44, 50)
		least, runs := shrink.Shrink(switches(50), func(t *tape.Tape) bool {
			asked++
			return fails(t)
		}, shrink.Options{MaxRuns: limit})
		g.Expect(runs).To(Equal(asked))
		g.Expect(runs).To(Equal(max(limit, 2)))
		g.Expect(fails(least)).To(BeTrue())
	}
}

func TestShrinkNeverAsksTwice(t *testing.T) {
	for name, row := range map[string]struct {
		origin *tape.Tape
		fails  func(*tape.Tape) bool
	}{
		"many choices":   {mixed(), mixedFails},
		"round duration": {only(tape.Choice{Kind: tape.Clock, Advance: 2}), func(t *tape.Tape) bool { return needs(0)(t) && t.Choices[0].Advance == 2 }},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var asked []string
			least, runs := shrink.Shrink(row.origin, func(t *tape.Tape) bool {
				asked = append(asked, t.String())
				return row.fails(t)
			}, shrink.Options{Allows: allowAll})
			g.Expect(asked).To(HaveLen(runs))
			last := asked[len(asked)-1]
			g.Expect(least.String()).To(Equal(last))
			asked = asked[:len(asked)-1] // the confirmation
			g.Expect(asked).To(ContainElement(last))
			slices.Sort(asked)
			g.Expect(slices.Compact(slices.Clone(asked))).To(Equal(asked))
		})
	}
}
