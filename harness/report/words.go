package report

import (
	"context"
	"errors"
	"strings"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// path names t in a text. A goroutine that never passed a failpoint has no task.
func path(t *history.Task) string {
	switch {
	case t == nil:
		return "(goroutine without a task)"
	case t.Path == "":
		return "(task without a name)"
	}
	return clean(t.Path)
}

// element is the last element of t's path: what tells it from its siblings.
func element(t *history.Task) string {
	if t.Parent == nil {
		return path(t)
	}
	if rest, ok := strings.CutPrefix(t.Path, t.Parent.Path+"/"); ok && rest != "" {
		return clean(rest)
	}
	return path(t)
}

// message is err in one line. An error whose methods panic is still an error.
func message(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = "(an error that panics when asked)"
		}
	}()
	if err == nil {
		return ""
	}
	return clean(err.Error())
}

// reason is err in a few words: an injected one by its text alone, since the
// strike is drawn.
func reason(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = "(an error that panics when asked)"
		}
	}()
	if err == nil {
		return ""
	}
	if injected, ok := errors.AsType[*faults.Injected](err); ok && injected != nil {
		f := injected.Strike.Fault
		if f.Text != "" {
			return clean(f.Text)
		}
		return f.Kind.String()
	}
	return message(err)
}

// comesFrom reports whether err is the cause or wraps it.
func comesFrom(err, cause error) (is bool) {
	defer func() {
		if recover() != nil {
			is = false
		}
	}()
	return err != nil && cause != nil && errors.Is(err, cause)
}

// plainCancel reports whether err tells no more than that it was cancelled.
func plainCancel(err error) bool {
	return err == nil || message(err) == context.Canceled.Error()
}

// strikeText is the fault as a picture shows it: delays rounded.
func strikeText(f faults.Fault) string {
	if f.Is(faults.Delay | faults.Late) {
		return f.Kind.String() + " " + clock(f.Delay)
	}
	return clean(f.String())
}

// because is the reason behind a colon, or nothing.
func because(what string, err error) string {
	if plainCancel(err) {
		return what
	}
	return what + ": " + reason(err)
}
