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

// String is the strike as a person reads it, names as in [QuoteWord]:
//
//	scope/run #1 in fanout/B: error "boom"
//	scope/run #1 in "fanout/order 7": error "boom"
func (s Strike) String() string {
	return QuoteWord(s.Site) + " #" + strconv.Itoa(s.Hit) + " in " + QuoteWord(s.Task) + ": " + s.Fault.String()
}

// ParseStrike is the inverse of [Strike.String].
func ParseStrike(line string) (Strike, error) {
	s, fault, ok := cutPlace(line)
	if !ok {
		return Strike{}, fmt.Errorf("faults: %.80q is no strike; write FAILPOINT #HIT in TASK: FAULT, as in scope/run #1 in fanout/B: error \"boom\" (quote a TASK that contains spaces, # or :)", line)
	}
	var err error
	s.Fault, err = ParseFault(fault)
	if err != nil {
		return Strike{}, err
	}
	return s, nil
}

// cutPlace takes `FAILPOINT #HIT in TASK:` off the line.
func cutPlace(line string) (s Strike, rest string, ok bool) {
	site, rest, ok1 := CutWord(line)
	rest, ok2 := strings.CutPrefix(rest, " #")
	hit, rest, ok3 := strings.Cut(rest, " in ")
	n, err := strconv.Atoi(hit)
	task, rest, ok4 := CutWord(rest)
	rest, ok5 := strings.CutPrefix(rest, ":")
	ok = ok1 && ok2 && ok3 && ok4 && ok5 && err == nil && n >= 1 && site != ""
	return Strike{Site: site, Hit: n, Task: task}, rest, ok
}
