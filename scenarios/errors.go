package scenarios

import (
	"errors"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/scope"
)

// failures lists what a scope failed with: one error, or several, the first one
// first.
func failures(err error) []error {
	var all *scope.Failures
	switch {
	case err == nil:
		return nil
	case errors.As(err, &all):
		return all.Unwrap()
	}
	return []error{err}
}

// unexplained is the first error at the bottom of err that is neither a fault
// of the storm, nor a Goexit, nor a timeout or overrun, nor one of known; nil if
// there is none.
func unexplained(err error, known ...error) error {
	switch e := err.(type) {
	case nil, *faults.Injected, *scope.GoexitError, *scope.TimeoutError:
		return nil
	case *scope.OverrunError:
		return unexplained(e.Err, known...)
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return unexplained(inner, known...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if odd := unexplained(inner, known...); odd != nil {
				return odd
			}
		}
		return nil
	}
	for _, k := range known {
		if err == k {
			return nil
		}
	}
	return err
}

// struckAt reports whether err holds a failure that a fault caused in the task
// with that path.
func struckAt(err error, path string) bool {
	switch e := err.(type) {
	case *faults.Injected:
		return e.Strike.Fault.Is(faults.Failure) && e.Strike.Task == path
	case interface{ Unwrap() error }:
		return struckAt(e.Unwrap(), path)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if struckAt(inner, path) {
				return true
			}
		}
	}
	return false
}

// cancelledAlone reports whether err is a cancellation that struck the task
// with that path and nobody else.
func cancelledAlone(err error, path string) bool {
	var injected *faults.Injected
	return errors.As(err, &injected) && injected.Strike.Fault.Is(faults.CancelTask|faults.Deadline) && injected.Strike.Task == path
}

func isRefused(err error) bool {
	var refused *scope.RefusedError
	return errors.As(err, &refused)
}
