package choose

import (
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/tape"
)

// Recorded is a chooser that tells each choice other than the default before it
// takes effect: what is known of a run that ends the process.
func Recorded(chooser engine.Chooser, tell func(tape.Choice)) engine.Chooser {
	return &recorded{chooser: chooser, tell: tell}
}

type recorded struct {
	chooser engine.Chooser
	tell    func(tape.Choice)
}

func (r *recorded) Param(t *engine.Task, name string, n int) int {
	value := r.chooser.Param(t, name, n)
	if value != 0 {
		r.tell(tape.Choice{Kind: tape.Param, Place: tape.Place{Task: t.Path}, Name: name, Value: value})
	}
	return value
}

func (r *recorded) Strike(t *engine.Task, s *faults.Site, hit int, allowed faults.Kind) faults.Fault {
	fault := r.chooser.Strike(t, s, hit, allowed)
	if fault.Kind != 0 {
		r.tell(tape.Choice{Kind: tape.Strike, Place: tape.Place{Site: s.String(), Hit: hit, Task: t.Path}, Fault: fault})
	}
	return fault
}

func (r *recorded) Select(t *engine.Task, p *faults.SelectPoint, hit, n int) int {
	index := r.chooser.Select(t, p, hit, n)
	if index != 0 {
		r.tell(tape.Choice{Kind: tape.Select, Place: tape.Place{Site: p.String(), Hit: hit, Task: t.Path}, Value: index})
	}
	return index
}

func (r *recorded) Next(at engine.Place, ready []*engine.Task) int {
	next := r.chooser.Next(at, ready)
	if next != 0 {
		r.tell(tape.Choice{Kind: tape.Switch, Place: placed(at), To: ready[next].Path})
	}
	return next
}

func (r *recorded) Clock(at engine.Place) time.Duration {
	advance := r.chooser.Clock(at)
	if advance != 0 {
		r.tell(tape.Choice{Kind: tape.Clock, Place: placed(at), Advance: advance})
	}
	return advance
}

func placed(at engine.Place) tape.Place {
	place := tape.Place{Hit: at.Hit, After: at.Gone}
	if at.Task != nil {
		place.Site, place.Task = at.Site.String(), at.Task.Path
	}
	return place
}
