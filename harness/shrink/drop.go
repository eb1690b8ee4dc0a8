package shrink

import "github.com/squall-go/squall/harness/tape"

// drop tries to take away all choices that match at once.
func (s *search) drop(match func(tape.Choice) bool) {
	if indices := s.where(match); len(indices) > 0 {
		s.try(s.without(indices))
	}
}

// halve takes away what it can of one kind, in chunks of half of them, a
// quarter and so on down to one. The last choices go first: what comes later in
// a run depends on what came before, not the other way round. One call need not
// reach the least: when a failure is not monotone, a choice that was needed can
// become needless later. Hence the rounds.
func (s *search) halve(kind tape.Kind) {
	isKind := func(c tape.Choice) bool { return c.Kind == kind }
	for size := (len(s.where(isKind)) + 1) / 2; size > 0; size /= 2 {
		end := len(s.where(isKind))
		for end > 0 {
			start := max(0, end-size)
			s.try(s.without(s.where(isKind)[start:end]))
			end = start
		}
	}
}
