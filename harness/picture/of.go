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

// Of makes the picture of a run. findings are what is wrong with it, storm is
// what it chose.
func Of(run *history.Run, findings []judge.Finding, storm []tape.Choice) *Picture {
	b := &builder{run: run, picture: &Picture{Tasks: []Task{}, Events: []Event{}, Bands: []Band{}, Broken: -1}, index: map[*history.Task]int{}}
	b.tasks(findings)
	b.states()
	b.blast()
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
}

func (b *builder) tasks(findings []judge.Finding) {
	for i, t := range b.run.Tasks {
		b.index[t] = i
		parent := -1
		if t.Parent != nil {
			parent = b.index[t.Parent]
		}
		b.picture.Tasks = append(b.picture.Tasks, Task{
			Path: t.Path, Name: t.Name, Parent: parent, State: Ended,
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
	case cause != nil && strings.Contains(err.Error(), cause.Error()):
		return Cancelled
	}
	return Failed
}

// blast marks whom the faults affected, and whom the scopes' boundaries let them
// affect: what is below the topmost scope that a failure may bring down.
func (b *builder) blast() {
	tasks := b.picture.Tasks
	boundaries := map[int]bool{}
	for i := range tasks {
		t := &tasks[i]
		t.Affected = t.Struck || t.State == Failed || t.State == Cancelled || t.State == Leaked
		if t.Struck || t.State == Failed {
			boundaries[b.boundary(i)] = true
		}
	}
	for i := range tasks {
		for up := i; up >= 0; up = tasks[up].Parent {
			if boundaries[up] {
				tasks[i].Allowed = true
				break
			}
		}
	}
}

// boundary is the topmost task that a failure of i may bring down: below a
// supervisor, a root, or whatever shields.
func (b *builder) boundary(i int) int {
	tasks := b.picture.Tasks
	for {
		parent := tasks[i].Parent
		if parent <= 0 || tasks[parent].Kind == judge.Supervisor || tasks[i].Kind == judge.Detached || tasks[i].Kind == judge.Supervisor {
			return i
		}
		i = parent
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
// from, and so on.
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
		if e.Task != task && e.Kind == history.Ended && e.Err != nil && strings.Contains(cause.Error(), e.Err.Error()) {
			return e.Task
		}
	}
	return task.Parent
}

// maxEvents bounds the picture; the dullest events go first.
const maxEvents = 1500

var dull = []string{"running", "finished", "queued", "acquired", "released", "waiting", "said", "carried", "started"}

func (b *builder) cut() {
	p := b.picture
	for _, kind := range append(dull, "") {
		if len(p.Events) <= maxEvents {
			return
		}
		p.drop(kind)
	}
}

// drop leaves out events of a kind, of any kind if it is empty, the last ones
// first, until few enough are left.
func (p *Picture) drop(kind string) {
	surplus := len(p.Events) - maxEvents
	moved := make([]int, len(p.Events))
	gone := make([]bool, len(p.Events))
	for i := len(p.Events) - 1; i >= 0 && surplus > 0; i-- {
		if (kind == "" || p.Events[i].Kind == kind) && !p.holds(i) {
			gone[i] = true
			surplus--
		}
	}
	kept := p.Events[:0]
	for i, e := range p.Events {
		moved[i] = len(kept)
		if gone[i] {
			p.Cut++
			continue
		}
		kept = append(kept, e)
	}
	p.Events = kept
	for i := range p.Bands {
		p.Bands[i].From, p.Bands[i].To = moved[p.Bands[i].From], min(moved[p.Bands[i].To], len(kept)-1)
	}
	if p.Broken >= 0 {
		p.Broken = moved[p.Broken]
	}
}

// holds reports whether the event is one that the picture cannot do without.
func (p *Picture) holds(i int) bool {
	return i == p.Broken || p.Events[i].Kind == "struck"
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
