package dispatcher

import "fmt"

// ClosedError refuses work handed to a closed dispatcher, and is the cause with
// which queued work was abandoned when it was closed.
type ClosedError struct {
	Dispatcher string // the one that was closed: the one asked, or a base of it
	Cause      error  // given to Close; may be nil
}

func (e *ClosedError) Error() string {
	if e.Cause == nil {
		return "dispatcher: " + e.Dispatcher + " is closed"
	}
	return "dispatcher: " + e.Dispatcher + " is closed: " + e.Cause.Error()
}

// Unwrap is the cause given to Close.
func (e *ClosedError) Unwrap() error { return e.Cause }

// PanicError is the failure of a function given to [Do] or [Submit] that
// panicked.
type PanicError struct {
	Task  string // its name, or its path in a run
	Value any    // of the panic
	Stack []byte // of the panic
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("dispatcher: %s panicked: %v", e.Task, e.Value)
}

// Unwrap is the panic's value if that is an error, else nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// GoexitError is the failure of a function given to [Do] or [Submit] that
// called runtime.Goexit.
type GoexitError struct {
	Task string // its name, or its path in a run
}

func (e *GoexitError) Error() string {
	return "dispatcher: " + e.Task + " called runtime.Goexit"
}
