package peers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
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
	title := titles[id]
	if known, ok := judge.ByID(id); ok {
		title = known.Title
	}
	return func(library Library) judge.Property {
		return judge.Property{ID: id, Title: title, Guarantee: guarantee,
			Check: func(run *history.Run, _ judge.Terms) []judge.Finding {
				about, broken := find(read(run), library)
				if broken == "" {
					return nil
				}
				return []judge.Finding{{Property: id, Subject: about.task.Path, Message: broken}}
			}}
	}
}

// titles are those of properties that package judge has none of, or not yet.
var titles = map[string]string{"P-CONSERVE": "conservation"}

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
			if gaveUp := t.request.done; gaveUp != never && gaveUp < t.said && tellsOnly(saw.Err, t.at(gaveUp).Err) {
				return first, fmt.Sprintf("%s %s, and %s only when the request had timed out at %v: %s", first.task.Name, t.did(first), saw.Name, t.at(gaveUp).At, line(saw.Err))
			}
			return nil, ""
		case firstIn(saw.Err) != t.signOf(first):
			return first, fmt.Sprintf("%s %s first, and %s that says something else: %s", first.task.Name, t.did(first), saw.Name, line(saw.Err))
		}
		return nil, ""
	})

// tellsOnly: err says no more than that the context is done with that cause.
func tellsOnly(err, cause error) bool {
	return errors.Is(err, cause) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// reachesAll is P-CANCEL of package judge, but for the causes.
func reachesAll(Library) judge.Property {
	p := judge.Cancel
	return judge.Property{ID: p.ID, Title: p.Title, Guarantee: "when the parent is cancelled, every child's context is done at that instant, and the child ends",
		Check: func(run *history.Run, terms judge.Terms) []judge.Finding {
			copied := *run
			copied.Events = slices.Clone(run.Events)
			if t := read(run); t.request != nil && t.request.done != never {
				for i := t.request.done; i < len(copied.Events); i++ {
					if e := &copied.Events[i]; e.Kind == history.Done {
						e.Err = t.at(t.request.done).Err
					}
				}
			}
			return p.Check(&copied, terms)
		}}
}

var theCauseArrives = property("P-ERROR", "every child finds the parent's cause in its context",
	func(t *tale, _ Library) (*part, string) {
		if t.request.done == never {
			return nil, ""
		}
		cause := t.at(t.request.done).Err
		for _, c := range t.children {
			if c.done != never && !errors.Is(t.at(c.done).Err, cause) {
				return c, fmt.Sprintf("the parent was cancelled (cause: %s), and %s found another cause: %s", line(cause), c.task.Name, line(t.at(c.done).Err))
			}
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

// leaks is P-LEAK of package judge, in the words of these stories.
func leaks(library Library) judge.Property {
	p := judge.Leak
	return judge.Property{ID: p.ID, Title: p.Title, Guarantee: "no child outlives the group, and when all is over no goroutine is left",
		Check: func(run *history.Run, terms judge.Terms) []judge.Finding {
			found := p.Check(run, terms)
			t := read(run)
			for i, f := range found {
				for _, c := range t.children {
					if c.task.Path == f.Subject {
						found[i].Message = t.left(c, library, f.Message)
					}
				}
			}
			return found
		}}
}

// left says in which way the child was left; other is what the judge says.
func (t *tale) left(c *part, library Library, other string) string {
	switch {
	case c.started == never:
		return c.task.Name + " was taken and never run"
	case c.ended == never && t.said == never:
		return fmt.Sprintf("%s still runs when all is over", c.task.Name)
	case c.ended == never:
		return fmt.Sprintf("%s still runs when all is over (%s at %v)", c.task.Name, t.at(t.said).Name, t.at(t.said).At)
	case t.group != nil && t.group.ended != never && c.ended > t.group.ended:
		return fmt.Sprintf("%s ran on until %v, and the group was over at %v", c.task.Name, t.at(c.ended).At, t.at(t.group.ended).At)
	}
	return other
}

// comesToAnEnd is asked of every story, last: a run that stalls leaves the other
// questions open.
var comesToAnEnd = property("P-STARVE", "every call comes back, or somebody is told why it does not",
	func(t *tale, _ Library) (*part, string) {
		if t.run.Outcome != history.Stalled {
			return nil, ""
		}
		if calls := t.stuck(); len(calls) > 0 {
			return t.request, strings.Join(calls, ", ")
		}
		return t.request, fmt.Sprintf("nothing can go on since %v", t.run.LastAct)
	})

// stuck lists the calls that have not come back.
func (t *tale) stuck() (calls []string) {
	last := map[*history.Task]int{}
	for i := range t.run.Events {
		if e := t.at(i); e.Kind == history.Waiting {
			last[e.Task] = i
		}
	}
	for i := range t.run.Events {
		if e := t.at(i); e.Kind == history.Waiting && last[e.Task] == i && !t.movedSince(e) {
			calls = append(calls, fmt.Sprintf("%s never came back (%s is in it since %v)", e.Name, e.Task.Name, e.At))
		}
	}
	return calls
}

// movedSince: the event's task took a step after it.
func (t *tale) movedSince(e *history.Event) bool {
	for _, s := range t.run.Steps[min(e.Step, len(t.run.Steps)):] {
		if s.Task == e.Task {
			return true
		}
	}
	return false
}

var eachToItsAwaiter = property("P-ERROR", "who waits for a child is told its failure, as often as it asks, and no other",
	func(t *tale, _ Library) (*part, string) {
		for i := range t.run.Events {
			e := t.at(i)
			name, ok := strings.CutPrefix(e.Name, awaited)
			if e.Kind != history.Said || !ok {
				continue
			}
			for _, c := range t.children {
				if c.task.Name != name {
					continue
				}
				switch {
				case t.failed(c) && !t.holds(e.Err, c):
					return c, fmt.Sprintf("%s %s, and who waited for it was told: %s", name, t.did(c), line(e.Err))
				case !t.failed(c) && e.Err != nil:
					return c, fmt.Sprintf("%s did not fail, and who waited for it was told: %s", name, line(e.Err))
				}
			}
		}
		return nil, ""
	})

var noneStartsAfterwards = property("P-CANCEL", "a child that waits in line when the group fails does not start",
	func(t *tale, _ Library) (*part, string) {
		first := t.firstToFail()
		if first == nil || !t.failed(first) {
			return nil, ""
		}
		for _, c := range t.children {
			if c.started > first.ended {
				return c, fmt.Sprintf("%s %s, and %s, which had waited in line, was started all the same", first.task.Name, t.did(first), c.task.Name)
			}
		}
		return nil, ""
	})

var submitIsFreed = property("P-CANCEL", "a cancelled request does not wait for a place",
	func(t *tale, library Library) (*part, string) {
		if t.request.done == never {
			return nil, ""
		}
		cancelled, handed := t.at(t.request.done).At, t.saying(handedOver)
		if handed == never {
			return t.request, fmt.Sprintf("the request was cancelled at %v, and %s never came back", cancelled, library.Hands)
		}
		if late := t.at(handed).At - cancelled; late > promptly+t.run.Pushed {
			return t.request, fmt.Sprintf("the request was cancelled at %v, and %s came back only %v later, when there was a place", cancelled, library.Hands, late)
		}
		return nil, ""
	})

var waitingIsTold = property("P-STARVE", "what cannot run because all places are blocked is refused, or somebody is told",
	func(t *tale, library Library) (*part, string) {
		for _, c := range t.children {
			if c.task.Name != extraName || t.request.done == never {
				continue
			}
			early := func(i int) bool { return i != never && i < t.request.done }
			if !early(c.started) && !early(c.refused) && !early(c.ended) && !early(t.saying(told)) {
				return c, fmt.Sprintf("a child waited %v for a place, and nobody was told", t.at(t.request.done).At)
			}
		}
		return nil, ""
	})

var limitIsKept = property("P-STARVE", "no more children run at a time than there are places, and all run",
	func(t *tale, _ Library) (*part, string) {
		i := t.saying(noted + "limit ")
		if i == never {
			return nil, ""
		}
		limit, _ := strconv.Atoi(strings.TrimPrefix(t.at(i).Name, noted+"limit "))
		if most, about := t.mostAtOnce(); most > limit {
			return about, fmt.Sprintf("%d children ran at a time, and the limit is %d", most, limit)
		}
		return nil, ""
	})

// dropped: nobody ran the child, and nobody was told.
func (t *tale) dropped(c *part) bool {
	return c.started == never && c.refused == never && (c.ended == never || t.at(c.ended).Err == nil)
}

var noneIsDropped = property("P-CONSERVE", "what was taken is run, or somebody is told that it was not",
	func(t *tale, library Library) (*part, string) {
		if t.said == never || t.at(t.said).Err != nil {
			return nil, ""
		}
		for _, c := range t.children {
			if t.dropped(c) {
				return c, fmt.Sprintf("%s was taken and never run, and nobody was told (%s)", c.task.Name, t.at(t.said).Name)
			}
		}
		return nil, ""
	})

var lateIsRefused = property("P-CONSERVE", "what comes after the join is refused, or run and waited for",
	func(t *tale, library Library) (*part, string) {
		if t.run.Outcome != history.Complete {
			return nil, ""
		}
		for _, c := range t.children {
			switch {
			case c.task.Name != lateName:
			case c.started != never:
				return c, fmt.Sprintf("a child handed over after %s had returned is run, and nobody waits for it", library.Waits)
			case t.dropped(c):
				return c, fmt.Sprintf("a child handed over after %s had returned is taken and never run, and nobody is told", library.Waits)
			}
		}
		return nil, ""
	})

// line is an error's first line.
func line(err error) string {
	if err == nil {
		return "none"
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}
