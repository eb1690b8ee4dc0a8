package shrink_test

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/shrink"
	"github.com/squall-go/squall/harness/tape"
)

// random is a tape with up to 30 choices of all kinds.
func random(r *rand.Rand) *tape.Tape {
	t := &tape.Tape{Scenario: "S3"}
	for i := range r.IntN(31) {
		place := tape.Place{Site: "a/b", Hit: i + 1, Task: "x"}
		c := tape.Choice{Kind: tape.Kind(r.IntN(5)), Place: place}
		switch c.Kind {
		case tape.Param:
			c.Place = tape.Place{Task: fmt.Sprint("t", i)}
			c.Name, c.Value = "n", 1+r.IntN(100)
		case tape.Strike:
			c.Fault = faults.Fault{Kind: faults.All.Nth(r.IntN(faults.All.Len()))}
			if c.Fault.Is(faults.Delay | faults.Late) {
				c.Fault.Delay = 1 + time.Duration(r.Int64N(int64(time.Second)))
			}
		case tape.Switch:
			c.To = "y"
		case tape.Clock:
			c.Advance = 1 + time.Duration(r.Int64N(int64(time.Second)))
		case tape.Select:
			c.Value = 1 + r.IntN(5)
		}
		t.Choices = append(t.Choices, c)
	}
	return t
}

// chaotic is a failure without any structure: a fixed random answer for each
// tape, "no" in most cases, but "yes" for the tape to begin with.
func chaotic(origin *tape.Tape, salt uint64, oneIn uint64) func(*tape.Tape) bool {
	first := fmt.Sprint(origin.Choices)
	return func(t *tape.Tape) bool {
		h := fnv.New64a()
		fmt.Fprint(h, salt, t.Choices)
		return h.Sum64()%oneIn == 0 || fmt.Sprint(t.Choices) == first
	}
}

// monotone needs a random half of the kinds of choices that the tape has,
// whatever their values.
func monotone(origin *tape.Tape, r *rand.Rand) func(*tape.Tape) bool {
	var wanted []tape.Choice
	for _, c := range origin.Choices {
		if r.IntN(4) == 0 {
			wanted = append(wanted, c)
		}
	}
	match := func(a, b tape.Choice) bool {
		return a.Kind == b.Kind && a.Place.Task == b.Place.Task && (a.Place.Hit == b.Place.Hit || a.Kind == tape.Strike)
	}
	return func(t *tape.Tape) bool {
		rest := slices.Clone(t.Choices)
		for _, w := range wanted {
			i := slices.IndexFunc(rest, func(c tape.Choice) bool { return match(w, c) })
			if i < 0 {
				return false
			}
			rest = slices.Delete(rest, i, i+1)
		}
		return true
	}
}

func TestAnyResultFailsAndIsMinimalAndFinal(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		origin := random(r)
		for name, fails := range map[string]func(*tape.Tape) bool{
			"chaotic, seldom": chaotic(origin, seed, 50),
			"chaotic, often":  chaotic(origin, seed, 3),
			"monotone":        monotone(origin, r),
		} {
			t.Run(fmt.Sprint(name, " ", seed), func(t *testing.T) {
				g := NewWithT(t)
				least, runs := shrink.Shrink(origin, fails, shrink.Options{Allows: allowAll})
				g.Expect(runs).To(BeNumerically("<", shrink.DefaultMaxRuns))
				expectMinimal(g, least, fails)
				g.Expect(len(least.Choices)).To(BeNumerically("<=", len(origin.Choices)))

				again, runsAgain := shrink.Shrink(origin, fails, shrink.Options{Allows: allowAll})
				g.Expect(again).To(Equal(least))
				g.Expect(runsAgain).To(Equal(runs))

				fix, _ := shrink.Shrink(least, fails, shrink.Options{Allows: allowAll})
				g.Expect(fix).To(Equal(least))
			})
		}
	}
}

// mixed is a tape of all kinds, and mixedFails needs one choice of each.
func mixed() *tape.Tape {
	r := rand.New(rand.NewPCG(7, 7))
	origin := random(r)
	for len(origin.Choices) < 25 || !mixedFails(origin) {
		origin = random(r)
	}
	return origin
}

func mixedFails(t *tape.Tape) bool {
	var have [5]bool
	for _, c := range t.Choices {
		have[c.Kind] = have[c.Kind] || c.Value > 3 || c.Advance > time.Microsecond || c.Kind == tape.Strike || c.Kind == tape.Switch
	}
	return have == [5]bool{true, true, true, true, true}
}
