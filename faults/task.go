package faults

import (
	"context"
	"strings"
)

// Task is the identity of one line of execution: what a failpoint's decision is
// keyed by, what the schedule chooses among, and what pictures have a line for.
// It may be used by one goroutine at a time. A task whose parent has no engine
// has none either, and costs the struct alone.
type Task struct {
	name   string
	parent *Task
	owner  Canceler
	engine Engine
	record any
}

// Canceler is what the cancel faults act upon: a scope or a job.
type Canceler interface {
	Cancel(cause error)
}

// Key is the key under which a context carries its [*Task]. A context type of
// its own (as in package scope) answers it from Value.
type Key struct{}

// TaskOf returns the task that ctx carries, or nil.
func TaskOf(ctx context.Context) *Task {
	t, _ := ctx.Value(Key{}).(*Task)
	return t
}

// WithTask returns a context for a new goroutine that is a task of its own, a
// child of ctx's task. Call it in the parent, before the go statement. Without a
// run it returns ctx.
func WithTask(ctx context.Context, name string) context.Context {
	parent := TaskOf(ctx)
	if parent == nil || parent.engine == nil {
		return ctx
	}
	t := new(Task)
	t.Init(parent, name, nil)
	return context.WithValue(ctx, Key{}, t)
}

// Root returns a context that carries a task without a parent, run by e.
func Root(ctx context.Context, e Engine, name string, owner Canceler) context.Context {
	t := &Task{name: name, owner: owner, engine: e}
	e.Spawn(t)
	return context.WithValue(ctx, Key{}, t)
}

// Init makes t a child of parent (which may be nil). It is called by the
// parent's goroutine before the child can run. owner may be nil: then the
// cancel faults look for the nearest ancestor that has one.
func (t *Task) Init(parent *Task, name string, owner Canceler) {
	t.name, t.parent, t.owner = name, parent, owner
	if parent != nil && parent.engine != nil {
		t.engine = parent.engine
		t.engine.Spawn(t)
	}
}

// Name is the last element of the path, as it was given to Init.
func (t *Task) Name() string { return t.name }

// Parent is the task that created this one, or nil.
func (t *Task) Parent() *Task { return t.parent }

// Owner is the canceler given to Init, or nil.
func (t *Task) Owner() Canceler { return t.owner }

// Path is the names from the root to t, joined by "/". The engine may know a
// longer one, which tells siblings of one name apart.
func (t *Task) Path() string {
	if t.parent == nil {
		return t.name
	}
	var names []string
	for ; t != nil; t = t.parent {
		if t.name != "" {
			names = append(names, t.name)
		}
	}
	for i, j := 0, len(names)-1; i < j; i, j = i+1, j-1 {
		names[i], names[j] = names[j], names[i]
	}
	return strings.Join(names, "/")
}

// InRun reports whether an engine runs the task.
func (t *Task) InRun() bool { return t != nil && t.engine != nil }

// Record returns what the engine keeps for the task.
func (t *Task) Record() any { return t.record }

// SetRecord is for the engine, in Spawn.
func (t *Task) SetRecord(r any) { t.record = r }
