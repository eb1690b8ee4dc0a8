package peers

import (
	"fmt"
	"strings"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
)

// check is a judge of one tale: the task that the finding is about, and what was
// seen; "" if nothing is broken.
type check func(t *tale, library Library) (about *part, broken string)

// property makes it a judge of histories.
func property(id, guarantee string, find check) func(Library) judge.Property {
	known, _ := judge.ByID(id)
	return func(library Library) judge.Property {
		return judge.Property{ID: id, Title: known.Title, Guarantee: guarantee,
			Check: func(run *history.Run, _ judge.Terms) []judge.Finding {
				about, broken := find(read(run), library)
				if broken == "" {
					return nil
				}
				return []judge.Finding{{Property: id, Subject: about.task.Path, Message: broken}}
			}}
	}
}

// known is a judge of package judge, whatever the library.
func known(p judge.Property) func(Library) judge.Property {
	return func(Library) judge.Property { return p }
}

var siblingsStop = property("P-CANCEL", "when a child fails, the context of every sibling is done at that instant",
	func(t *tale, library Library) (*part, string) {
		first := t.firstToFail()
		if first == nil || !t.failed(first) || t.request.done != never && t.request.done < first.ended {
			return nil, ""
		}
		failed := t.at(first.ended)
		for _, c := range t.children {
			if c == first || c.started == never || c.ended != never && c.ended < first.ended {
				continue
			}
			since := max(failed.At, t.at(c.started).At)
			if c.done == never || t.at(c.done).At != since {
				return c, fmt.Sprintf("%s %s at %v, and its sibling %s was not stopped: it %s",
					first.task.Name, t.did(first), failed.At, c.task.Name, t.fate(c))
			}
		}
		return nil, ""
	})

// fate is what became of a child.
func (t *tale) fate(c *part) string {
	if c.ended == never {
		return "never ended"
	}
	return fmt.Sprintf("ran on until %v", t.at(c.ended).At)
}

var firstIsTheGroups = property("P-ERROR", "the failure that comes first reaches the group's caller; without a failure the caller is told of none",
	func(t *tale, library Library) (*part, string) {
		if t.said == never {
			return nil, ""
		}
		saw, first := t.at(t.said), t.firstToFail()
		switch {
		case first == nil && saw.Err != nil && t.request.done == never:
			return t.request, fmt.Sprintf("no child failed, and %s: %s", saw.Name, line(saw.Err))
		case first == nil || !t.failed(first) || t.request.done != never && t.request.done < first.ended:
			return nil, ""
		case saw.Err == nil:
			return first, fmt.Sprintf("%s %s, and %s", first.task.Name, t.did(first), saw.Name)
		case t.at(first.struck).Fault.Is(faults.Goexit):
			return nil, ""
		case !t.holds(firstLeaf(saw.Err), first):
			return first, fmt.Sprintf("%s %s first, and %s that says something else: %s", first.task.Name, t.did(first), saw.Name, line(saw.Err))
		}
		return nil, ""
	})

var othersGoOn = property("P-BLAST", "a failed child of a supervising group affects no sibling",
	func(t *tale, library Library) (*part, string) {
		for _, c := range t.children {
			switch {
			case c.struck != never:
			case c.done != never:
				return c, fmt.Sprintf("%s was cancelled (cause: %s) although nothing but a sibling had failed", c.task.Name, line(t.at(c.done).Err))
			case c.ended != never && t.at(c.ended).Err != nil:
				return c, fmt.Sprintf("%s failed (%s) although nothing but a sibling had failed", c.task.Name, line(t.at(c.ended).Err))
			}
		}
		return nil, ""
	})

var allAreReported = property("P-ERROR", "every failure reaches the group's caller; without a failure the caller is told of none",
	func(t *tale, library Library) (*part, string) {
		if t.said == never {
			return nil, ""
		}
		saw := t.at(t.said)
		var all []string
		var lost *part
		for _, c := range t.children {
			if !t.failed(c) {
				continue
			}
			all = append(all, c.task.Name)
			if lost == nil && !t.holds(saw.Err, c) {
				lost = c
			}
		}
		switch {
		case len(all) == 0 && saw.Err != nil:
			return t.request, fmt.Sprintf("no child failed, and %s: %s", saw.Name, line(saw.Err))
		case lost != nil:
			return lost, fmt.Sprintf("%s failed, and %s in which the failure of %s is lost", strings.Join(all, " and "), saw.Name, lost.task.Name)
		}
		return nil, ""
	})

var cancelledAlone = property("P-BLAST", "a child that is cancelled alone affects no sibling",
	func(t *tale, library Library) (*part, string) {
		for _, c := range append(t.children, t.group) {
			if c.task.Name != unwantedName && c.done != never {
				return c, fmt.Sprintf("%s was cancelled (cause: %s) because %s had been cancelled alone", c.task.Name, line(t.at(c.done).Err), unwantedName)
			}
		}
		return nil, ""
	})

var cancelledIsNoFailure = property("P-ERROR", "a child that was cancelled has not failed",
	func(t *tale, library Library) (*part, string) {
		if t.said == never || t.at(t.said).Err == nil {
			return nil, ""
		}
		return t.request, fmt.Sprintf("%s was only cancelled, and %s: %s", unwantedName, t.at(t.said).Name, line(t.at(t.said).Err))
	})

// line is an error's first line.
func line(err error) string {
	if err == nil {
		return "none"
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}
