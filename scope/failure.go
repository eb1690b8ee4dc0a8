package scope

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrClosed is the Cause of a [RefusedError] when the scope had been closed, or
// when the Run or Supervise that made it had returned.
var ErrClosed = errors.New("scope: closed")

// Failures is more than one failure of one scope or job: the first, which
// cancelled the others, and then the later ones in the order in which they were
// seen. A single failure is never wrapped in it. The same error value is listed
// once, however many tasks returned it.
type Failures struct {
	errs []error
}

// Error is the first failure's message and then the others'.
func (f *Failures) Error() string {
	var b strings.Builder
	b.WriteString(f.errs[0].Error())
	for _, err := range f.errs[1:] {
		b.WriteString("; then: ")
		b.WriteString(err.Error())
	}
	return b.String()
}

// First is the failure that came first.
func (f *Failures) First() error { return f.errs[0] }

// Unwrap lists all failures, the first one first.
func (f *Failures) Unwrap() []error { return f.errs }

// combine is the failures as one error: nil, the only one, or a *Failures.
func combine(errs []error) error {
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	return &Failures{errs: errs}
}

// PanicError is the failure of a task that panicked.
type PanicError struct {
	Value any   // what it panicked with
	Stack Stack // of the panicking goroutine
}

// Error is the value and the stack.
func (e *PanicError) Error() string {
	return fmt.Sprintf("scope: panic: %v\n\n%s", e.Value, e.Stack)
}

// Unwrap is the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// GoexitError is the failure of a task that called runtime.Goexit (as
// testing.T.FailNow does).
type GoexitError struct {
	Stack Stack // of the exiting goroutine
}

// Error says so.
func (e *GoexitError) Error() string { return "scope: the task called runtime.Goexit" }

// abnormal is the failure of a function that did not return; recovered is what
// recover gave. It is called in the deferred function, where the panic's frames
// are still on the stack.
func abnormal(recovered any) error {
	if recovered == nil {
		return &GoexitError{Stack: stack()}
	}
	return &PanicError{Value: recovered, Stack: stack()}
}

// TimeoutError is the failure of a task that was not over when its own timeout
// fired. It matches context.DeadlineExceeded.
type TimeoutError struct {
	Name  string        // path of the task whose timeout it was
	After time.Duration // the timeout
}

// Error names the task and its timeout.
func (e *TimeoutError) Error() string {
	return fmt.Sprintf("scope: %s timed out after %v", e.Name, e.After)
}

// Is matches context.DeadlineExceeded.
func (e *TimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// Timeout is true, as net.Error has it.
func (e *TimeoutError) Timeout() bool { return true }

// OverrunError reports a non-cancellable section that was not over after its
// bound. It matches context.DeadlineExceeded.
type OverrunError struct {
	Name  string        // path of the section
	Bound time.Duration // what it was allowed
	Err   error         // the section's own failure, or nil
}

// Error names the section and its bound.
func (e *OverrunError) Error() string {
	text := fmt.Sprintf("scope: non-cancellable section %s overran its %v", e.Name, e.Bound)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Is matches context.DeadlineExceeded.
func (e *OverrunError) Is(target error) bool { return target == context.DeadlineExceeded }

// Unwrap is the section's own failure.
func (e *OverrunError) Unwrap() error { return e.Err }

// RefusedError is the failure of a job that was not admitted; its function
// never ran.
type RefusedError struct {
	Scope string // path of the scope that refused
	Job   string // name of the job
	Cause error  // ErrClosed, the failure the scope died of, or the cause of its cancellation
}

// Error names the scope, the job and the reason.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("scope: %s refused job %q: %v", e.Scope, e.Job, e.Cause)
}

// Unwrap is the reason.
func (e *RefusedError) Unwrap() error { return e.Cause }

// InterruptedError is what CloseOnCancel returns when the cancelled call ended
// with an error after its resource had been closed. It matches the cause; the
// call's error is kept for the reader, it is no failure of its own.
type InterruptedError struct {
	Name  string // path of the call
	Cause error  // of the cancellation
	Err   error  // what the call returned
}

// Error names the call and both errors.
func (e *InterruptedError) Error() string {
	return fmt.Sprintf("scope: call %s interrupted: %v (the call returned: %v)", e.Name, e.Cause, e.Err)
}

// Unwrap is the cause and the call's error.
func (e *InterruptedError) Unwrap() []error { return []error{e.Cause, e.Err} }

// StuckError reports a blocking call that did not return although its resource
// was closed: its goroutine is leaked until it does, and is listed by [Dump].
type StuckError struct {
	Name    string        // path of the call
	Created string        // file:line of CloseOnCancel's caller
	Stack   Stack         // of the goroutine that called CloseOnCancel
	Grace   time.Duration // how long was waited after closing
	Cause   error         // of the cancellation
	Close   error         // what Close returned; nil if it succeeded or has not returned
	Closing bool          // Close has not returned
	// Returned: the call itself has returned, Close is what is stuck.
	Returned bool
}

// Error names the call, where it was made, and what Close did.
func (e *StuckError) Error() string {
	state := "its resource is closed, but it has not returned"
	switch {
	case e.Returned:
		state = "Close has not returned"
	case e.Closing:
		state = "neither Close nor it has returned"
	case e.Close != nil:
		state = "Close failed (" + e.Close.Error() + "), and it has not returned"
	}
	return fmt.Sprintf("scope: call %s (created at %s) is stuck: cancelled (%v), %s within %v; a goroutine is leaked\n\n%s",
		e.Name, e.Created, e.Cause, state, e.Grace, e.Stack)
}

// Unwrap is the cause of the cancellation and the error of Close.
func (e *StuckError) Unwrap() []error {
	if e.Close == nil {
		return []error{e.Cause}
	}
	return []error{e.Cause, e.Close}
}

// Failure is what a handler gets: a failure that has no awaiter and no parent
// to own it. Without a handler the program panics with it.
type Failure struct {
	Path    string          // of the task that failed
	Created string          // file:line where it was launched
	Err     error           // what it failed with, errors of failed handlers joined
	Context context.Context // of the task: its values, for logging
}

// Error names the task and its failure.
func (f *Failure) Error() string {
	return fmt.Sprintf("scope: unhandled failure of %s (launched at %s): %v", f.Path, f.Created, f.Err)
}

// Unwrap is the failure itself.
func (f *Failure) Unwrap() error { return f.Err }
