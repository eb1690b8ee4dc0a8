package overlay

import (
	"fmt"
	"slices"
	"strings"
)

// squallPath is this module's, whose failpoints have short names always.
const squallPath = "github.com/squall-go/squall"

// failpoint is a Site, and what its name is made of.
type failpoint struct {
	Site
	module string
}

// shortName is that of a failpoint which no other module has the name of.
func shortName(module, pkg, marker string) string {
	short := strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/")
	if short == "" {
		short = pkg[strings.LastIndexByte(pkg, '/')+1:]
	}
	return short + "/" + marker
}

// giveNames completes the names as faults.Register does: where two modules have
// sites of one short name, those of each but Squall are called by their import path.
func giveNames(found []failpoint) {
	modules := map[string][]string{} // by short name of a site
	for _, f := range found {
		if !f.Bare && !slices.Contains(modules[f.Short()], f.module) {
			modules[f.Short()] = append(modules[f.Short()], f.module)
		}
	}
	for i := range found {
		f := &found[i]
		f.Name = f.Short()
		another := slices.ContainsFunc(modules[f.Short()], func(module string) bool { return module != f.module })
		if another && f.module != squallPath {
			f.Name = f.Qualified()
		}
	}
}

// Qualified is the failpoint's import path and its marker's name: what it may be
// called by, whatever other modules have.
func (s *Site) Qualified() string { return s.Package + "/" + s.Marker }

// Short is the name that it has if no other module's failpoint has the same.
func (s *Site) Short() string { return s.short }

// clashes finds the sites of one name in two packages, which would keep a suite
// from being started.
func clashes(found []failpoint) (errs []error) {
	first := map[string]failpoint{}
	for _, f := range found {
		if f.Bare {
			continue
		}
		other, ok := first[f.Name]
		switch {
		case !ok:
			first[f.Name] = f
		case other.Package != f.Package:
			errs = append(errs, fmt.Errorf("overlay: %s:%d and %s:%d: two failpoints are named %q; give one of the markers another name",
				other.File, other.Line, f.File, f.Line, f.Name))
		}
	}
	return errs
}
