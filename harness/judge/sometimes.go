package judge

import (
	"fmt"

	"github.com/squall-go/squall/harness/history"
)

// Sometimes is P-SOMETIMES: facts declared as "this must happen at least once
// over the runs" did happen. It is no judge of a run but the sum over many: a
// fact that no run showed makes them vacuous, not broken. The zero value is
// ready; it is used by one goroutine at a time.
type Sometimes struct {
	tallies []Tally
}

// Tally is how often a fact was declared and seen.
type Tally struct {
	Name     string
	Declared int // runs that mentioned it
	Seen     int // runs that showed it
}

// Declare names facts that no run needs to mention for being missed.
func (s *Sometimes) Declare(names ...string) {
	for _, name := range names {
		s.tally(name, 0)
	}
}

// Add counts the facts of one run.
func (s *Sometimes) Add(facts []history.Fact) {
	for i, f := range facts {
		t := s.tally(f.Name, i)
		t.Declared++
		if f.Seen {
			t.Seen++
		}
	}
}

// tally finds the fact. Runs tend to mention their facts in one order, so hint
// is mostly right.
func (s *Sometimes) tally(name string, hint int) *Tally {
	if hint < len(s.tallies) && s.tallies[hint].Name == name {
		return &s.tallies[hint]
	}
	for i := range s.tallies {
		if s.tallies[i].Name == name {
			return &s.tallies[i]
		}
	}
	s.tallies = append(s.tallies, Tally{Name: name})
	return &s.tallies[len(s.tallies)-1]
}

// Tallies lists the facts in the order of their first mention.
func (s *Sometimes) Tallies() []Tally { return append([]Tally(nil), s.tallies...) }

// Unseen lists the facts that were never seen, in the order of their first
// mention.
func (s *Sometimes) Unseen() []string {
	var unseen []string
	for _, t := range s.tallies {
		if t.Seen == 0 {
			unseen = append(unseen, t.Name)
		}
	}
	return unseen
}

// Findings is one finding for each fact that was never seen.
func (s *Sometimes) Findings() []Finding {
	var found []Finding
	for _, t := range s.tallies {
		if t.Seen == 0 {
			found = append(found, Finding{
				Property: "P-SOMETIMES", Subject: t.Name,
				Message: fmt.Sprintf("%q was never seen in %d runs that declare it", t.Name, t.Declared),
			})
		}
	}
	return found
}
