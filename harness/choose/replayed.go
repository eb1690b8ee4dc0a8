package choose

import (
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/tape"
)

// tapePlace is a place in the tape's terms.
type tapePlace struct {
	task, site string
	hit        int
	gone       bool
}

// placeOf is the place with the failpoint's full name: a tape may have a longer one,
// or one from before there was another failpoint of that name.
func placeOf(p tape.Place) tapePlace {
	return tapePlace{p.Task, faults.FullName(p.Site), p.Hit, p.After}
}

// Replayed is the chooser that a tape decides: what is not on the tape is the
// default.
type Replayed struct {
	params   map[[2]string]int // task, name
	strikes  map[tapePlace]faults.Fault
	switches map[tapePlace]string
	clocks   map[tapePlace]time.Duration
	selects  map[tapePlace]int
	used     map[any]bool
	cut      []Cut
	list     []tape.Choice
}

// Cut is a parameter whose value on the tape is not possible in the run, which
// took the largest one that is.
type Cut struct {
	Choice  tape.Choice
	Largest int
}

// Replay makes the chooser of a tape's choices.
func Replay(choices []tape.Choice) *Replayed {
	r := &Replayed{
		params: map[[2]string]int{}, strikes: map[tapePlace]faults.Fault{},
		switches: map[tapePlace]string{}, clocks: map[tapePlace]time.Duration{},
		selects: map[tapePlace]int{}, used: map[any]bool{}, list: choices,
	}
	for _, c := range choices {
		at := placeOf(c.Place)
		switch c.Kind {
		case tape.Param:
			r.params[[2]string{c.Place.Task, c.Name}] = c.Value
		case tape.Strike:
			r.strikes[at] = c.Fault
		case tape.Switch:
			r.switches[at] = c.To
		case tape.Clock:
			r.clocks[at] = c.Advance
		case tape.Select:
			r.selects[at] = c.Value
		}
	}
	return r
}

// Param is the tape's value, cut to what is possible.
func (r *Replayed) Param(t *engine.Task, name string, n int) int {
	key := [2]string{t.Path, name}
	v, ok := r.params[key]
	if !ok {
		return 0
	}
	r.used[key] = true
	if v >= n {
		r.cut = append(r.cut, Cut{tape.Choice{Kind: tape.Param, Place: tape.Place{Task: t.Path}, Name: name, Value: v}, n - 1})
	}
	return min(v, n-1)
}

// Strike is the tape's fault, if the failpoint still allows it.
func (r *Replayed) Strike(t *engine.Task, s *faults.Site, hit int, allowed faults.Kind) faults.Fault {
	if len(r.strikes) == 0 {
		return faults.Fault{}
	}
	at := tapePlace{task: t.Path, site: s.String(), hit: hit}
	f, ok := r.strikes[at]
	if !ok || !allowed.Has(f.Kind) {
		return faults.Fault{}
	}
	r.used[at] = true
	return f
}

// Select is the tape's case, if the select has one of that number; else the
// default.
func (r *Replayed) Select(t *engine.Task, p *faults.SelectPoint, hit, n int) int {
	if len(r.selects) == 0 {
		return 0
	}
	at := tapePlace{task: t.Path, site: p.String(), hit: hit}
	index, ok := r.selects[at]
	if !ok || index >= n {
		return 0
	}
	r.used[selectKey(at)] = true
	return index
}

// Next is the task that the tape names, if it is ready; else the default.
func (r *Replayed) Next(at engine.Place, ready []*engine.Task) int {
	if len(r.switches) == 0 {
		return 0
	}
	key := placeKey(at)
	to, ok := r.switches[key]
	if !ok {
		return 0
	}
	for i, t := range ready {
		if t.Path == to {
			r.used[switchKey(key)] = true
			return i
		}
	}
	return 0
}

// Clock is the tape's move.
func (r *Replayed) Clock(at engine.Place) time.Duration {
	if len(r.clocks) == 0 {
		return 0
	}
	key := placeKey(at)
	d := r.clocks[key]
	if d > 0 {
		r.used[clockKey(key)] = true
	}
	return d
}

// Cuts lists the parameters that were cut, in the order of the run.
func (r *Replayed) Cuts() []Cut { return r.cut }

// Unused lists the choices that no place of the run asked for: the scenario has
// changed since the tape was recorded, or an earlier choice was taken away.
func (r *Replayed) Unused() []tape.Choice {
	var unused []tape.Choice
	for _, c := range r.list {
		at := placeOf(c.Place)
		key := map[tape.Kind]any{
			tape.Param: [2]string{c.Place.Task, c.Name}, tape.Strike: at,
			tape.Switch: switchKey(at), tape.Clock: clockKey(at), tape.Select: selectKey(at),
		}[c.Kind]
		if !r.used[key] {
			unused = append(unused, c)
		}
	}
	return unused
}

// Keys of used: one place may have a switch, a clock choice and a case.
type (
	switchKey tapePlace
	clockKey  tapePlace
	selectKey tapePlace
)

func placeKey(at engine.Place) tapePlace {
	key := tapePlace{hit: at.Hit, gone: at.Gone}
	if at.Task != nil {
		key.task = at.Task.Path
	}
	if at.Site != nil {
		key.site = at.Site.String()
	}
	return key
}
