package report

import (
	"fmt"
	"strconv"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/tape"
)

// Storm writes the choices of a tape, one numbered sentence each, not wrapped.
// An empty storm is one sentence too, without a number.
func Storm(choices []tape.Choice) []string {
	if len(choices) == 0 {
		return []string{"nothing: it fails without any fault or preemption"}
	}
	digits := len(strconv.Itoa(len(choices)))
	sentences := make([]string, 0, len(choices))
	for i, c := range choices {
		sentences = append(sentences, fmt.Sprintf("%*d. %s", digits, i+1, clean(sentence(c))))
	}
	return sentences
}

func sentence(c tape.Choice) string {
	switch c.Kind {
	case tape.Param:
		return fmt.Sprintf("%s is %s above its smallest value", of(c.Name, c.Place.Task), count(c.Value))
	case tape.Strike:
		return faults.Strike{Site: c.Place.Site, Hit: c.Place.Hit, Task: c.Place.Task, Fault: c.Fault}.String()
	case tape.Switch:
		return where(c.Place) + ": " + c.To + " goes first"
	case tape.Clock:
		return where(c.Place) + ": the clock moves by " + c.Advance.String() + " although tasks can run"
	case tape.Select:
		return caseOf(c)
	}
	return fmt.Sprintf("a choice of the unknown kind %d %s", c.Kind, where(c.Place))
}

// caseOf says it as the source does, in a process that has the select built in.
func caseOf(c tape.Choice) string {
	number := strconv.Itoa(c.Value + 1)
	text := c.Place.Task + " takes case " + number
	p := faults.LookupSelect(c.Place.Site)
	if p == nil || c.Value >= len(p.Cases) {
		return text + " of " + c.Place.Site + nth(c.Place.Hit)
	}
	return fmt.Sprintf("%s (%s) of the select in %s, %s:%d%s", text, p.Cases[c.Value], p.Function, p.File, p.Line, nth(c.Place.Hit))
}

// nth is the visit, if it is not the first.
func nth(hit int) string {
	if hit == 1 {
		return ""
	}
	return ", at visit " + count(hit)
}

func of(name, task string) string {
	if task == "" {
		return "parameter " + name
	}
	return "parameter " + name + " of " + task
}

func where(p tape.Place) string {
	switch {
	case p.Site == "":
		return "at wake-up " + count(p.Hit)
	case p.After:
		return fmt.Sprintf("once %s has gone on from %s #%d and blocked or ended", p.Task, p.Site, p.Hit)
	}
	return fmt.Sprintf("at %s #%d in %s", p.Site, p.Hit, p.Task)
}
