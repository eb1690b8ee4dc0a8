package overlay

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// Site is one failpoint in the sources.
type Site struct {
	Name    string   `json:"name"` // full name, as in "scope/launch"
	Package string   `json:"package"`
	Marker  string   `json:"marker"` // the last part of the name
	File    string   `json:"file"`   // in the module, as in "scope/scope.go"
	Line    int      `json:"line"`   // of its first marker
	Doc     string   `json:"doc,omitempty"`
	Faults  []string `json:"faults"`         // that it allows; empty: none, or bare
	Bare    bool     `json:"bare,omitempty"` // a pingcap marker without faults.Site

	short string
}

// Scan lists the failpoints that [Build] with these options would build in,
// sorted by name, and behind them those that the harness itself has if a suite is
// among the packages. It refuses what [Build] refuses of their declarations. Markers that
// only take notes are left out.
func Scan(ctx context.Context, o Options) ([]Site, error) {
	found, err := scan(ctx, o.withDefaults())
	if err != nil {
		return nil, err
	}
	return found.sites(), nil
}

// packages is what a scan found.
type packages struct {
	marked  [][]*unit // the units of each package that has markers
	suites  []*listed // those whose tests import the harness
	harness []*unit   // its own packages: their sites need no marker
}

// scan reads the wanted packages.
func scan(ctx context.Context, o Options) (*packages, error) {
	all, err := list(ctx, o)
	if err != nil {
		return nil, err
	}
	var found packages
	var errs []error
	marked := map[string]bool{}
	for i := range all {
		p := &all[i]
		if p.isSuite() {
			found.suites = append(found.suites, p)
			marked[p.ImportPath+".test"] = true // there are failpoints in the harness
		}
		if p.isHarness() {
			own := &unit{pkg: p, importPath: harnessPath, name: p.Name, test: true} // like a test's, its literals are its own business
			errs = append(errs, own.read(p.GoFiles)...)
			found.harness = append(found.harness, own)
		}
		if !p.wanted() {
			continue
		}
		units, unitErrs := p.units()
		errs = append(errs, unitErrs...)
		if slices.ContainsFunc(units, func(u *unit) bool { return len(u.markers) > 0 }) {
			marked[p.ImportPath] = true
			found.marked = append(found.marked, units)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	marks, own := found.failpoints()
	if err := errors.Join(clashes(slices.Concat(marks, own))...); err != nil {
		return nil, err
	}
	slices.SortFunc(found.marked, func(a, b []*unit) int { return cmp.Compare(a[0].importPath, b[0].importPath) })
	return &found, checkPatterns(o, all, marked)
}

// used are the packages that get files.
func (all *packages) used() []*listed {
	used := slices.Clone(all.suites)
	for _, units := range all.marked {
		used = append(used, units[0].pkg)
	}
	return used
}

// sites are the failpoints by name, those of the harness behind the others.
func (all *packages) sites() []Site {
	marked, harness := all.failpoints()
	return append(sorted(marked), sorted(harness)...)
}

// failpoints are those of markers, in the order of the sources, and those that
// every suite has.
func (all *packages) failpoints() (marked, harness []failpoint) {
	var found []failpoint
	for _, units := range all.marked {
		for _, u := range units {
			for _, m := range u.markers {
				if m.name != "" && m.name != noteMarker {
					found = append(found, u.describe(m.name, m.source, m.line, m.site))
				}
			}
		}
	}
	n := len(found)
	if len(all.suites) > 0 {
		for _, u := range all.harness {
			for _, s := range u.sites {
				found = append(found, u.describe(s.name, s.source, s.source.line(s.variable.Pos()), s))
			}
		}
	}
	giveNames(found)
	return found[:n], found[n:]
}

// sorted is one site of each name.
func sorted(found []failpoint) []Site {
	sites := make([]Site, len(found))
	for i, f := range found {
		sites[i] = f.Site
	}
	slices.SortStableFunc(sites, func(a, b Site) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(sites, func(a, b Site) bool { return a.Name == b.Name })
}

// describe is the failpoint in that line, without its full name; without a site it
// is a bare marker.
func (u *unit) describe(marker string, source *source, line int, site *site) failpoint {
	module := u.pkg.modulePath()
	f := failpoint{module: module, Site: Site{
		short: shortName(module, u.importPath, marker), Package: u.importPath, Marker: marker, File: source.relative, Line: line, Faults: []string{}, Bare: site == nil,
	}}
	if site != nil {
		f.Doc, f.Faults = site.doc, site.allows.Names()
	}
	return f
}
