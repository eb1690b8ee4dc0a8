package shrink

import (
	"encoding/binary"
	"slices"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/tape"
)

// search is the state of one call of Shrink.
type search struct {
	origin *tape.Tape
	fails  func(*tape.Tape) bool
	allows func(site string) faults.Kind
	best   []tape.Choice // the simplest list known to fail; never changed in place
	last   *tape.Tape    // the tape of the last question
	runs   int
	kept   int // how often best was replaced
	limit  int
	tried  map[string]struct{}
	ids    map[tape.Choice]uint64
}

func newSearch(t *tape.Tape, fails func(*tape.Tape) bool, opts Options) *search {
	s := &search{
		origin: t,
		fails:  fails,
		allows: opts.Allows,
		best:   slices.Clone(t.Choices),
		limit:  opts.MaxRuns,
		tried:  map[string]struct{}{},
		ids:    map[tape.Choice]uint64{},
	}
	for i := range s.best {
		// The engine's, no part of the choice, and perhaps no key for a map.
		s.best[i].Fault.Err = nil
	}
	if s.allows == nil {
		s.allows = func(string) faults.Kind { return 0 }
	}
	if s.limit == 0 {
		s.limit = DefaultMaxRuns
	}
	s.limit = max(s.limit, 2) - 1 // one is kept for the last question
	return s
}

// try asks whether the tape fails with these choices, and if so keeps them. A
// list that was tried before is not asked about: had it failed, the search
// would have gone on from it to simpler ones.
func (s *search) try(choices []tape.Choice) bool {
	key := s.key(choices)
	if _, known := s.tried[key]; known || s.runs >= s.limit {
		return false
	}
	s.tried[key] = struct{}{}
	if !s.ask(choices) {
		return false
	}
	s.best = choices
	s.kept++
	return true
}

func (s *search) ask(choices []tape.Choice) bool {
	s.runs++
	t := *s.origin
	t.Hash, t.Total = 0, 0
	t.Choices = slices.Clone(choices)
	s.last = &t
	return s.fails(&t)
}

func (s *search) key(choices []tape.Choice) string {
	key := make([]byte, 0, 2*len(choices))
	for _, c := range choices {
		id, known := s.ids[c]
		if !known {
			id = uint64(len(s.ids))
			s.ids[c] = id
		}
		key = binary.AppendUvarint(key, id)
	}
	return string(key)
}

// without returns the best list without the choices at the given indices,
// which are sorted.
func (s *search) without(indices []int) []tape.Choice {
	rest := make([]tape.Choice, 0, len(s.best))
	for i, c := range s.best {
		if _, out := slices.BinarySearch(indices, i); !out {
			rest = append(rest, c)
		}
	}
	return rest
}

// where lists the indices of the choices that match.
func (s *search) where(match func(tape.Choice) bool) []int {
	var indices []int
	for i, c := range s.best {
		if match(c) {
			indices = append(indices, i)
		}
	}
	return indices
}
