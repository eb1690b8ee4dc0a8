package publish

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/squall-go/squall/harness/picture"
)

// traceEvent is one event of Chrome's trace format: see "Trace Event Format" of
// the Chromium project, the parts X (complete), i (instant), s and f (flow) and M
// (metadata). Times are microseconds.
type traceEvent struct {
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

// micros are nanoseconds, written as microseconds without a loss.
type micros int64

// MarshalJSON writes 1234 as 1.234.
func (m micros) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%d.%03d", int64(m)/1000, int64(m)%1000), nil
}

const theRun = 1 // the process of a trace

// Trace is the finding's run as a Chrome trace: a thread a task, its life as one
// slice with the faults' bands in it, its events as instants, and an arrow from
// each task to those that it made. nil without an error if the finding has no
// picture.
//
// Many things happen at one instant of virtual time, and a viewer would pile them
// up; each event is therefore at least a nanosecond behind the one before. The
// exact time is among its arguments.
func Trace(f *Finding) ([]byte, error) {
	if f.Picture == nil {
		return nil, nil
	}
	b := &traced{picture: f.Picture}
	b.times()
	b.names(f)
	b.lives()
	b.bands()
	b.instants()
	b.flows()
	out, err := json.Marshal(map[string]any{
		"traceEvents": b.events, "displayTimeUnit": "ns",
		"otherData": map[string]string{
			"scenario": f.Scenario, "property": f.Property, "message": f.Message, "replay": f.Replay,
			"time": "virtual; events of one instant are a nanosecond apart",
		},
	})
	if err != nil {
		return nil, fmt.Errorf("publish: trace: %w", err)
	}
	return append(out, '\n'), nil
}

type traced struct {
	picture *picture.Picture
	at      []micros // of the picture's events
	first   []int    // by task: its first event, -1 if it has none
	last    []int
	events  []traceEvent
}

func (b *traced) times() {
	now := micros(-1)
	for range b.picture.Tasks {
		b.first, b.last = append(b.first, -1), append(b.last, -1)
	}
	for i, e := range b.picture.Events {
		now = max(now+1, micros(max(0, e.At)))
		b.at = append(b.at, now)
		if e.Task >= 0 {
			if b.first[e.Task] < 0 {
				b.first[e.Task] = i
			}
			b.last[e.Task] = i
		}
	}
}

// thread is the task's; 1 is for what is of no task.
func thread(task int) int { return task + 2 }

func (b *traced) names(f *Finding) {
	b.meta("process_name", 0, "name", f.Scenario+" "+f.Property)
	for i, t := range b.picture.Tasks {
		if b.first[i] >= 0 {
			b.meta("thread_name", thread(i), "name", t.Path)
			b.meta("thread_sort_index", thread(i), "sort_index", i)
		}
	}
}

func (b *traced) meta(name string, thread int, key string, value any) {
	b.events = append(b.events, traceEvent{Name: name, Phase: "M", Process: theRun, Thread: thread, Args: map[string]any{key: value}})
}

// lives are the slices of the tasks. One that was left behind lasts to the end.
func (b *traced) lives() {
	for i, t := range b.picture.Tasks {
		if b.first[i] < 0 {
			continue
		}
		from, to := b.life(i)
		length := to - from
		args := map[string]any{"path": t.Path, "kind": t.Kind, "state": string(t.State)}
		if t.Why != "" {
			args["why"] = t.Why
		}
		b.events = append(b.events, traceEvent{Name: t.Name, Category: "task," + string(t.State), Phase: "X", At: from, Duration: &length, Process: theRun, Thread: thread(i), Args: args})
	}
}

// life is a task's first and last moment.
func (b *traced) life(task int) (from, to micros) {
	from, to = b.at[b.first[task]], b.at[b.last[task]]
	if b.picture.Tasks[task].State == picture.Leaked {
		to = max(to, b.at[len(b.at)-1], micros(max(0, b.picture.End)))
	}
	return from, max(to, from+1)
}

// bands are slices within those of the tasks. Those of one task may touch, and
// must not overlap: that would not nest.
func (b *traced) bands() {
	free := map[int]micros{}
	for _, band := range b.picture.Bands {
		if b.first[band.Task] < 0 {
			continue
		}
		begin, end := b.life(band.Task)
		from := max(b.at[band.From], free[band.Task], begin)
		to := min(max(b.at[band.To], from), end)
		if from > to {
			continue
		}
		free[band.Task] = to
		length := to - from
		name := "↯ " + band.Site + ": " + band.Fault
		args := map[string]any{"site": band.Site, "fault": band.Fault}
		if band.Number > 0 {
			args["choice"] = strconv.Itoa(band.Number)
		}
		b.events = append(b.events, traceEvent{Name: name, Category: "fault", Phase: "X", At: from, Duration: &length, Process: theRun, Thread: thread(band.Task), Args: args})
	}
}

func (b *traced) instants() {
	for i, e := range b.picture.Events {
		event := traceEvent{Name: e.Text, Category: e.Kind, Phase: "i", At: b.at[i], Process: theRun, Thread: thread(e.Task), Scope: "t",
			Args: map[string]any{"step": e.Step, "virtual_ns": e.At}}
		if e.Cause {
			event.Args["led_there"] = true
		}
		b.events = append(b.events, event)
		if i == b.picture.Broken {
			b.events = append(b.events, traceEvent{Name: "✗ went wrong here", Category: "broken", Phase: "i", At: b.at[i], Process: theRun, Thread: thread(e.Task), Scope: "g"})
		}
	}
}

// flows are arrows from parents to children. An arrow begins and ends within a
// slice, or a viewer drops it.
func (b *traced) flows() {
	for i, t := range b.picture.Tasks {
		if t.Parent < 0 || b.first[i] < 0 || b.first[t.Parent] < 0 {
			continue
		}
		begin, end := b.life(t.Parent)
		born, _ := b.life(i)
		from := min(max(begin, born-1), end)
		if from > born {
			continue // the parent showed itself later than the child: nothing to draw
		}
		arrow := traceEvent{Name: "made", Category: "task", Process: theRun, ID: i + 1}
		arrow.Phase, arrow.At, arrow.Thread = "s", from, thread(t.Parent)
		b.events = append(b.events, arrow)
		arrow.Phase, arrow.At, arrow.Thread, arrow.Bind = "f", born, thread(i), "e"
		b.events = append(b.events, arrow)
	}
}
