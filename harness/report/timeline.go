package report

import (
	"slices"
	"strings"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/tape"
)

// maxRows is how many tasks a picture shows.
const maxRows = 14

// narrowest is the least width that a picture can be drawn in.
const narrowest = 40

// picture is a timeline in the making.
type picture struct {
	run      *history.Run
	findings []judge.Finding
	storm    []tape.Choice
	width    int // of the lines at most, labels excluded
	used     int // of it

	scenes  []int // by finding; see Scene
	cast    *cast
	tasks   []*history.Task // those shown, one a row
	rows    map[*history.Task]int
	moments []*moment

	begun []bool // by row
	told  map[*history.Task]bool
	hit   bool // a strike was seen
}

// Timeline draws the run, at most width columns wide (less than 40 is taken
// for 40), with the findings marked in it; the package comment says how to
// read it. A run without tasks gives "".
func Timeline(run *history.Run, width int, findings ...judge.Finding) string {
	return timeline(run, width, findings, nil)
}

func timeline(run *history.Run, width int, findings []judge.Finding, storm []tape.Choice) string {
	if run == nil {
		return ""
	}
	width = max(width, narrowest)
	p := &picture{run: run, findings: findings, storm: storm, cast: castOf(run, findings),
		rows: map[*history.Task]int{}, told: map[*history.Task]bool{}}
	p.cast.dismiss(run)
	p.tasks = p.cast.stage(maxRows)
	if len(p.tasks) == 0 {
		return ""
	}
	for row, t := range p.tasks {
		p.rows[t] = row
	}
	for _, f := range findings {
		p.scenes = append(p.scenes, Scene(run, f))
	}
	p.begun = make([]bool, len(p.tasks))
	p.script()
	p.relocate()

	labels := p.labels(width / 3)
	gutter := columns("timeline")
	for _, l := range labels {
		gutter = max(gutter, columns(l)+2)
	}
	p.width = width - gutter - 2
	return p.draw(labels, gutter, p.fit(), width)
}

// relocate finds another place for findings whose event gave no mark: the last
// one of its subject.
func (p *picture) relocate() {
	for i, f := range p.findings {
		row, ok := p.rows[p.cast.find(f.Subject)]
		drawn := slices.ContainsFunc(p.moments, func(m *moment) bool { return m.event == p.scenes[i] && m.event >= 0 })
		if drawn || !ok {
			continue
		}
		for _, m := range slices.Backward(p.moments) {
			if m.event >= 0 && m.on(row) {
				p.scenes[i], m.weight = m.event, broke
				break
			}
		}
	}
}

// labels names the rows: by their paths if these are short enough, else as an
// indented tree.
func (p *picture) labels(room int) []string {
	labels := make([]string, 0, len(p.tasks))
	for _, t := range p.tasks {
		if columns(path(t)) > room-2 {
			return p.indented(room)
		}
		labels = append(labels, path(t))
	}
	return labels
}

func (p *picture) indented(room int) []string {
	depth := make([]int, len(p.tasks))
	labels := make([]string, 0, len(p.tasks))
	for row, t := range p.tasks {
		label := element(t)
		if above, ok := p.above(t); !ok {
			label = path(t)
		} else {
			depth[row] = depth[above] + 1
			if t.Parent != p.tasks[above] {
				label = "…/" + label
			}
		}
		indent := min(2*depth[row], room/2)
		labels = append(labels, strings.Repeat(" ", indent)+clipMiddle(label, room-2-indent))
	}
	return labels
}

// above is the row of the nearest ancestor that is shown.
func (p *picture) above(t *history.Task) (row int, ok bool) {
	for a := t.Parent; a != nil; a = a.Parent {
		if row, ok = p.rows[a]; ok {
			return row, true
		}
	}
	return 0, false
}

func (p *picture) isBroken(event int) bool { return slices.Contains(p.scenes, event) }

