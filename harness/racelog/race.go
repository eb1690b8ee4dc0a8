package racelog

import (
	"fmt"
	"slices"
	"strings"
)

// Race is one report of the detector. It has two accesses at least.
type Race struct{ Sections []Section }

// Section is an access, or where a goroutine or the memory comes from.
type Section struct {
	Title  string  // "Previous write by goroutine B"
	Access string  // "read" or "write"; "" if it is none
	Stack  []Frame // none if the detector no longer knew it
	More   int     // frames that were left out at the end
}

// Frame is a line of a stack.
type Frame struct {
	Function string // with its package's path; type arguments are "..."
	Place    string // file:line, "" if it is not known
}

// unknown stands for the function of an access whose stack is lost.
const unknown = "?"

// Accesses are the two that raced.
func (r Race) Accesses() (two [2]Section) {
	n := 0
	for _, s := range r.Sections {
		if s.Access != "" && n < len(two) {
			two[n] = s
			n++
		}
	}
	return two
}

// Signature says which race it is: by the functions that raced, in order of their
// names, whoever came first this time.
func (r Race) Signature() string {
	two := r.Accesses()
	names := []string{two[0].by(), two[1].by()}
	slices.Sort(names) // a lost one comes first
	if names[0] == unknown {
		slices.Reverse(names)
	}
	if names[0] == unknown {
		return Property
	}
	return Property + " " + names[0] + " and " + names[1]
}

func (s Section) by() string {
	if f, ok := s.telling(); ok {
		return f.Function
	}
	return unknown
}

// telling is the frame that made the access: the topmost one that is not the
// runtime's, which copies and maps for others. Accesses by package sync/atomic are
// told to the detector there, for whoever called; it may be all that the stack has.
func (s Section) telling() (f Frame, ok bool) {
	for _, f := range s.Stack {
		if !isRuntimes(f.Function) {
			return f, true
		}
	}
	if len(s.Stack) == 0 {
		return Frame{}, false
	}
	return s.Stack[0], true
}

func isRuntimes(function string) bool {
	return slices.ContainsFunc(runtimes, func(prefix string) bool { return strings.HasPrefix(function, prefix) })
}

var runtimes = []string{"runtime.", "runtime/", "internal/runtime/", "internal/race.", "sync/atomic."}

// Gist is the race in one line.
func (r Race) Gist() string {
	two := r.Accesses()
	return fmt.Sprintf("%s and %s: nothing orders the two", two[0].gist(), two[1].gist())
}

func (s Section) gist() string {
	f, ok := s.telling()
	switch {
	case !ok:
		return s.Access + " in a function that the race detector no longer knew"
	case f.Place == "":
		return s.Access + " in " + withoutDirectories(f.Function)
	}
	return fmt.Sprintf("%s in %s (%s)", s.Access, withoutDirectories(f.Function), f.Place[strings.LastIndexAny(f.Place, `/\`)+1:])
}

// withoutDirectories is the function with the last element of its package's path.
func withoutDirectories(function string) string {
	return function[strings.LastIndexByte(function, '/')+1:]
}

// String is the report as the detector writes it, without what is another in each
// process.
func (r Race) String() string {
	var b strings.Builder
	b.WriteString(warning + "\n")
	for i, s := range r.Sections {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(s.Title + ":\n")
		s.write(&b)
	}
	return b.String()
}

func (s Section) write(b *strings.Builder) {
	for _, f := range s.Stack {
		fmt.Fprintf(b, "  %s()\n", f.Function)
		if f.Place != "" {
			fmt.Fprintf(b, "      %s\n", f.Place)
		}
	}
	switch {
	case s.More > 0:
		fmt.Fprintf(b, "  … and %d more\n", s.More)
	case len(s.Stack) == 0 && !strings.Contains(s.Title, " declared at "):
		b.WriteString("  " + lost + "\n")
	}
}
