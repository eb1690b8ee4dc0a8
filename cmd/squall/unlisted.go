package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// unlisted is why the suite of a package did not say what it can run: it panicked
// when its scenarios were made, or does not call the harness.
func (o outcome) unlisted(pkg string) error {
	p, ok := o.panicked()
	switch {
	case !ok:
		return fmt.Errorf("%s lists no scenarios (%s); call harness.RunSpecs in its Test function:\n%s", pkg, o.ended(), o.tail)
	case p.where != "":
		pkg += ", " + p.where
	}
	if slices.ContainsFunc(ownPanics, func(prefix string) bool { return strings.HasPrefix(p.says, prefix) }) {
		return fmt.Errorf("%s (in %s)", p.says, pkg)
	}
	return fmt.Errorf("%s (in %s, before it lists its scenarios)\n%s", p.says, pkg, p.rest)
}

// ownPanics are how panics begin whose own line says all that there is to do.
var ownPanics = []string{"harness: ", "faults: "}

// lastPanic is a panic that ended a suite.
type lastPanic struct {
	says  string // its own line
	where string // file:line of the user's code, "" if unknown
	rest  string // what was printed of it
}

var (
	// panicLine is the beginning of what the runtime prints.
	panicLine = regexp.MustCompile(`(?m)^panic: (.*?)(?: \[recovered[^\]\n]*\])?$`)
	// ginkgoPanic is Ginkgo's, of a container: its place stands above, and it is wrapped.
	ginkgoPanic = regexp.MustCompile(`(?s)(\S+\.go:\d+)\n(?:[^\n]*\n)*?[^\n]*content of the panic that was caught:\n(.+?)\n\s*\n`)
	// colours are a terminal's.
	colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	// frame is a function, and the place in it, in a stack.
	frame = regexp.MustCompile(`(?m)^(\S.*)\(.*\)\n\t(.+\.go):(\d+)`)
)

func (o outcome) panicked() (p lastPanic, ok bool) {
	if words, died := o.lastWords(); died {
		if line := panicLine.FindStringSubmatch(words); line != nil {
			return lastPanic{says: line[1], where: userFrame(words), rest: words}, true
		}
	}
	log := colours.ReplaceAllString(o.log, "")
	if found := ginkgoPanic.FindStringSubmatch(log); found != nil {
		file, line, _ := strings.Cut(filepath.Base(found[1]), ":")
		return lastPanic{says: strings.Join(strings.Fields(found[2]), " "), where: file + ":" + line, rest: o.tail}, true
	}
	return lastPanic{}, false
}

// userFrame is the place of the innermost function that is neither Squall's, nor of
// what it stands on.
func userFrame(stack string) string {
	for _, found := range frame.FindAllStringSubmatch(stack, -1) {
		if function := found[1]; !slices.ContainsFunc(machinery, func(prefix string) bool { return strings.HasPrefix(function, prefix) }) {
			line, _ := strconv.Atoi(found[3])
			return fmt.Sprintf("%s:%d", filepath.Base(found[2]), line)
		}
	}
	return ""
}

var machinery = []string{harnessPath, "github.com/squall-go/squall/faults", "github.com/onsi/ginkgo/", "runtime.", "panic", "testing."}
