package harness

import (
	"fmt"
	"slices"
	"strings"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/judge"
)

// property finds a judge by id, which has been checked.
func property(id string) judge.Property {
	p, ok := judge.ByID(id)
	if !ok {
		panic(fmt.Sprintf("harness: unknown property %q", id))
	}
	return p
}

// checkProperty panics if there is no such property: that is misuse. of says who
// names it.
func checkProperty(id, of string) {
	known := []string{factsID}
	for _, p := range judge.All() {
		known = append(known, p.ID)
	}
	slices.Sort(known)
	if !slices.Contains(known, id) {
		panic(fmt.Sprintf("harness: %s names the unknown property %q%s; known are %s", of, id, faults.Meant(id, known), strings.Join(known, ", ")))
	}
}

// factsID is the property of declared facts, which is judged over all runs.
const factsID = "P-SOMETIMES"

// judged is the ids of the properties as results and lists tell them.
func (s *Scenario) judged() []string {
	ids := slices.Clone(s.Properties)
	if len(s.Facts) > 0 && !slices.Contains(ids, factsID) {
		ids = append(ids, factsID)
	}
	return ids
}

// properties are the judges with the given ids, and the one of expectations,
// which goes first: a failed expectation says most.
func properties(ids []string) []judge.Property {
	list := []judge.Property{judge.Expect}
	for _, id := range ids {
		if id != judge.Expect.ID && id != factsID {
			list = append(list, property(id))
		}
	}
	return list
}

// about keeps the findings about tasks whose path contains part, or whose
// message does: a control must be caught for the right reason.
func about(p judge.Property, part string) judge.Property {
	return p.Filtered(func(f judge.Finding) bool {
		return strings.Contains(f.Subject, part) || strings.Contains(f.Message, part)
	})
}
