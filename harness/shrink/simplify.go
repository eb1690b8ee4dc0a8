package shrink

import (
	"slices"

	"github.com/squall-go/squall/harness/tape"
)

// simplify tries simpler values in every choice.
func (s *search) simplify() {
	for i := range s.best {
		s.simplifyValue(i)
		for s.simplifyOnce(i) {
		}
	}
}

// simplifyOnce takes the first simpler form of a choice that still fails.
func (s *search) simplifyOnce(i int) bool {
	return slices.ContainsFunc(simpler(s.best[i], s.allows), func(c tape.Choice) bool {
		return !s.taken(c, i) && s.try(s.with(i, c))
	})
}

// simplifyValue searches a smaller value for a parameter. Value 0 would be the
// choice taken away, which is known not to fail.
func (s *search) simplifyValue(i int) {
	if s.best[i].Kind != tape.Param {
		return
	}
	for low, high := 0, s.best[i].Value; high-low > 1; {
		c := s.best[i]
		c.Value = low + (high-low)/2
		if s.try(s.with(i, c)) {
			high = c.Value
		} else {
			low = c.Value
		}
	}
}

func (s *search) with(i int, c tape.Choice) []tape.Choice {
	choices := slices.Clone(s.best)
	choices[i] = c
	return choices
}

// taken reports whether another choice than the i-th is made at c's place.
func (s *search) taken(c tape.Choice, i int) bool {
	for j, other := range s.best {
		if j != i && other.Kind == c.Kind && other.Place == c.Place {
			return true
		}
	}
	return false
}
