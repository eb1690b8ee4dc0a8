package judge

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/squall-go/squall/faults"
)

// identical reports whether a and b are one error value. Methods named Is are
// not asked: an injected cancellation, for example, matches context.Canceled,
// and is another cause all the same.
func identical(a, b error) bool {
	if a == nil || b == nil {
		return false
	}
	if _, ok := a.(*faults.Injected); ok {
		return a == b // the common case, without reflection
	}
	t := reflect.TypeOf(a)
	if t != reflect.TypeOf(b) {
		return false
	}
	if t.Kind() == reflect.Pointer {
		return a == b
	}
	if !reflect.ValueOf(a).Comparable() || !reflect.ValueOf(b).Comparable() {
		return a.Error() == b.Error()
	}
	return a == b
}

// contains reports whether part is err, or one of the errors it wraps.
func contains(err, part error) bool {
	if err == nil || part == nil {
		return false
	}
	if identical(err, part) {
		return true
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return contains(e.Unwrap(), part)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if contains(inner, part) {
				return true
			}
		}
	}
	return false
}

// covers reports whether err is part, wraps it, or holds each of the failures
// that part lists.
func covers(err, part error) bool {
	if contains(err, part) {
		return true
	}
	list, ok := part.(interface{ Unwrap() []error })
	if !ok || len(list.Unwrap()) == 0 {
		return false
	}
	for _, inner := range list.Unwrap() {
		if !covers(err, inner) {
			return false
		}
	}
	return true
}

// eachInjected visits the injected failures in err: the faults themselves, not
// the cancellations that a fault caused.
func eachInjected(err error, visit func(*faults.Injected)) {
	switch e := err.(type) {
	case nil:
	case *faults.Injected:
		if !e.Strike.Fault.Is(faults.Cancels) {
			visit(e)
		}
	case interface{ Unwrap() error }:
		eachInjected(e.Unwrap(), visit)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			eachInjected(inner, visit)
		}
	}
}

// comesFrom reports whether err holds the injected error of that strike.
func comesFrom(err error, s faults.Strike) bool {
	switch e := err.(type) {
	case nil:
		return false
	case *faults.Injected:
		return e.Strike.Site == s.Site && e.Strike.Hit == s.Hit && e.Strike.Task == s.Task
	case interface{ Unwrap() error }:
		return comesFrom(e.Unwrap(), s)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if comesFrom(inner, s) {
				return true
			}
		}
	}
	return false
}

// bare: the error value tells nothing about where it comes from.
func bare(err error) bool {
	return err == context.Canceled || err == context.DeadlineExceeded
}

// faceless: other errors of the type can have the same identity, as pointers to
// structs without fields do.
func faceless(err error) bool {
	t := reflect.TypeOf(err)
	return t != nil && t.Kind() == reflect.Pointer && t.Elem().Size() == 0
}

// holdsGoexit reports whether err is or wraps the report of a runtime.Goexit,
// which the layers under test name alike: a type called GoexitError.
func holdsGoexit(err error) bool {
	if err == nil {
		return false
	}
	if t := reflect.TypeOf(err); t.Kind() == reflect.Pointer && t.Elem().Name() == "GoexitError" {
		return true
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return holdsGoexit(e.Unwrap())
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), holdsGoexit)
	}
	return false
}

// ofTime: err is the report of a deadline that passed, not of a fault.
func ofTime(err error) bool {
	if _, ok := err.(*faults.Injected); ok {
		return false
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// text is an error on one line, without the stacks that some carry.
func text(err error) string {
	if err == nil {
		return "none"
	}
	if e, ok := err.(*faults.Injected); ok {
		if e.Strike.Fault.Text != "" {
			return e.Strike.Fault.Text
		}
		return e.Strike.Fault.Kind.String()
	}
	return firstLine(err.Error())
}

func firstLine(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = strings.TrimSpace(s[:i])
	}
	return s
}
