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
	names := make([]string, len(sites))
	for i, site := range sites {
		names[i] = site.Name
	}
	for _, strike := range plan {
		i := slices.IndexFunc(sites, func(site overlay.Site) bool { return site.Name == strike.Site })
		if i < 0 {
			return fmt.Errorf("--plan=%s: unknown failpoint %q%s; squall sites lists them all", path, strike.Site, faults.Meant(strike.Site, names))
		}
		if kind := strike.Fault.Kind.String(); !slices.Contains(sites[i].Faults, kind) {
			return fmt.Errorf("--plan=%s: failpoint %q does not allow %s; it allows %v", path, strike.Site, kind, sites[i].Faults)
		}
	}
	return nil
}
