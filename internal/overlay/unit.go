package overlay

import (
	"fmt"
	"go/ast"
	"path/filepath"
	"slices"
)

// unit is the files that are compiled together as one package and get files of
// their own: a package, its tests, or its external tests.
type unit struct {
	pkg        *listed
	importPath string
	name       string // of the package clause
	test       bool
	sources    []*source
	markers    []*marker
	sites      []*site
}

// units reads the package's files and checks each unit.
func (p *listed) units() ([]*unit, []error) {
	plain := &unit{pkg: p, importPath: p.ImportPath, name: p.Name}
	errs := plain.read(slices.Concat(p.GoFiles, p.CgoFiles))
	errs = append(errs, plain.match(nil)...)
	units := []*unit{plain}
	if !p.DepOnly {
		tests := &unit{pkg: p, importPath: p.ImportPath, name: p.Name, test: true}
		external := &unit{pkg: p, importPath: p.ImportPath + "_test", name: p.Name + "_test", test: true}
		errs = append(errs, tests.read(p.TestGoFiles)...)
		errs = append(errs, tests.match(plain.sites)...)
		errs = append(errs, external.read(p.XTestGoFiles)...)
		errs = append(errs, external.match(nil)...)
		units = append(units, tests, external)
	}
	return units, errs
}

// external tells the package p_test from the tests of package p.
func (u *unit) external() bool { return u.importPath != u.pkg.ImportPath }

func (u *unit) read(files []string) []error {
	var errs []error
	for _, file := range files {
		path := filepath.Join(u.pkg.Dir, file)
		s, err := parseSource(path, u.pkg.relative(path))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		sites, siteErrs := s.sites(u.test)
		errs = append(errs, siteErrs...)
		u.sources = append(u.sources, s)
		u.markers = append(u.markers, s.markers()...)
		u.sites = append(u.sites, sites...)
	}
	return errs
}

// match gives each marker its site and finds what does not fit. more are the
// sites that the unit sees beside its own.
func (u *unit) match(more []*site) []error {
	var errs []error
	byName := map[string]*site{}
	byVariable := map[string]*site{}
	for _, s := range slices.Concat(more, u.sites) {
		if first := byName[s.name]; first != nil {
			errs = append(errs, fmt.Errorf("%s: site %s is named %q like site %s in %s:%d; give each a name of its own",
				s.source.at(s.variable.Pos()), s.variable.Name, s.name, first.variable.Name, first.source.relative, first.source.line(first.variable.Pos())))
			continue
		}
		byName[s.name], byVariable[s.variable.Name] = s, s
	}
	marked := map[*site]bool{}
	for _, m := range u.markers {
		m.site = byName[m.name]
		marked[m.site] = true
		if err := m.check(byVariable); err != nil {
			errs = append(errs, err)
		}
	}
	for _, s := range u.sites {
		if !u.test && !marked[s] && byName[s.name] == s {
			errs = append(errs, fmt.Errorf("%s: site %s has no marker; add failpoint.Inject(%q, …) to package %s or delete the site",
				s.source.at(s.variable.Pos()), s.variable.Name, s.name, u.importPath))
		}
	}
	return errs
}

// check verifies that the marker uses its site and no other.
func (m *marker) check(byVariable map[string]*site) error {
	used := false
	for _, other := range m.uses(byVariable) {
		switch {
		case m.name == "":
			return fmt.Errorf("%s: the marker uses site %s but its name is no literal; write failpoint.%s(%q, …)", m.at(), other.variable.Name, m.function, other.name)
		case other != m.site:
			return fmt.Errorf("%s: marker %q uses site %s, which is named %q; give both one name", m.at(), m.name, other.variable.Name, other.name)
		}
		used = true
	}
	switch {
	case m.site == nil:
		return nil
	case m.function != "Inject":
		return fmt.Errorf("%s: marker %q has a site but is failpoint.%s; write failpoint.Inject", m.at(), m.name, m.function)
	case !used:
		return fmt.Errorf("%s: marker %q does not use its site %s; call %s.Err or %s.At in it", m.at(), m.name, m.site.variable.Name, m.site.variable.Name, m.site.variable.Name)
	}
	return nil
}

func (m *marker) at() string { return m.source.at(m.call.Pos()) }

// uses lists the sites whose variables the marker's arguments name.
func (m *marker) uses(byVariable map[string]*site) []*site {
	var used []*site
	for _, arg := range m.call.Args {
		ast.Inspect(arg, func(n ast.Node) bool {
			if ident, ok := n.(*ast.Ident); ok && byVariable[ident.Name] != nil {
				used = append(used, byVariable[ident.Name])
			}
			return true
		})
	}
	return used
}
