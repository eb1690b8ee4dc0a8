package scope

import (
	"context"
	"sync/atomic"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

var processHandler atomic.Pointer[func(*Failure) error]

// SetHandler sets the process-wide handler, nil for none, and returns how to
// put the previous one back; call restore functions in reverse order.
//
// A failure that has no awaiter and no parent to own it (of a launched child of
// a supervisor, of a root scope made by [New], of an island, or a refused
// launch) goes along this chain until one takes it:
//
//  1. the [Handler] given to the launch;
//  2. the Handler of the nearest scope, walking outwards;
//  3. the process-wide handler;
//  4. the program crashes: a panic with the [*Failure], after the job has ended.
//
// A handler takes a failure by returning nil. One that returns an error, panics
// or calls runtime.Goexit hands over to the next, which sees its error behind
// the failure. Handlers run in the failed job's goroutine before the job is
// over and must not wait for that job; those of different failures may run at
// the same time. A refused launch does not crash; its handlers run in the
// launcher's goroutine, and those of a long-lived scope in that of whoever ended
// it: a runtime.Goexit in them is theirs.
func SetHandler(h func(*Failure) error) (restore func()) {
	var next *func(*Failure) error
	if h != nil {
		next = &h
	}
	previous := processHandler.Swap(next)
	return func() { processHandler.Store(previous) }
}

// report is one failure on its way along the handlers.
type report struct {
	of        *node
	failure   *Failure
	asked     *node // the next node whose handler is asked
	process   bool  // the process-wide one has been asked
	handled   bool
	unhandled bool // and must crash the program
	harmless  bool // nobody has to take it
}

func (r *report) start(n *node, err error) {
	r.of, r.asked = n, n
	r.failure = &Failure{Path: n.path(), Created: n.created.String(), Err: err, Context: n.context()}
	r.walk()
}

func (r *report) walk() {
	for !r.handled {
		h, name := r.next()
		if h == nil {
			r.unhandled = !r.harmless && r.lethal()
			return
		}
		r.offer(h, name)
	}
}

func (r *report) next() (h func(*Failure) error, name string) {
	for r.asked != nil {
		n := r.asked
		r.asked = n.parent
		if n.rare != nil && n.rare.handler != nil {
			return n.rare.handler, "handler"
		}
	}
	if process := processHandler.Load(); process != nil && !r.process {
		r.process = true
		return *process, "process handler"
	}
	return nil, ""
}

// offer calls one handler. A Goexit cannot be stopped, so what is left of the
// walk happens while the goroutine exits.
func (r *report) offer(h func(*Failure) error, name string) {
	normal := false
	defer func() {
		if normal {
			return
		}
		err := abnormal(recover())
		r.handedOver(err)
		if _, exiting := err.(*GoexitError); exiting {
			r.walk()
		}
	}()
	err := r.call(h)
	normal = true
	if err != nil {
		r.handedOver(err)
		return
	}
	r.handled = true
	r.noteHandled(name)
}

// call is not inlined, nor is lethal: their markers would change the callers.
//
//go:noinline
func (r *report) call(h func(*Failure) error) error {
	failpoint.Inject("handler", func() {
		if err := handlerPoint.Err(r.passage()); err != nil {
			failpoint.Return(err)
		}
	})
	return h(r.failure)
}

// passage is the context in which the report passes failpoints. A long-lived
// scope ends in the goroutine of whoever was last to leave it, while its owner
// may be waiting in the scope's own name: it takes a task of its own.
func (r *report) passage() context.Context {
	if r.of.kind.isLongLived() {
		return faults.WithTask(r.failure.Context, "handler")
	}
	return r.failure.Context
}

func (r *report) handedOver(err error) {
	next := *r.failure
	next.Err = &Failures{errs: append(append([]error{}, flatten(r.failure.Err)...), err)}
	r.failure = &next
}

// lethal reports whether the failure may crash the program: not in a run of the
// harness, which records it instead.
//
//go:noinline
func (r *report) lethal() bool {
	failpoint.Inject("crash", func() {
		if r.of.task.InRun() {
			crashPoint.At(r.passage())
			r.of.task.Note(r.failure.Context, faults.Event{Kind: faults.Delivered, Of: &r.of.task, Name: "crash", Err: r.failure.Err})
			failpoint.Return(false)
		}
	})
	return true
}

// crash ends the program if nobody took the failure.
func (r *report) crash() {
	if r.unhandled {
		panic(r.failure)
	}
}
