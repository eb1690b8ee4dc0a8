package main

import (
	"regexp"
	"strings"

	"github.com/squall-go/squall/harness/soak"
)

// afterSpecs is a crash's first line behind what Ginkgo printed of the specs so
// far, a sign for each and no end of line.
var afterSpecs = regexp.MustCompile(`(?m)(?: specs |[•SP])((?:panic|fatal error): |runtime: goroutine stack exceeds|SIGSEGV|unexpected fault address)`)

// crashLines is how much of a crash is shown.
const crashLines = 40

// lastWords is what the suite's process printed from where it began to die; ok
// is false if it did not say.
func (o outcome) lastWords() (words string, ok bool) {
	words, ok = soak.LastWords(afterSpecs.ReplaceAllString(o.log, "\n$1"))
	lines := strings.Split(strings.TrimSpace(words), "\n")
	return strings.Join(lines[:min(len(lines), crashLines)], "\n"), ok
}
