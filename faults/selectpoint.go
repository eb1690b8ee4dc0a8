package faults

import (
	"fmt"
	"slices"
	"sync"
)

// SelectPoint is a select statement that the overlay took over. It is a point
// where the schedule may change and no fault strikes, and a place where a run
// chooses among ready cases.
type SelectPoint struct {
	Function string   // as in "(*Pool).Submit"
	Ordinal  int      // among the selects of the function, from 1
	File     string   // base name of the source file
	Line     int      // of the keyword
	Cases    []string // as the source has them, in its order, without default
	// Locked: a lock may be held here, and so the schedule does not change: who
	// waits for a lock looks busy to a bubble, and nothing else would go on.
	Locked bool

	name           name
	reached, woken Site
}

var selects struct {
	sync.RWMutex
	byShort map[string][]*SelectPoint // one of a module
}

// RegisterSelect tells of a select that was taken over. The overlay generates the
// calls, in init functions. The full name is made as [Register] makes that of a
// failpoint, whatever the order of the calls. It panics when a select is told of
// twice.
func RegisterSelect(module, pkg string, p *SelectPoint) {
	p.name = nameOf(module, pkg, fmt.Sprintf("%s/select-%d", p.Function, p.Ordinal))
	selects.Lock()
	defer selects.Unlock()
	for _, other := range selects.byShort[p.name.short] {
		if other.name.module == module {
			panic(fmt.Sprintf("faults: two selects are named %q", p.name.short))
		}
	}
	if selects.byShort == nil {
		selects.byShort = map[string][]*SelectPoint{}
	}
	namesakes := append(selects.byShort[p.name.short], p)
	selects.byShort[p.name.short] = namesakes
	p.call(p.name.short)
	if len(namesakes) > 1 {
		for _, one := range namesakes {
			one.call(one.name.apart())
		}
	}
}

// call gives the select its full name.
func (p *SelectPoint) call(full string) {
	p.reached.Name, p.reached.full = full, full
	p.reached.Doc = "before the select in " + p.Function + " looks at its cases"
	p.woken.Name, p.woken.full = full+"/woken", full+"/woken"
	p.woken.Doc = "the select in " + p.Function + " had to wait, and was woken"
}

// LookupSelect finds a select by its full name, or returns nil.
func LookupSelect(full string) *SelectPoint {
	selects.RLock()
	defer selects.RUnlock()
	for _, points := range selects.byShort {
		for _, p := range points {
			if p.reached.full == full {
				return p
			}
		}
	}
	return nil
}

// CountSelects is how many selects the overlay took over in this binary.
func CountSelects() (count int) {
	selects.RLock()
	defer selects.RUnlock()
	for _, points := range selects.byShort {
		count += len(points)
	}
	return count
}

// SelectNames lists the full names of the selects that were taken over, sorted.
func SelectNames() []string {
	selects.RLock()
	defer selects.RUnlock()
	var names []string
	for _, points := range selects.byShort {
		for _, p := range points {
			names = append(names, p.reached.full)
		}
	}
	slices.Sort(names)
	return names
}

// Reached is the point before the select looks at its cases.
func (p *SelectPoint) Reached() *Site { return &p.reached }

// Woken is the point after it had to wait.
func (p *SelectPoint) Woken() *Site { return &p.woken }

// String is the full name, as in "internal/pool/(*Pool).Submit/select-1".
func (p *SelectPoint) String() string { return p.reached.full }