// draw puts labels, lines and pointers together.
func (p *picture) draw(labels []string, gutter int, room room, width int) string {
	out := []string{pad("timeline", gutter+2) + p.head()}
	for row, t := range p.tasks {
		sign := "  "
		if p.cast.parts[t].is(accused) {
			sign = "! "
		}
		out = append(out, pad(sign+labels[row], gutter+2)+p.line(row, room))
		if pointer := p.pointer(row); pointer != "" {
			out = append(out, strings.Repeat(" ", gutter+2)+pointer)
		}
	}
	out = append(out, flow(pad("legend", gutter+2), p.legend(out[1:]), "  ", width)...)
	if text := p.leftOut(); text != "" {
		out = append(out, wrap(pad("", gutter+2), text, width)...)
	}
	for i, line := range out {
		out[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(out, "\n") + "\n"
}

// pointer is the line below the row in which a finding shows.
func (p *picture) pointer(row int) string {
	for i, f := range p.findings {
		for _, m := range p.moments {
			if m.event == p.scenes[i] && m.event >= 0 && m.kept && p.pointsTo(row, m, f) {
				return p.pointAt(m.x, clip("broken here: "+clean(f.Property), p.width/2))
			}
		}
	}
	return ""
}

// pointsTo reports whether the row is the one of the moment that f is about:
// that of its subject, if the moment has it, else any of the moment's.
func (p *picture) pointsTo(row int, m *moment, f judge.Finding) bool {
	if subject, ok := p.rows[p.cast.find(f.Subject)]; ok && m.on(subject) {
		return row == subject
	}
	return m.on(row)
}

func (p *picture) pointAt(x int, text string) string {
	if x+2+columns(text) <= p.width {
		return strings.Repeat(" ", x) + "▲ " + text
	}
	return strings.Repeat(" ", max(0, x-1-columns(text))) + text + " ▲"
}

// meanings are the signs in the order in which a legend explains them.
var meanings = [...]struct{ sign, text string }{
	{"○", "created"}, {"●", "runs"}, {" ·", "waits"}, {"↯", "fault strikes"}, {"⇒", "goes first, against the default"},
	{"⊘", "cancelled or ended by it"}, {"✗", "failed"}, {"✓", "ended well"}, {"←", "failure arrives"}, {"◆", "note"},
	{"⇢", "sent or asked"}, {"⇠", "received or answered"}, {"⇍", "refused or given up"}, {"⇥", "still queued"},
	{"•", "something happened"}, {"┄", "events left out"},
}

// legend explains the signs that are in the lines.
func (p *picture) legend(lines []string) []string {
	legend := []string{"left to right is order, not time"}
	for _, m := range meanings {
		if slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, m.sign) }) {
			legend = append(legend, strings.TrimSpace(m.sign)+" "+m.text)
		}
	}
	inFull := func(l string) bool { return strings.Contains(l, foreign+" ") }
	if slices.ContainsFunc(p.moments, p.launchesForeign) && slices.ContainsFunc(lines, inFull) {
		legend = append(legend, "foreign: a task of harness.Instrument or Run.Go")
	}
	return legend
}

func (p *picture) launchesForeign(m *moment) bool {
	return m.kept && slices.ContainsFunc(m.marks, func(k mark) bool { return strings.HasPrefix(k.text, foreign+" ") })
}

func (p *picture) leftOut() string {
	var left []string
	if n := len(p.cast.tasks) - len(p.tasks); n > 0 {
		left = append(left, count(n)+" of "+count(len(p.cast.tasks))+" tasks")
	}
	hidden := 0
	for _, m := range p.moments {
		if !m.kept {
			hidden++
		}
	}
	if hidden > 0 {
		left = append(left, count(hidden)+" of "+count(len(p.moments))+" events of the tasks shown")
	}
	if left == nil {
		return ""
	}
	return "left out: " + strings.Join(left, "; ")
}
