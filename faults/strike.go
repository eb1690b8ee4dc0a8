package faults

import (
	"fmt"
	"strconv"
	"strings"
)

// Strike is one fault at one hit of a failpoint by one task.
type Strike struct {
	Site  string // full name of the failpoint
	Hit   int    // 1 is the task's first visit
	Task  string // the task's path
	Fault Fault
}

// String is the strike as a person reads it:
//
//	scope/run #1 in fanout/B: error "boom"
func (s Strike) String() string {
	return s.Site + " #" + strconv.Itoa(s.Hit) + " in " + s.Task + ": " + s.Fault.String()
}

// ParseStrike is the inverse of [Strike.String].
func ParseStrike(line string) (Strike, error) {
	place, fault, ok := strings.Cut(line, ": ")
	if !ok {
		return Strike{}, fmt.Errorf("faults: %q is no strike; write FAILPOINT #HIT in TASK: FAULT", line)
	}
	site, rest, ok1 := strings.Cut(place, " #")
	hit, task, ok2 := strings.Cut(rest, " in ")
	n, err := strconv.Atoi(hit)
	if !ok1 || !ok2 || err != nil || n < 1 || site == "" || strings.ContainsAny(site, " \t") {
		return Strike{}, fmt.Errorf("faults: %q is no place; write FAILPOINT #HIT in TASK, as in scope/run #1 in fanout/B", place)
	}
	f, err := ParseFault(fault)
	if err != nil {
		return Strike{}, err
	}
	return Strike{Site: site, Hit: n, Task: task, Fault: f}, nil
}
