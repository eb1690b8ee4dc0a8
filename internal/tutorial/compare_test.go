package tutorial

import (
	"regexp"
	"strings"
)

// vary is what differs from one machine or day to another, and what is written
// for it.
var vary = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`\b\d+\.\d+ s\)`), "0.0 s)"},
	{regexp.MustCompile(`\b\d+\.\d+s\b`), "0.01s"},
	{regexp.MustCompile(`/[^ "]*/squall-tutorial-\d+`), "/home/you/checkout"},
}

// tidy is output as the tutorial has it.
func tidy(output string) []string {
	for _, v := range vary {
		output = v.what.ReplaceAllString(output, v.with)
	}
	lines := strings.Split(strings.TrimRight(output, " \n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	if len(lines) == 1 && lines[0] == "" {
		return nil
	}
	return lines
}

const anyLines = "…"

// same compares the lines that came with those that were promised.
func same(promised, came []string) bool {
	if len(promised) == 0 {
		return len(came) == 0
	}
	if promised[0] != anyLines {
		return len(came) > 0 && promised[0] == came[0] && same(promised[1:], came[1:])
	}
	for i := range len(came) + 1 {
		if same(promised[1:], came[i:]) {
			return true
		}
	}
	return false
}

// within reports whether the lines of the block follow each other in text, when
// nobody looks at the indentation.
func within(text string, block []string) bool {
	return strings.Contains(flat(strings.Split(text, "\n")), flat(block))
}

func flat(lines []string) string {
	var b strings.Builder
	b.WriteByte('\n')
	for _, line := range lines {
		b.WriteString(strings.TrimSpace(line))
		b.WriteByte('\n')
	}
	return b.String()
}
