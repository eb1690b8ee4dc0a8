package batch

import (
	"fmt"
	"hash/fnv"
	"regexp"

	"github.com/squall-go/squall/harness/racelog"
)

// Kind is what makes two signatures one: numbers do not count, since worker#2
// and worker#3 fail in one way. Those of a race do: it is of functions, of which
// func1 and func2 are two. It has a few hundred bytes at most; the kind of what was cut
// to that is itself.
func Kind(signature string) string {
	if len(signature) > maxKind && len(signature) < 2*maxKind && shortened.MatchString(signature) {
		return signature
	}
	kind := signature
	if !racelog.Signs(signature) {
		kind = numbers.ReplaceAllString(signature, "N")
	}
	if len(kind) <= maxKind {
		return kind
	}
	h := fnv.New64a()
	h.Write([]byte(kind))
	return fmt.Sprintf("%s %016x", clip(kind, maxKind), h.Sum64())
}

const maxKind = 300

var (
	numbers   = regexp.MustCompile(`[0-9]+`)
	shortened = regexp.MustCompile(`(?s)^.+ … \([0-9]+ bytes more\) [0-9a-f]{16}$`)
)

// Kind is what makes two findings one: the scenario, and what failed where.
func (f *Finding) Kind() string { return f.Scenario + " " + f.Control + " " + Kind(f.Signature) }
