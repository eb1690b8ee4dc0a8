package result

import (
	"cmp"
	"slices"
	"strings"
)

// List is the scenarios that a suite can run.
type List []Listed

// Listed is one scenario of a [List].
type Listed struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Packages   []string `json:"packages,omitempty"` // of the suites that can run it; the command fills it in
	Source     string   `json:"source"`             // the account that tells the story, by its title
	Properties []string `json:"properties"`
	Controls   []string `json:"controls"`
	NoControl  string   `json:"no_control,omitempty"` // why there is no control; empty if there are some
	Peer       bool     `json:"peer,omitempty"`       // a story of another library: a cell of the peers' table, no scenario
}

// Sort puts the list in order of id, as people count.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Listed) int { return CompareIDs(a.ID, b.ID) })
}

// Add adds what the suite of package pkg can run. A scenario that is there
// already gets one package more.
func (l List) Add(pkg string, more List) List {
	for _, s := range more {
		if i := slices.IndexFunc(l, func(known Listed) bool { return known.ID == s.ID }); i >= 0 {
			l[i].Packages = append(l[i].Packages, pkg)
			continue
		}
		s.Packages = []string{pkg}
		l = append(l, s)
	}
	return l
}

// CompareIDs orders ids as people count: S2 before S10.
func CompareIDs(a, b string) int {
	letters := func(id string) (string, string) {
		digits := strings.TrimLeftFunc(id, func(r rune) bool { return r < '0' || r > '9' })
		return id[:len(id)-len(digits)], digits
	}
	prefixA, numberA := letters(a)
	prefixB, numberB := letters(b)
	return cmp.Or(
		cmp.Compare(prefixA, prefixB),
		cmp.Compare(leading(numberA), leading(numberB)),
		cmp.Compare(a, b),
	)
}

// leading counts the digits that text starts with, then their value: without
// leading zeros the longer number is the larger one.
func leading(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(text)
	}
	return string(rune(end)) + text[:end]
}
