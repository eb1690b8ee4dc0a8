package history

import "github.com/anishathalye/porcupine"

// Noted about a shared object of the scenario, by the task that uses it; Op is
// the operation.
const (
	// Called: the task is about to carry out Op.
	Called Kind = iota + 96
	// Returned: the task has the result of Op.
	Returned
)

// Object is something that several tasks use at once, and that has to behave
// as if they took turns.
type Object struct {
	Name  string
	Model porcupine.Model // how it behaves when they do
	Ops   []*Op           // in the order of their calls
}

// Op is one operation on an [Object].
type Op struct {
	Object   *Object
	Task     *Task
	Input    any
	Output   any // if it returned
	Called   int // index of the event
	Returned int // the same; -1 if it never returned
}

// Pending reports whether op was under way when the first n events of the run
// had happened.
func (op *Op) Pending(n int) bool { return op.Returned < 0 || op.Returned >= n }
