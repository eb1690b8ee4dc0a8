package batch

import (
	"fmt"
	"hash/fnv"
	"regexp"
)

// Kind is what makes two signatures one: numbers do not count, since worker#2
// and worker#3 fail in one way. It has a few hundred bytes at most.
func Kind(signature string) string {
	kind := numbers.ReplaceAllString(signature, "N")
	if len(kind) <= maxKind {
		return kind
	}
	h := fnv.New64a()
	h.Write([]byte(kind))
	return fmt.Sprintf("%s %016x", clip(kind, maxKind), h.Sum64())
}

const maxKind = 300

var numbers = regexp.MustCompile(`[0-9]+`)

// Kind is what makes two findings one: the scenario, and what failed where.
func (f *Finding) Kind() string { return f.Scenario + " " + f.Control + " " + Kind(f.Signature) }
