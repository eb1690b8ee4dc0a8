package faults

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Fault is what strikes at one hit of a failpoint; the zero value is nothing.
type Fault struct {
	Kind  Kind
	Delay time.Duration // of Delay and Late
	Text  string        // of Error and Panic: the message
	// Err is what the operation has to fail with: set by the engine for
	// Error, Hang and Wedge, nil for all others.
	Err error
}

// Is reports whether the fault is of kind k (or of one of the set k).
func (f Fault) Is(k Kind) bool { return f.Kind&k != 0 }

// String is the fault as plans write it: `error "boom"`, `delay 3ms`, `drop`.
func (f Fault) String() string {
	switch {
	case f.Is(Error | Panic):
		return f.Kind.String() + " " + strconv.Quote(f.Text)
	case f.Is(Delay | Late):
		return f.Kind.String() + " " + f.Delay.String()
	}
	return f.Kind.String()
}

// ParseFault is the inverse of [Fault.String].
func ParseFault(text string) (Fault, error) {
	name, argument, _ := strings.Cut(strings.TrimSpace(text), " ")
	kind, err := ParseKind(name)
	if err != nil {
		return Fault{}, err
	}
	f := Fault{Kind: kind}
	argument = strings.TrimSpace(argument)
	switch {
	case f.Is(Error | Panic):
		if f.Text, err = strconv.Unquote(argument); err != nil {
			return Fault{}, fmt.Errorf("faults: %s needs a quoted message, as in %s \"boom\"; found %.80q", name, name, argument)
		}
	case f.Is(Delay | Late):
		if f.Delay, err = time.ParseDuration(argument); err != nil || f.Delay <= 0 {
			return Fault{}, fmt.Errorf("faults: %s needs a positive duration, as in %s 3ms; found %.80q", name, name, argument)
		}
	case argument != "":
		return Fault{}, fmt.Errorf("faults: %s takes no argument; found %.80q", name, argument)
	}
	return f, nil
}

// Injected is the error of a fault: the value of every injected error and
// panic, and the cause of every injected cancellation. Each strike has its own,
// so that a judge can count who saw it.
type Injected struct {
	Strike Strike
}

// Error is the fault's message, marked as injected.
func (e *Injected) Error() string {
	text := e.Strike.Fault.Text
	if text == "" {
		text = e.Strike.Fault.Kind.String()
	}
	return text + " (injected at " + e.Strike.Site + " #" + strconv.Itoa(e.Strike.Hit) + " in " + e.Strike.Task + ")"
}

// Is makes an injected deadline match context.DeadlineExceeded, and every other
// injected cancellation context.Canceled.
func (e *Injected) Is(target error) bool {
	switch {
	case e.Strike.Fault.Is(Deadline):
		return target == context.DeadlineExceeded
	case e.Strike.Fault.Is(Cancels):
		return target == context.Canceled
	}
	return false
}
