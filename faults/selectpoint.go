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

	reached, woken Site
}

var selects struct {
	sync.RWMutex
	byName map[string]*SelectPoint
}

// RegisterSelect tells of a select that was taken over. The overlay generates the
// calls, in init functions. The full name is made as [Register] makes that of a
// failpoint; where packages of two modules would share one, the second is called by
// its import path. It panics when a select is told of twice.
func RegisterSelect(module, pkg string, p *SelectPoint) {
	name := nameOf(module, pkg, fmt.Sprintf("%s/select-%d", p.Function, p.Ordinal))
	full := name.short
	selects.Lock()
	defer selects.Unlock()
	if selects.byName[full] != nil {
		full = name.qualified
	}
	if selects.byName[full] != nil {
		panic(fmt.Sprintf("faults: two selects are named %q", full))
	}
	if selects.byName == nil {
		selects.byName = map[string]*SelectPoint{}
	}
	selects.byName[full] = p
	p.reached.Name, p.reached.full = full, full
	p.reached.Doc = "before the select in " + p.Function + " looks at its cases"
	p.woken.Name, p.woken.full = full+"/woken", full+"/woken"
	p.woken.Doc = "the select in " + p.Function + " had to wait, and was woken"
}

// LookupSelect finds a select by its full name, or returns nil.
func LookupSelect(full string) *SelectPoint {
	selects.RLock()
	defer selects.RUnlock()
	return selects.byName[full]
}

// CountSelects is how many selects the overlay took over in this binary.
func CountSelects() int {
	selects.RLock()
	defer selects.RUnlock()
	return len(selects.byName)
}

// SelectNames lists the full names of the selects that were taken over, sorted.
func SelectNames() []string {
	selects.RLock()
	defer selects.RUnlock()
	names := make([]string, 0, len(selects.byName))
	for name := range selects.byName {
		names = append(names, name)
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
