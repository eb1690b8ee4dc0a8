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
	switch {
	case len(s.Controls) == 0 && s.NoControl == "":
		panic(fmt.Sprintf("harness: scenario %q has no control; write one, or say in NoControl why none can exist", s.ID))
	case len(s.Controls) > 0 && s.NoControl != "":
		panic(fmt.Sprintf("harness: scenario %q has the control %q, and says in NoControl why none can exist (%s); take one of them away", s.ID, s.Controls[0].Name, s.NoControl))
	}
	for _, id := range s.Properties {
		checkProperty(id, fmt.Sprintf("scenario %q", s.ID))
	}
	for _, c := range s.Controls {
		c.check(&s)
	}
	registered = append(registered, s)
}

func list(scenarios []Scenario) result.List {
	all := result.List{}
	for _, s := range scenarios {
		entry := result.Listed{ID: s.ID, Title: s.Title, Source: s.Source, Properties: s.judged(), Controls: []string{}, NoControl: s.NoControl}
		for _, c := range s.Controls {
			entry.Controls = append(entry.Controls, c.Name)
		}
		all = append(all, entry)
	}
	all.Sort()
	for _, p := range peers {
		all = append(all, p.listed)
	}
	return all
}
