// Package trace draws a picture of a run as a Chrome trace: the JSON that
// ui.perfetto.dev and Chrome's own viewer open. See "Trace Event Format" of the
// Chromium project; used are the phases X (complete), i (instant), s and f (flow)
// and M (metadata).
//
// A thread is a task, with its life as one slice and in it the bands of the faults;
// events are instants; an arrow leads from each task to those that it made.
//
// Many things happen at one instant of virtual time, and a viewer would pile them
// up; each event is therefore at least a nanosecond behind the one before. The
// exact time is among its arguments.
package trace

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/squall-go/squall/harness/picture"
)

// About is what a trace says beside the picture.
type About struct {
	Name  string            // of the process that the tasks are the threads of
	Notes map[string]string // facts about the run as a whole, which viewers show apart
}

// Of is the trace of a picture.
func Of(p *picture.Picture, about About) ([]byte, error) {
	d := &drawing{picture: p}
	d.times()
	d.names(about.Name)
	d.lives()
	d.bands()
	d.instants()
	d.flows()
	notes := map[string]string{"time": "virtual; events of one instant are a nanosecond apart"}
	maps.Copy(notes, about.Notes)
	out, err := json.Marshal(map[string]any{"traceEvents": d.events, "displayTimeUnit": "ns", "otherData": notes})
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	return append(out, '\n'), nil
}

// event is one element of traceEvents.
type event struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"`
	At       micros         `json:"ts"`
	Duration *micros        `json:"dur,omitempty"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Scope    string         `json:"s,omitempty"`
	ID       int            `json:"id,omitempty"`
	Bind     string         `json:"bp,omitempty"`
	Args     map[string]any `json:"args,omitempty"`
}

const theRun = 1 // the process of a trace

type drawing struct {
	picture *picture.Picture
	at      []micros // of the picture's events
	first   []int    // by task: its first event, -1 if it has none
	last    []int
	begin   []micros // by task: when its slice begins
	events  []event
}

func (d *drawing) times() {
	now := micros(-1)
	for range d.picture.Tasks {
		d.first, d.last = append(d.first, -1), append(d.last, -1)
	}
	for i, e := range d.picture.Events {
		now = max(now+1, micros(max(0, e.At)))
		d.at = append(d.at, now)
		if e.Task >= 0 {
			if d.first[e.Task] < 0 {
				d.first[e.Task] = i
			}
			d.last[e.Task] = i
		}
	}
	d.begins()
}

// begins is when the tasks' slices begin: with the first event, and not after a
// child's. What made a child was there, though nothing may have been told of it.
func (d *drawing) begins() {
	d.begin = make([]micros, len(d.picture.Tasks))
	for i := range d.begin {
		if d.first[i] >= 0 {
			d.begin[i] = d.at[d.first[i]]
		}
	}
	for i, t := range slices.Backward(d.picture.Tasks) {
		if d.made(i) {
			d.begin[t.Parent] = min(d.begin[t.Parent], d.begin[i])
		}
	}
}

// made reports whether the task is drawn, and who made it as well.
func (d *drawing) made(task int) bool {
	parent := d.picture.Tasks[task].Parent
	return parent >= 0 && parent < task && d.first[task] >= 0 && d.first[parent] >= 0
}

// thread is the task's; 1 is for what is of no task.
func thread(task int) int { return task + 2 }

func (d *drawing) names(process string) {
	d.meta("process_name", 0, "name", process)
	for i, t := range d.picture.Tasks {
		if d.first[i] >= 0 {
			d.meta("thread_name", thread(i), "name", t.Path)
			d.meta("thread_sort_index", thread(i), "sort_index", i)
		}
	}
}

func (d *drawing) meta(name string, thread int, key string, value any) {
	d.events = append(d.events, event{Name: name, Phase: "M", Process: theRun, Thread: thread, Args: map[string]any{key: value}})
}

// lives are the slices of the tasks. One that was left behind lasts to the end.
func (d *drawing) lives() {
	for i, t := range d.picture.Tasks {
		if d.first[i] < 0 {
			continue
		}
		from, to := d.life(i)
		args := map[string]any{"path": t.Path, "kind": t.Kind, "state": string(t.State)}
		if t.Why != "" {
			args["why"] = t.Why
		}
		d.slice(t.Name, "task,"+string(t.State), thread(i), from, to, args)
	}
}

// life is when a task's slice begins and ends: a nanosecond after its last event.
// Perfetto counts a slice's end as outside of it, and would draw that event beside.
func (d *drawing) life(task int) (from, to micros) {
	from, to = d.begin[task], d.at[d.last[task]]
	if d.picture.Tasks[task].State == picture.Leaked {
		to = max(to, d.at[len(d.at)-1], micros(max(0, d.picture.End)))
	}
	return from, to + 1
}

// bands are slices within those of the tasks. Those of one task may touch, and
// must not overlap: importers drop a slice that neither is in another one nor
// beside it.
func (d *drawing) bands() {
	free := map[int]micros{}
	for _, band := range d.picture.Bands {
		if band.Task < 0 || d.first[band.Task] < 0 {
			continue
		}
		begin, end := d.life(band.Task)
		from := max(d.at[band.From], free[band.Task], begin)
		to := min(max(d.at[band.To], from+1), end)
		if from >= to {
			continue
		}
		free[band.Task] = to
		args := map[string]any{"site": band.Site, "fault": band.Fault}
		if band.Number > 0 {
			args["choice"] = strconv.Itoa(band.Number)
		}
		d.slice("↯ "+band.Site+": "+band.Fault, "fault", thread(band.Task), from, to, args)
	}
}

func (d *drawing) slice(name, category string, thread int, from, to micros, args map[string]any) {
	length := to - from
	d.events = append(d.events, event{Name: name, Category: category, Phase: "X", At: from, Duration: &length, Process: theRun, Thread: thread, Args: args})
}

func (d *drawing) instants() {
	for i, e := range d.picture.Events {
		instant := event{Name: e.Text, Category: e.Kind, Phase: "i", At: d.at[i], Process: theRun, Thread: thread(e.Task), Scope: "t",
			Args: map[string]any{"step": e.Step, "virtual_ns": e.At}}
		if e.Cause {
			instant.Args["led_there"] = true
		}
		d.events = append(d.events, instant)
		if i == d.picture.Broken {
			d.events = append(d.events, event{Name: "✗ went wrong here", Category: "broken", Phase: "i", At: d.at[i], Process: theRun, Thread: thread(e.Task), Scope: "g"})
		}
	}
}

// flows are arrows from parents to children. An arrow begins and ends within a
// slice, or a viewer drops it: that of a child whose parent has ended begins at
// the parent's end.
func (d *drawing) flows() {
	for i, t := range d.picture.Tasks {
		if !d.made(i) {
			continue
		}
		begin, end := d.life(t.Parent)
		born := d.begin[i]
		arrow := event{Name: "made", Category: "task", Process: theRun, ID: i + 1}
		arrow.Phase, arrow.At, arrow.Thread = "s", min(max(begin, born-1), end-1), thread(t.Parent)
		d.events = append(d.events, arrow)
		arrow.Phase, arrow.At, arrow.Thread, arrow.Bind = "f", born, thread(i), "e"
		d.events = append(d.events, arrow)
	}
}
