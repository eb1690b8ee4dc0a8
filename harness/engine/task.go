package engine

import (
	"context"
	"strconv"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// Task is what the engine keeps for a task of the run.
type Task struct {
	history.Task
	Hash uint64 // of the path; the same in every run and process

	face    *faults.Task
	parent  *Task
	visits  []visit
	names   []sibling
	params  []sibling
	site    *faults.Site // the point it was released from last
	hit     int
	ctx     context.Context // of its body, between Started and the end
	over    bool            // Ended was noted
	goid    int64           // of the goroutine that passed a point last
	settled bool            // it is at home in a goroutine
	came    int             // the number of steps taken before that
}

type visit struct {
	site *faults.Site
	n    int
}

// visit counts a visit to s. Tasks pass few different points: a scan beats a map.
func (t *Task) visit(s *faults.Site) int {
	for i := range t.visits {
		if t.visits[i].site == s {
			t.visits[i].n++
			return t.visits[i].n
		}
	}
	t.visits = append(t.visits, visit{s, 1})
	return 1
}

type sibling struct {
	name string
	n    int
}

// unique makes name unique among those in list: the second B is B#2.
func unique(list *[]sibling, name string) string {
	for i := range *list {
		if s := &(*list)[i]; s.name == name {
			s.n++
			return name + "#" + strconv.Itoa(s.n)
		}
	}
	*list = append(*list, sibling{name, 1})
	return name
}
