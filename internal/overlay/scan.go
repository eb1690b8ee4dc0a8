package overlay

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
)

// Site is one failpoint in the sources.
type Site struct {
	Name    string   `json:"name"` // full name, as in "scope/launch"
	Package string   `json:"package"`
	File    string   `json:"file"` // in the module, as in "scope/scope.go"
	Line    int      `json:"line"` // of its first marker
	Doc     string   `json:"doc,omitempty"`
	Faults  []string `json:"faults"`         // that it allows; empty: none, or bare
	Bare    bool     `json:"bare,omitempty"` // a pingcap marker without faults.Site
}

// Scan lists the failpoints that an overlay for the patterns would build in,
// sorted by name, and refuses what [Build] refuses of their declarations.
// Markers that only take notes are left out.
func Scan(ctx context.Context, dir string, patterns ...string) ([]Site, error) {
	marked, err := scan(ctx, Options{Dir: dir, Patterns: patterns}.withDefaults())
	if err != nil {
		return nil, err
	}
	return marked.sites(), nil
}

// packages is the units of each package that has markers.
type packages [][]*unit

// scan reads the wanted packages.
func scan(ctx context.Context, o Options) (packages, error) {
	all, err := list(ctx, o)
	if err != nil {
		return nil, err
	}
	var found packages
	var errs []error
	marked := map[string]bool{}
	for i := range all {
		p := &all[i]
		if !p.wanted() {
			continue
		}
		units, unitErrs := p.units()
		errs = append(errs, unitErrs...)
		if slices.ContainsFunc(units, func(u *unit) bool { return len(u.markers) > 0 }) {
			marked[p.ImportPath] = true
			found = append(found, units)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b []*unit) int { return cmp.Compare(a[0].importPath, b[0].importPath) })
	return found, checkPatterns(o, all, marked)
}

func (all packages) sites() []Site {
	found := []Site{}
	for _, units := range all {
		for _, u := range units {
			for _, m := range u.markers {
				if m.name != "" && m.name != noteMarker {
					found = append(found, u.describeSite(m))
				}
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Site) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(found, func(a, b Site) bool { return a.Name == b.Name })
}

func (u *unit) describeSite(m *marker) Site {
	s := Site{
		Name:    fullName(u.pkg.modulePath(), u.importPath, m.name),
		Package: u.importPath, File: m.source.relative, Line: m.line, Faults: []string{}, Bare: m.site == nil,
	}
	if m.site != nil {
		s.Doc, s.Faults = m.site.doc, m.site.allows.Names()
	}
	return s
}

// fullName completes a marker's name as faults.Register does.
func fullName(module, pkg, name string) string {
	full := strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/")
	if full == "" {
		full = pkg[strings.LastIndexByte(pkg, '/')+1:]
	}
	return full + "/" + name
}
