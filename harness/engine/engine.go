package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/petermattis/goid"
	"go.uber.org/goleak"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// Mode says who controls the schedule and the clock; see the package comment.
type Mode uint8

// The modes.
const (
	Controlled Mode = iota
	Free
	Wall
)

// Config is what a run needs besides its body.
type Config struct {
	Mode    Mode
	Chooser Chooser
	// Allow is the faults that may strike, by [faults.Site.ID]; a site allows
	// what both it and Allow allow. Shorter than the registry: nothing strikes.
	Allow []faults.Kind
	// Budget is the virtual time (wall mode: real time) a run may take.
	Budget time.Duration
	// MaxSteps is the number of steps a run may take.
	MaxSteps int
	// Exact takes a dump at the end whatever the number of goroutines says:
	// other goroutines of the process may end during the run and hide one
	// that was left. Costs up to a millisecond.
	Exact bool
	// Goroutines, if not nil, is shared by the runs of an exploration: the
	// number of goroutines outside of them, as far as it is known.
	Goroutines *int
	// Scratch, if not nil, is the memory of an earlier run.
	Scratch *Scratch
	// Begun, if not nil, is given the engine before anything runs: a watchdog
	// outside may then ask what the run has chosen.
	Begun func(*Engine)
}

// Defaults of [Config].
const (
	DefaultBudget   = time.Hour
	DefaultMaxSteps = 50_000
	// fairness is how many steps in a row a task may take by default while
	// others are runnable: a loop that polls must not starve what it waits for.
	fairness = 300
)

// Engine is one run. It implements [faults.Engine] for the layers.
type Engine struct {
	mode    Mode
	chooser Chooser
	allow   []faults.Kind
	budget  time.Duration
	max     int
	start   time.Time
	exact   bool
	outside *int          // see Config.Goroutines
	before  goleak.Option // wall mode: the same goroutines, by id

	mu      sync.Mutex
	run     history.Run
	tasks   []*Task
	blocks  [][]Task
	parked  []*park
	spare   []*park
	ready   []*Task // scratch of pick
	watched []*Task // bodies whose contexts are looked at
	done    []*Task // scratch of look
	now     time.Duration
	lastAct time.Duration
	idle    bool // the controller is blocked; whoever parks first wakes it
	off     bool // torn down
	strays  int  // points passed since
	objects []sibling
	healed  atomic.Bool
	choices []choice
	total   int
	drawn   uint64 // hash of the parameters
	wakeups int
	inRow   int // steps that current took in a row
	raced   bool

	taskless []string     // failpoints that were reached without a task
	delayed  atomic.Int32 // injected delays under way on the real clock

	homes   map[int64]*Task // by goroutine; nil if no select asks
	current *Task
	wake    chan struct{} // cap 1
	freed   chan struct{} // closed by heal and teardown
	rootCtx context.Context
	cancel  context.CancelCauseFunc
}

// Spawn implements [faults.Engine].
func (e *Engine) Spawn(face *faults.Task) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.newTask()
	t.ID, t.Name, t.face, t.Born = len(e.tasks), face.Name(), face, len(e.run.Events)
	if parent := face.Parent(); parent != nil {
		t.parent = parent.Record().(*Task)
		t.Task.Parent = &t.parent.Task
		element := unique(&t.parent.names, t.Name)
		t.Hash = Fold(t.parent.Hash, HashString(element))
		t.Path = element
		if t.parent.parent != nil {
			t.Path = t.parent.Path + "/" + element
		}
	} else {
		t.Path, t.Hash = t.Name, 0
	}
	e.tasks = append(e.tasks, t)
	face.SetRecord(t)
}

// At implements [faults.Engine]: the turn first, then the fault.
func (e *Engine) At(ctx context.Context, face *faults.Task, s *faults.Site) faults.Fault {
	t := face.Record().(*Task)
	hit := e.arrive(t, s)
	if hit == 0 {
		return faults.Fault{}
	}
	id := s.ID()
	if id < 0 || id >= len(e.allow) {
		return faults.Fault{}
	}
	allowed := e.allow[id] & s.Allows
	if allowed == 0 || e.healed.Load() {
		return faults.Fault{}
	}
	return e.strike(ctx, t, s, hit, allowed)
}

// Note implements [faults.Engine].
func (e *Engine) Note(ctx context.Context, face *faults.Task, n faults.Event) {
	t := face.Record().(*Task)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.off {
		return
	}
	event := history.Event{Task: &t.Task, Kind: history.Kind(n.Kind), Name: n.Name, Err: n.Err, Flag: n.Flag}
	if n.Of != nil {
		if of, ok := n.Of.Record().(*Task); ok {
			event.Of = &of.Task
			if n.Kind == faults.Waiting {
				event.Name = of.Path
			}
		}
	}
	switch n.Kind {
	case faults.Started:
		t.ctx = ctx
		e.watched = append(e.watched, t)
	case faults.Ended:
		t.over = true
	}
	e.record(event)
}

// record appends an event, stamped. The caller holds mu.
func (e *Engine) record(event history.Event) {
	if e.idle || e.mode != Controlled {
		e.now = e.clock()
	}
	event.At, event.Step = e.now, len(e.run.Steps)
	e.lastAct = e.now
	e.run.Events = append(e.run.Events, event)
	h := Fold(e.run.Hash, uint64(event.Kind)<<32|uint64(event.Task.ID))
	if event.Of != nil {
		h = Fold(h, uint64(event.Of.ID))
	}
	e.run.Hash = h
}

// step records that t goes on from s. The caller holds mu.
func (e *Engine) step(t *Task, s *faults.Site, hit int) {
	if e.mode != Controlled {
		e.now = e.clock()
	}
	e.lastAct = e.now
	name := s.String()
	e.run.Steps = append(e.run.Steps, history.Step{At: e.now, Task: &t.Task, Site: name, Hit: hit})
	e.run.Hash = Fold(Fold(e.run.Hash, t.Hash^uint64(hit)), SiteHash(s)^uint64(e.now))
}

func (e *Engine) clock() time.Duration { return time.Since(e.start) }

func currentGoroutine() int64 { return goid.Get() }
