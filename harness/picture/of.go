package picture

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/report"
	"github.com/squall-go/squall/harness/tape"
)

// Of makes the picture of a run. terms are those by which it was judged, findings
// are what is wrong with it, storm is what it chose. The picture is bounded: see
// the constants below.
func Of(run *history.Run, terms judge.Terms, findings []judge.Finding, storm []tape.Choice) *Picture {
	b := &builder{run: run, picture: &Picture{Tasks: []Task{}, Events: []Event{}, Bands: []Band{}, Broken: -1}, index: map[*history.Task]int{}, chosen: map[int]bool{}}
	b.tasks(findings)
	b.states()
	b.blast(terms)
	b.events()
	b.bands(storm)
	b.broken(findings)
	b.causes()
	b.cut()
	return b.picture
}

type builder struct {
	run     *history.Run
	picture *Picture
	index   map[*history.Task]int
	chosen  map[int]bool // events that are strikes of the storm
}

func (b *builder) tasks(findings []judge.Finding) {
	for i, t := range b.run.Tasks {
		b.index[t] = i
		parent := b.of(t.Parent)
		b.picture.Tasks = append(b.picture.Tasks, Task{
			Path: clip(t.Path), Name: clip(t.Name), Parent: parent, State: Ended,
			Accused: slices.ContainsFunc(findings, func(f judge.Finding) bool { return f.Subject == t.Path }),
		})
	}
}

// of is the index of t, -1 if it is none.
func (b *builder) of(t *history.Task) int {
	if i, ok := b.index[t]; ok {
		return i
	}
	return -1
}

// states reads from the events how each task ended.
func (b *builder) states() {
	causes := map[int]error{} // of cancellations
	for _, e := range b.run.Events {
		i := b.of(e.Task)
		if i < 0 {
			continue
		}
		t := &b.picture.Tasks[i]
		switch e.Kind {
		case history.Opened:
			t.Kind = e.Name
		case history.Struck:
			t.Struck = true
		case history.Cancelled, history.Done:
			causes[i] = e.Err
		case history.Refused:
			t.State, t.Why = Refused, line(e.Err)
		case history.Ended:
			t.State, t.Why = ending(e.Err, causes[i]), line(e.Err)
		}
	}
	for _, left := range slices.Concat(b.run.Left, b.run.Waiters) {
		i := b.of(left.Task)
		if i >= 0 {
			b.picture.Tasks[i].State, b.picture.Tasks[i].Why = Leaked, clip(left.State)
		}
		b.picture.Left = append(b.picture.Left, Left{Task: i, State: clip(left.State), Stack: fmt.Sprintf("%.4000s", left.Stack)})
	}
}

// ending tells a failure from the report of a cancellation.
func ending(err, cause error) State {
	switch {
	case err == nil:
		return Ended
	case cause != nil && cause.Error() != "" && strings.Contains(err.Error(), cause.Error()):
		return Cancelled
	}
	return Failed
}

// blast marks whom the failures affected, and whom the scopes' boundaries let them
// affect, as the judge sees it.
func (b *builder) blast(terms judge.Terms) {
	reach := judge.Reach(b.run, terms)
	for i, t := range b.run.Tasks {
		drawn := &b.picture.Tasks[i]
		drawn.Affected = reach.Affected[t] || drawn.Struck || drawn.State == Leaked
		drawn.Allowed = reach.Allowed[t] || drawn.Affected && !reach.Affected[t]
	}
}

func (b *builder) events() {
	for _, e := range b.run.Events {
		b.picture.Events = append(b.picture.Events, Event{
			Task: b.of(e.Task), Step: e.Step, At: int64(e.At), Kind: e.Kind.String(), Text: told(e), Of: b.of(e.Of),
		})
		b.picture.End = max(b.picture.End, int64(e.At))
	}
}

