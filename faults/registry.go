package faults

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Marker is one failpoint as the overlay built it in.
type Marker struct {
	Name    string // full name, as in "scope/launch"
	Package string // import path
	File    string // base name of the source file
	Line    int
	Site    *Site // nil for a bare pingcap marker, which only its own terms can enable
}

var registry struct {
	sync.RWMutex
	markers []registered
	sites   []*Site
	byShort map[string][]*Site
}

// registered is a marker and its names.
type registered struct {
	Marker
	name
}

// Register tells of a failpoint that is built into this binary. The overlay
// generates the calls, in init functions. module is the path of the module
// that the package belongs to: the full name is the package path below it plus
// the marker's name, and if another module has a failpoint of that name the whole
// import path plus the marker's; those of Squall itself keep the short one. It
// panics when two sites of one module claim one name.
func Register(module, pkg, file string, line int, marker string, site *Site) {
	name := nameOf(module, pkg, marker)
	registry.Lock()
	defer registry.Unlock()
	registry.markers = append(registry.markers, registered{Marker{Package: pkg, File: file, Line: line, Site: site}, name})
	if site == nil || slices.Contains(registry.byShort[name.short], site) {
		return
	}
	for _, other := range registry.byShort[name.short] {
		if other.name.module == module {
			panic(fmt.Sprintf("faults: two sites are named %q", name.short))
		}
	}
	if registry.byShort == nil {
		registry.byShort = map[string][]*Site{}
	}
	site.name, site.full = name, name.short
	registry.sites = append(registry.sites, site)
	registry.byShort[name.short] = append(registry.byShort[name.short], site)
	if namesakes := registry.byShort[name.short]; len(namesakes) > 1 {
		for _, s := range namesakes {
			s.full = s.name.apart()
		}
	}
	site.id.Store(int32(len(registry.sites)))
}

// fullName is the marker's, as that of a site there would be. The caller holds the
// lock.
func (m *registered) fullName() string {
	if m.Site != nil {
		return m.Site.full
	}
	for _, s := range registry.byShort[m.short] {
		if s.name.module != m.module {
			return m.apart()
		}
	}
	return m.short
}

// Markers lists the failpoints built into this binary, sorted by name and line.
// None: the binary was built without the overlay, or there are no markers.
func Markers() []Marker {
	registry.RLock()
	defer registry.RUnlock()
	markers := make([]Marker, 0, len(registry.markers))
	for i := range registry.markers {
		m := registry.markers[i].Marker
		m.Name = registry.markers[i].fullName()
		markers = append(markers, m)
	}
	slices.SortFunc(markers, func(a, b Marker) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	return markers
}

// Sites lists the registered sites in the order of their ids.
func Sites() []*Site {
	registry.RLock()
	defer registry.RUnlock()
	return slices.Clone(registry.sites)
}

// SiteNames lists the full names of the registered sites, sorted.
func SiteNames() []string {
	registry.RLock()
	defer registry.RUnlock()
	names := make([]string, 0, len(registry.sites))
	for _, s := range registry.sites {
		names = append(names, s.full)
	}
	slices.Sort(names)
	return names
}

// Lookup finds a registered site by its full name, by its import path plus its
// marker's name, or by a short name that no other has; else it returns nil.
func Lookup(name string) *Site {
	found := named(name)
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// named lists the sites that name may mean, one if it is a full name.
func named(name string) []*Site {
	if name == "" {
		return nil
	}
	registry.RLock()
	defer registry.RUnlock()
	short := registry.byShort[name]
	for _, s := range short {
		if s.full == name {
			return []*Site{s}
		}
	}
	if len(short) > 0 {
		return slices.SortedFunc(slices.Values(short), func(a, b *Site) int { return strings.Compare(a.full, b.full) })
	}
	for _, s := range registry.sites {
		if s.name.qualified == name {
			return []*Site{s}
		}
	}
	return nil
}

// FullName is the full name of the site that [Lookup] finds, else name.
func FullName(name string) string {
	if s := Lookup(name); s != nil {
		return s.full
	}
	return name
}
