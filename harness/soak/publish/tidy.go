package publish

import (
	"cmp"
	"time"

	"github.com/squall-go/squall/harness/picture"
)

// How much of a picture is shown at most.
const (
	maxTasks  = 500
	maxEvents = 1500
	maxBands  = 300
	maxLeft   = 50
)

// unnamed is what a file names not at all: tools that draw traces take no empty name.
const unnamed = "unnamed"

// tidy is a copy of p that can be drawn whatever the file said: every index is
// one that exists, parents come before their children, texts can be shown. nil
// if there is nothing to draw.
func tidy(p *picture.Picture) *picture.Picture {
	if p == nil || len(p.Tasks) == 0 {
		return nil
	}
	t := &picture.Picture{Cut: max(0, p.Cut), CutTasks: max(0, p.CutTasks), Broken: -1, Tasks: []picture.Task{}, Events: []picture.Event{}, Bands: []picture.Band{}}
	for i, task := range p.Tasks[:min(len(p.Tasks), maxTasks)] {
		task.Path, task.Name, task.Kind, task.Why = line(task.Path, 300), line(task.Name, short), line(task.Kind, 40), line(task.Why, 300)
		task.Name = cmp.Or(task.Name, task.Path, unnamed)
		task.State = picture.State(line(string(task.State), 40))
		if task.Parent < 0 || task.Parent >= i {
			task.Parent = -1
		}
		t.Tasks = append(t.Tasks, task)
	}
	t.Cut, t.CutTasks = t.Cut+max(0, len(p.Events)-maxEvents), t.CutTasks+max(0, len(p.Tasks)-maxTasks)
	now := int64(0)
	for i, e := range p.Events[:min(len(p.Events), maxEvents)] {
		e.Task, e.Of = existing(e.Task, len(t.Tasks)), existing(e.Of, len(t.Tasks))
		e.Text = cmp.Or(line(e.Text, 300), line(e.Kind, 40), unnamed)
		e.Kind = cmp.Or(line(e.Kind, 40), unnamed)
		now = max(now, e.At) // time does not go back
		e.At, e.Step = now, max(0, e.Step)
		if i == p.Broken {
			t.Broken = i
		}
		t.Events = append(t.Events, e)
	}
	t.End = max(now, min(p.End, 1<<53))
	for _, b := range p.Bands[:min(len(p.Bands), maxBands)] {
		b.Task, b.From, b.To = existing(b.Task, len(t.Tasks)), existing(b.From, len(t.Events)), existing(b.To, len(t.Events))
		if b.Task >= 0 && b.From >= 0 {
			b.To = max(b.From, b.To)
			b.Number, b.Site, b.Fault = max(0, b.Number), line(b.Site, short), line(b.Fault, short)
			t.Bands = append(t.Bands, b)
		}
	}
	for _, l := range p.Left[:min(len(p.Left), maxLeft)] {
		t.Left = append(t.Left, picture.Left{Task: existing(l.Task, len(t.Tasks)), State: line(l.State, 300), Stack: lines(l.Stack, 4000)})
	}
	return t
}

// existing is i if there is such a place, else -1.
func existing(i, n int) int {
	if i < 0 || i >= n {
		return -1
	}
	return i
}

// moment is t in UTC; no time at all if JSON could not write it: what a file says
// near an end of the calendar can be beyond it here.
func moment(t time.Time) time.Time {
	if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}
