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
	markers []Marker
	sites   []*Site
	byName  map[string]*Site
}

// Register tells of a failpoint that is built into this binary. The overlay
// generates the calls, in init functions. module is the path of the module
// that the package belongs to: the full name is the package path below it plus
// the marker's name. It panics when two sites claim one name.
func Register(module, pkg, file string, line int, name string, site *Site) {
	full := strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/")
	if full == "" {
		full = pkg[strings.LastIndexByte(pkg, '/')+1:]
	}
	full += "/" + name
	registry.Lock()
	defer registry.Unlock()
	registry.markers = append(registry.markers, Marker{Name: full, Package: pkg, File: file, Line: line, Site: site})
	if site == nil || registry.byName[full] == site {
		return
	}
	if registry.byName[full] != nil {
		panic(fmt.Sprintf("faults: two sites are named %q", full))
	}
	if registry.byName == nil {
		registry.byName = map[string]*Site{}
	}
	site.full = full
	registry.sites = append(registry.sites, site)
	registry.byName[full] = site
	site.id.Store(int32(len(registry.sites)))
}

// Markers lists the failpoints built into this binary, sorted by name and line.
// None: the binary was built without the overlay, or there are no markers.
func Markers() []Marker {
	registry.RLock()
	defer registry.RUnlock()
	markers := slices.Clone(registry.markers)
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

// Lookup finds a registered site by its full name, or returns nil.
func Lookup(full string) *Site {
	registry.RLock()
	defer registry.RUnlock()
	return registry.byName[full]
}
