package faults

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// Dumper writes what a layer has alive, one task a line, as a person reads it:
// of the run that of decides, or everything if of is nil. It is called at any
// time, from inside and outside of the run's bubble: it must not touch channels
// or contexts of the tasks, and never wait for one.
type Dumper func(w io.Writer, of Engine) error

var dumpers struct {
	sync.Mutex
	list []namedDumper
}

type namedDumper struct {
	name string
	dump Dumper
}

// RegisterDump tells of a layer that knows its tasks, in an init function. The
// harness shows its dump in the report of a run that got stuck. It panics when
// two layers claim one name.
func RegisterDump(name string, dump Dumper) {
	dumpers.Lock()
	defer dumpers.Unlock()
	if slices.ContainsFunc(dumpers.list, func(d namedDumper) bool { return d.name == name }) {
		panic(fmt.Sprintf("faults: two layers dump as %q", name))
	}
	dumpers.list = append(dumpers.list, namedDumper{name, dump})
	slices.SortFunc(dumpers.list, func(a, b namedDumper) int { return strings.Compare(a.name, b.name) })
}

// Dump is what all registered layers have alive of the run that of decides (nil:
// of all), by the layers' names, each under a heading.
func Dump(of Engine) string {
	dumpers.Lock()
	list := slices.Clone(dumpers.list)
	dumpers.Unlock()
	var all strings.Builder
	for _, d := range list {
		var b strings.Builder
		if err := d.dump(&b, of); err != nil {
			fmt.Fprintf(&b, "dump failed: %v\n", err)
		}
		if b.Len() > 0 {
			fmt.Fprintf(&all, "%s:\n%s", d.name, &b)
		}
	}
	return all.String()
}

// RunBy reports whether e runs the task.
func (t *Task) RunBy(e Engine) bool { return t != nil && t.engine == e }
