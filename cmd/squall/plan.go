package main

import (
	"fmt"
	"slices"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/tape"
	"github.com/squall-go/squall/internal/overlay"
)

// checkPlan finds strikes that no failpoint built in could ever carry out,
// before anything else is built. A path of "" is no plan.
func checkPlan(path string, sites []overlay.Site) error {
	if path == "" {
		return nil
	}
	plan, err := tape.ReadPlan(path)
	if err != nil {
		return err
	}
	for _, strike := range plan {
		site, err := named(strike.Site, sites)
		if err != nil {
			return fmt.Errorf("--plan=%s: %w", path, err)
		}
		if kind := strike.Fault.Kind.String(); !slices.Contains(site.Faults, kind) {
			return fmt.Errorf("--plan=%s: failpoint %q does not allow %s; it allows %v", path, strike.Site, kind, site.Faults)
		}
	}
	return nil
}

// named is the failpoint of that name, as faults.Lookup finds it.
func named(name string, sites []overlay.Site) (*overlay.Site, error) {
	var names []string
	var namesakes []*overlay.Site
	for i := range sites {
		site := &sites[i]
		if site.Name == name {
			return site, nil
		}
		names = append(names, site.Name)
		if site.Qualified() == name || site.Short() == name {
			namesakes = append(namesakes, site)
		}
	}
	switch len(namesakes) {
	case 0:
		return nil, fmt.Errorf("unknown failpoint %q%s; squall sites lists them all", name, faults.Meant(name, names))
	case 1:
		return namesakes[0], nil
	}
	return nil, fmt.Errorf("several modules have a failpoint %q; name one of them, as in %q", name, namesakes[0].Name)
}
