package harness

import (
	"fmt"

	"github.com/squall-go/squall/harness/result"
)

// registered are the scenarios of this test binary, in the order of their files;
// those inside of containers come when Ginkgo makes the tree of specs.
var registered []Scenario

func register(s Scenario) {
	for _, other := range registered {
		if other.ID == s.ID {
			panic(fmt.Sprintf("harness: two scenarios have the id %q", s.ID))
		}
	}
	if s.Body == nil {
		panic(fmt.Sprintf("harness: scenario %q has no body", s.ID))
	}
	if len(s.Controls) == 0 && s.NoControl == "" {
		panic(fmt.Sprintf("harness: scenario %q has no control; write one, or say in NoControl why none can exist", s.ID))
	}
	properties(s.Properties)
	for _, c := range s.Controls {
		property(c.Breaks)
	}
	registered = append(registered, s)
}

func list(scenarios []Scenario) result.List {
	all := result.List{}
	for _, s := range scenarios {
		entry := result.Listed{ID: s.ID, Title: s.Title, Source: s.Source, Properties: s.judged(), Controls: []string{}}
		for _, c := range s.Controls {
			entry.Controls = append(entry.Controls, c.Name)
		}
		all = append(all, entry)
	}
	all.Sort()
	return all
}
