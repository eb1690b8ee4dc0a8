package history

import "github.com/squall-go/squall/faults"

// Strayed: the task made a task which is none of the run's, from a context that
// carries no task. Name is the other's name, Value where it was created.
const Strayed Kind = 112

// Severed is noted by the layers; see package faults.
const Severed = Kind(faults.Severed)

// Island is a task that the cancellation of whoever made it does not reach.
type Island struct {
	Name    string
	Path    string // "" of one that is no task of the run
	Maker   *Task
	Created string // file:line
	How     Kind   // Detached, Severed or Strayed
}

// Islands lists the islands that were made so far, in order.
func (r *Run) Islands() []Island {
	var islands []Island
	for i := range r.Events {
		switch e := &r.Events[i]; e.Kind {
		case Detached, Severed:
			islands = append(islands, Island{Name: e.Task.Name, Path: e.Task.Path, Maker: e.Task.Parent, Created: e.Name, How: e.Kind})
		case Strayed:
			islands = append(islands, Island{Name: e.Name, Maker: e.Task, Created: e.Value, How: e.Kind})
		}
	}
	return islands
}
