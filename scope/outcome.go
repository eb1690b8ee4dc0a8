package scope

import (
	"errors"
	"reflect"
	"slices"
)

var joinType = reflect.TypeOf(errors.Join(ErrClosed))

// isCancellation reports whether err is nothing but the report of a
// cancellation with this cause. Lists of failures are looked through, so that a
// real failure in them is not lost; a panic is never a cancellation.
func isCancellation(err, cause, ctxErr error) bool {
	if same(err, cause) {
		return true
	}
	switch e := err.(type) {
	case nil:
		return false
	case *PanicError, *GoexitError, *StuckError, *OverrunError:
		return false
	case *TimeoutError:
		// Another task's timeout is a failure, although it matches
		// DeadlineExceeded as the own one does.
		return false
	case *Failures:
		return !slices.ContainsFunc(e.errs, func(err error) bool { return !isCancellation(err, cause, ctxErr) })
	}
	if reports(err, cause) || reports(err, ctxErr) {
		return true
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return isCancellation(e.Unwrap(), cause, ctxErr)
	case interface{ Unwrap() []error }:
		failed := func(err error) bool { return !isCancellation(err, cause, ctxErr) }
		if reflect.TypeOf(err) == joinType {
			return !slices.ContainsFunc(e.Unwrap(), failed)
		}
		// fmt.Errorf("%w: %w", errFetch, ctx.Err()) describes one failure.
		return slices.ContainsFunc(e.Unwrap(), func(err error) bool { return !failed(err) })
	}
	return false
}

// reports is errors.Is without its walk.
func reports(err, target error) bool {
	if same(err, target) {
		return true
	}
	is, ok := err.(interface{ Is(error) bool })
	return ok && is.Is(target)
}

func same(a, b error) bool {
	return a != nil && b != nil && reflect.TypeOf(b).Comparable() && reflect.TypeOf(a).Comparable() && a == b
}

// fail counts err against n unless it only reports n's own cancellation, or
// was counted before, as when a body returns what it awaited. It cancels n, so
// that the children stop.
func (n *node) fail(err error) {
	for _, err := range flatten(err) {
		if n.addFailure(err) && n.hasChildren() {
			n.cancel(err)
		}
	}
}

func flatten(err error) []error {
	if all, ok := err.(*Failures); ok {
		return all.errs
	}
	return []error{err}
}

func (n *node) addFailure(err error) bool {
	cause, ctxErr := n.cancelled()
	if cause != nil && isCancellation(err, cause, ctxErr) {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	known := func(f error) bool { return errors.Is(err, f) && !addsTo(err, f) }
	if slices.ContainsFunc(n.failures, known) {
		return false
	}
	n.failures = append(n.failures, err)
	return true
}

// addsTo reports whether err, which wraps f, is loud about more than f: a call
// that is stuck, or a section that overran, wraps the cause that interrupted it.
func addsTo(err, f error) bool {
	var stuck *StuckError
	var overrun *OverrunError
	return errors.As(err, &stuck) && !errors.Is(f, stuck) || errors.As(err, &overrun) && !errors.Is(f, overrun)
}

// settle is the end result of n, whose body returned and whose children are
// over. returned is what the body returned. A cancellation is an error but no
// failure.
func (n *node) settle(returned error) (err error, failed bool) {
	failures := n.failures // without the lock: no child is left to add one
	cause, _ := n.cancelled()
	switch {
	case cause == nil:
	case same(cause, n.timeout()):
		failures = prepend(cause, failures)
	case len(failures) == 0:
		if n.kind.isJob() && returned == nil {
			return nil, false
		}
		return cause, false
	case !n.kind.isJob() && !same(cause, failures[0]):
		failures = prepend(cause, failures)
	}
	return combine(failures), len(failures) > 0
}

// spoiled is the result of a body that ended with err and then met end.
func spoiled(err, end error) error {
	if err == nil {
		return end
	}
	return &Failures{errs: []error{err, end}}
}

func prepend(first error, rest []error) []error {
	return append([]error{first}, rest...)
}
