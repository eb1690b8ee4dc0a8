package judge

import (
	"slices"

	"github.com/squall-go/squall/harness/history"
)

// holdings is the Acquired events of what is held when the history ends. A
// release is matched with what its own task acquired last under that name, else
// with what has been held longest: a lock may be unlocked by another task.
func (v *view) holdings() []int {
	held := v.heldScratch[:0]
	for i := range v.run.Events {
		switch e := v.at(i); e.Kind {
		case history.Acquired:
			held = append(held, i)
		case history.Released:
			if k := v.releases(held, e); k >= 0 {
				held = slices.Delete(held, k, k+1)
			}
		}
	}
	v.heldScratch = held
	return held
}

// releases is the index in held of what e releases, -1 if nothing.
func (v *view) releases(held []int, e *history.Event) int {
	for k := len(held) - 1; k >= 0; k-- {
		if a := v.at(held[k]); a.Name == e.Name && a.Task == e.Task {
			return k
		}
	}
	return slices.IndexFunc(held, func(i int) bool { return v.at(i).Name == e.Name })
}
