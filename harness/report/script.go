package report

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/tape"
)

// rest is how a task's line goes on after a mark.
type rest uint8

const (
	goesOn rest = iota
	waits
	over
)

// mark is what one moment puts on one line.
type mark struct {
	row   int
	glyph string // "" for a plain word
	text  string
	short string // what is left of text if it is too long; "" is its beginning
	then  rest
}

// moment is one column of the picture.
type moment struct {
	at     time.Duration
	event  int // index; len(run.Events) is the end of the run, -1 for turns and births
	marks  []mark
	weight int // what is lighter is left out first
	kept   bool
	x      int
}

func (m *moment) on(row int) bool {
	return slices.ContainsFunc(m.marks, func(k mark) bool { return k.row == row })
}

// Weights. What is not lighter than essential is left out only if the picture
// could not be drawn at all otherwise.
const (
	dull      = 20
	telling   = 40
	essential = 60
	strike    = 100
	broke     = 110
)

// script turns the run into moments, in order.
func (p *picture) script() {
	turns := p.turns()
	for i, e := range p.run.Events {
		for len(turns) > 0 && turns[0].step < e.Step {
			p.turn(turns[0])
			turns = turns[1:]
		}
		p.event(i, e)
	}
	for _, t := range turns {
		p.turn(t)
	}
	p.silent()
	p.end()
	slices.SortStableFunc(p.moments, func(a, b *moment) int { return cmp.Compare(a.at, b.at) })
}

func (p *picture) add(m *moment) {
	if len(m.marks) > 0 {
		p.moments = append(p.moments, m)
	}
}

// event adds what e puts on the lines of its task and of the others it is about.
func (p *picture) event(i int, e history.Event) {
	row, shown := p.rows[e.Task]
	if e.Task == nil && len(p.cast.tasks) > 0 {
		row, shown = 0, true
	}
	if e.Kind == history.Opened && e.Task != nil {
		p.opened(i, e, row, shown)
		return
	}
	if !shown {
		return
	}
	if e.Kind != history.Started {
		p.birth(e.At, row)
	}
	p.begun[row] = true
	m, weight := p.word(e)
	if m == (mark{}) {
		return
	}
	m.row = row
	if e.Kind == history.Struck {
		weight = strike
		if !p.hit {
			p.hit, weight = true, strike+1
		}
	}
	if p.isBroken(i) {
		weight = broke
	}
	p.add(&moment{at: e.At, event: i, marks: []mark{m}, weight: weight})
}

// opened is one moment on two lines: the child's begins where its parent
// launched it.
func (p *picture) opened(i int, e history.Event, row int, shown bool) {
	m := &moment{at: e.At, event: i, weight: telling + 10}
	if parent, ok := p.rows[e.Task.Parent]; ok && (shown || len(p.rows) == len(p.cast.tasks)) {
		p.birth(e.At, parent)
		p.begun[parent] = true
		m.marks = append(m.marks, mark{row: parent, text: launched(e) + " " + element(e.Task), short: element(e.Task)})
	}
	if shown && !p.begun[row] {
		p.begun[row] = true
		m.marks = append(m.marks, mark{row: row, glyph: "○", then: waits})
	}
	p.add(m)
}

// foreign is what opens a task that no layer knows; see faults.Opened.
const foreign = "foreign"

func launched(e history.Event) string {
	switch e.Name {
	case "", "scope", "supervisor":
		return "opens"
	}
	return clean(e.Name)
}

// birth begins the line of a task that nobody noted as opened.
func (p *picture) birth(at time.Duration, row int) {
	if !p.begun[row] {
		p.begun[row] = true
		p.add(&moment{at: at, event: -1, marks: []mark{{row: row, glyph: "●"}}, weight: telling})
	}
}

// silent begins the lines of tasks that took steps but to which nothing happened.
func (p *picture) silent() {
	for _, s := range p.run.Steps {
		if row, ok := p.rows[s.Task]; ok && !p.begun[row] {
			p.begun[row] = true
			p.add(&moment{at: s.At, event: -1, marks: []mark{{row: row, glyph: "●", text: clean(s.Site)}}, weight: telling})
		}
	}
}

// end says what became of those that did not come to an end.
func (p *picture) end() {
	m := &moment{at: p.run.End, event: len(p.run.Events), weight: strike - 5}
	if n := len(p.moments); n > 0 {
		m.at = max(m.at, p.moments[n-1].at)
	}
	for _, l := range p.run.Waiters {
		p.last(m, l.Task, "stuck")
	}
	for _, l := range p.run.Left {
		p.last(m, l.Task, "left behind")
	}
	if n := len(p.run.Steps); n > 0 && p.run.Outcome == history.Endless {
		p.last(m, p.run.Steps[n-1].Task, "no end in sight")
	}
	if n := len(p.run.Events); n > 0 && p.run.Outcome == history.Crashed && p.run.Events[n-1].Name != "crash" {
		p.last(m, p.run.Events[n-1].Task, "crash")
	}
	if p.isBroken(m.event) {
		m.weight = broke
	}
	p.add(m)
}

func (p *picture) last(m *moment, t *history.Task, text string) {
	row, ok := p.rows[t]
	if !ok || m.on(row) {
		return
	}
	p.birth(m.at, row)
	m.marks = append(m.marks, mark{row: row, glyph: "✗", text: text, then: over})
}

// turn is a step that a Switch of the storm has chosen.
type turn struct{ step, choice int }

func (p *picture) turn(t turn) {
	s := p.run.Steps[t.step]
	if row, ok := p.rows[s.Task]; ok {
		p.birth(s.At, row)
		p.add(&moment{at: s.At, event: -1, weight: essential + 20,
			marks: []mark{{row: row, glyph: "⇒" + strconv.Itoa(t.choice)}}})
	}
}

// turns finds the steps that the storm's switches have chosen. A switch at a
// wake-up can't be told from the history, and is not drawn.
func (p *picture) turns() []turn {
	var turns []turn
	for i, c := range p.storm {
		if c.Kind != tape.Switch || c.Place.Site == "" {
			continue
		}
		if k := p.chosen(c); k >= 0 {
			turns = append(turns, turn{step: k, choice: i + 1})
		}
	}
	slices.SortStableFunc(turns, func(a, b turn) int { return a.step - b.step })
	return turns
}

// chosen is the step that followed when the task came to the place of c, or
// when it blocked after it: the first one that is not its own. It counts only
// if it is a step of the task that c lets go first.
func (p *picture) chosen(c tape.Choice) int {
	came := -1
	for k, s := range p.run.Steps {
		if s.Task == nil || s.Task.Path != c.Place.Task {
			continue
		}
		here := s.Site == c.Place.Site && s.Hit == c.Place.Hit
		if !here || c.Place.After {
			came = k
		}
		if here {
			break
		}
	}
	for k := came + 1; came >= 0 && k < len(p.run.Steps); k++ {
		switch t := p.run.Steps[k].Task; {
		case t != nil && t.Path == c.To:
			return k
		case t == nil || t.Path != c.Place.Task || !c.Place.After:
			return -1
		}
	}
	return -1
}
