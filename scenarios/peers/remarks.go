package peers

import (
	"errors"
	"fmt"
	"strings"
)

// remark is something that a run showed and that a user may want to know,
// though the property does not ask for it; "" if nothing.
type remark func(t *tale) string

// startsLate: a child that had not begun when its group was cancelled begins all
// the same.
func startsLate(t *tale) string {
	first := t.firstToFail()
	if first == nil || !t.failed(first) {
		return ""
	}
	for _, c := range t.children {
		if c.started > first.ended {
			return "a child that has not begun yet when its sibling fails begins all the same, with a context that is done"
		}
	}
	return ""
}

// tellsWhy: what a stopped child can learn from its context's cause.
func tellsWhy(t *tale) string {
	first := t.firstToFail()
	if first == nil || !t.failed(first) || t.request.done != never {
		return ""
	}
	for _, c := range t.children {
		if c == first || c.done == never {
			continue
		}
		if cause := t.at(c.done).Err; !errors.Is(cause, t.at(first.ended).Err) && !t.holds(cause, first) {
			return fmt.Sprintf("the cause that stopped siblings see is not the failure, but %q", line(cause))
		}
	}
	return ""
}

// howItArrived: in which way the caller saw a failure.
func howItArrived(t *tale) string {
	first := t.firstToFail()
	if t.said == never || first == nil || !t.failed(first) || t.at(t.said).Err == nil {
		return ""
	}
	return "seen: " + t.at(t.said).Name
}

// howRefused: with what words a child was refused, or somebody was told of it.
func howRefused(t *tale) string {
	if i := t.saying(told); i != never {
		text, _, _ := strings.Cut(t.at(i).Name, " for ")
		return text
	}
	for _, c := range t.children {
		if c.refused != never {
			return "refused: " + line(t.at(c.refused).Err)
		}
	}
	return ""
}