// told is the event in words.
func told(e history.Event) string {
	text := e.Kind.String()
	switch e.Kind {
	case history.Struck:
		text = fmt.Sprintf("%s #%d: %s", e.Site, e.Hit, e.Fault)
	default:
		for _, more := range []string{e.Name, e.Value} {
			if more != "" {
				text += " " + more
			}
		}
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return clip(text)
}

// bands are the faults: from the strike until the task's next event, which is
// where their effect can be seen.
func (b *builder) bands(storm []tape.Choice) {
	for i, e := range b.run.Events {
		if e.Kind != history.Struck {
			continue
		}
		band := Band{Task: b.of(e.Task), From: i, To: i, Site: e.Site, Fault: e.Fault.String()}
		for j := i + 1; j < len(b.run.Events); j++ {
			if b.run.Events[j].Task == e.Task {
				band.To = j
				break
			}
		}
		for n, c := range storm {
			if c.Kind == tape.Strike && c.Place.Site == e.Site && c.Place.Hit == e.Hit && e.Task != nil && c.Place.Task == e.Task.Path {
				band.Number = n + 1
				b.chosen[i] = true
			}
		}
		b.picture.Bands = append(b.picture.Bands, band)
	}
}

func (b *builder) broken(findings []judge.Finding) {
	if len(findings) == 0 || len(b.run.Events) == 0 {
		return
	}
	b.picture.Broken = min(report.Scene(b.run, findings[0]), len(b.run.Events)-1)
}

// causes marks the causal past of where it went wrong: what its task did before,
// who made that task, whose failure it was told of, what its cancellation came
// from, and so on. The faults of the storm are in it too: without any of them it
// would not have gone wrong, or shrinking would have left it out.
func (b *builder) causes() {
	if b.picture.Broken < 0 {
		return
	}
	past := map[*history.Task]bool{}
	add := func(t *history.Task) {
		if t != nil {
			past[t] = true
		}
	}
	add(b.run.Events[b.picture.Broken].Task)
	for i := b.picture.Broken; i >= 0; i-- {
		e := &b.run.Events[i]
		if e.Kind == history.Struck && b.chosen[i] {
			add(e.Task)
		}
		if !past[e.Task] {
			continue
		}
		b.picture.Events[i].Cause = true
		add(e.Of)
		switch e.Kind {
		case history.Opened:
			add(e.Task.Parent)
		case history.Cancelled, history.Done:
			add(b.origin(i, e.Err))
		}
	}
}

// origin is the task that a cancellation before event i came from: the one that
// was struck by its cause or ended with it, else the parent.
func (b *builder) origin(i int, cause error) *history.Task {
	task := b.run.Events[i].Task
	if cause == nil {
		return task.Parent
	}
	for j := i - 1; j >= 0; j-- {
		e := &b.run.Events[j]
		if e.Task != task && e.Kind == history.Ended && e.Err != nil && e.Err.Error() != "" && strings.Contains(cause.Error(), e.Err.Error()) {
			return e.Task
		}
	}
	return task.Parent
}

// The bounds of a picture. What is left out is the least telling part.
const (
	maxEvents = 1500
	maxTasks  = 500
	maxBands  = 300
	maxLeft   = 50
)

// dull kinds of events go first.
var dull = []string{"running", "finished", "queued", "acquired", "released", "waiting", "said", "carried", "started"}

func (b *builder) cut() {
	p := b.picture
	p.Left = p.Left[:min(len(p.Left), maxLeft)]
	p.dropTasks()
	for _, kind := range dull {
		p.drop(func(e *Event) bool { return e.Kind == kind && !e.Cause })
	}
	p.drop(func(e *Event) bool { return !e.Cause && e.Kind != "struck" })
	p.drop(func(e *Event) bool { return e.Kind != "struck" })
	p.drop(func(*Event) bool { return true })
	p.Bands = p.Bands[:min(len(p.Bands), maxBands)]
}

// drop leaves out events for which may holds, the last ones first, until few
// enough are left. The one at which it went wrong stays.
func (p *Picture) drop(may func(*Event) bool) {
	surplus := len(p.Events) - maxEvents
	if surplus <= 0 {
		return
	}
	gone := make([]bool, len(p.Events))
	for i := len(p.Events) - 1; i >= 0 && surplus > 0; i-- {
		if i != p.Broken && may(&p.Events[i]) {
			gone[i] = true
			surplus--
		}
	}
	p.without(gone)
}

// without leaves out the events that are gone, and the bands that begin with one.
func (p *Picture) without(gone []bool) {
	moved := make([]int, len(p.Events))
	kept := []Event{}
	for i, e := range p.Events {
		moved[i] = len(kept)
		if gone[i] {
			p.Cut++
			continue
		}
		kept = append(kept, e)
	}
	bands := []Band{}
	for _, band := range p.Bands {
		if !gone[band.From] {
			band.From, band.To = moved[band.From], min(moved[band.To], len(kept)-1)
			bands = append(bands, band)
		}
	}
	p.Events, p.Bands = kept, bands
	if p.Broken >= 0 {
		p.Broken = moved[p.Broken]
	}
}

// dropTasks leaves out tasks when there are too many, with their events: those that
// have no part in what went wrong, the last ones first, and none that has a child
// which stays.
func (p *Picture) dropTasks() {
	surplus := len(p.Tasks) - maxTasks
	if surplus <= 0 {
		return
	}
	part, parents := p.parts(), make([]int, len(p.Tasks))
	for _, t := range p.Tasks {
		if t.Parent >= 0 {
			parents[t.Parent]++
		}
	}
	gone := make([]bool, len(p.Tasks))
	for _, most := range []int{0, 1, 2} { // how much of a part a task may have had
		for i := len(p.Tasks) - 1; i > 0 && surplus > 0; i-- {
			if !gone[i] && parents[i] == 0 && part[i] <= most {
				gone[i] = true
				surplus--
				if up := p.Tasks[i].Parent; up >= 0 {
					parents[up]--
				}
			}
		}
	}
	p.withoutTasks(gone)
}

// parts is how much of a part each task has: 2 if it is where it went wrong, 1 if
// something led there through it or the blast reached it.
func (p *Picture) parts() []int {
	part := make([]int, len(p.Tasks))
	for i, t := range p.Tasks {
		if t.Affected || t.Struck {
			part[i] = 1
		}
		if t.Accused {
			part[i] = 2
		}
	}
	for i, e := range p.Events {
		switch {
		case e.Task < 0:
		case i == p.Broken:
			part[e.Task] = 2
		case e.Cause:
			part[e.Task] = max(part[e.Task], 1)
		}
	}
	return part
}

func (p *Picture) withoutTasks(gone []bool) {
	moved := make([]int, len(p.Tasks))
	var kept []Task
	for i, t := range p.Tasks {
		moved[i] = len(kept)
		if gone[i] {
			moved[i] = -1
			p.CutTasks++
			continue
		}
		kept = append(kept, t)
	}
	place := func(i int) int {
		if i < 0 {
			return -1
		}
		return moved[i]
	}
	for i := range kept {
		kept[i].Parent = place(kept[i].Parent)
	}
	p.Tasks = kept
	lost := make([]bool, len(p.Events))
	for i := range p.Events {
		e := &p.Events[i]
		lost[i] = e.Task >= 0 && moved[e.Task] < 0 && i != p.Broken
		e.Task, e.Of = place(e.Task), place(e.Of)
	}
	p.without(lost)
	bands := []Band{}
	for _, band := range p.Bands {
		if band.Task = place(band.Task); band.Task >= 0 {
			bands = append(bands, band)
		}
	}
	p.Bands = bands
	for i := range p.Left {
		p.Left[i].Task = place(p.Left[i].Task)
	}
}

// line is an error in one line.
func line(err error) string {
	if err == nil {
		return ""
	}
	return clip(err.Error())
}

// clip makes one printable line of at most 300 bytes.
func clip(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '·'
		}
		return r
	}, strings.ToValidUTF8(text, "�"))
	if len(text) <= 300 {
		return text
	}
	return strings.ToValidUTF8(text[:297], "") + "…"
}
