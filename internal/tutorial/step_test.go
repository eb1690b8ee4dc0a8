package tutorial

import (
	"fmt"
	"regexp"
	"strings"
)

// step is one thing that the tutorial tells its reader to do or to look at.
type step struct {
	line     int    // where it begins, counted from 1
	verb     string // write, change, try, from, skip, undo, copy or console
	arg      string
	from, to int // lines of the block, without its fences: [from, to)
}

var directive = regexp.MustCompile(`^<!-- ([a-z]+)(?: (.*))? -->$`)

// steps reads the tutorial. The error names the line.
func steps(lines []string) ([]step, error) {
	var list []step
	for i := 0; i < len(lines); i++ {
		if m := directive.FindStringSubmatch(lines[i]); m != nil && (m[1] == "undo" || m[1] == "copy") {
			list = append(list, step{line: i + 1, verb: m[1], arg: m[2]})
			continue
		}
		language, ok := strings.CutPrefix(lines[i], "```")
		if !ok {
			continue
		}
		s := step{line: i + 1, verb: language, from: i + 1}
		if m := directive.FindStringSubmatch(lines[max(i-1, 0)]); m != nil && m[1] != "undo" && m[1] != "copy" {
			s.verb, s.arg = m[1], m[2]
		}
		for i++; i < len(lines) && lines[i] != "```"; i++ {
		}
		if i == len(lines) {
			return nil, fmt.Errorf("line %d: the block has no end", s.line)
		}
		s.to = i
		switch s.verb {
		case "write", "change", "try", "from", "skip", "console":
		default:
			return nil, fmt.Errorf("line %d: nobody checks this block; say above it what it is, as in <!-- from FILE -->", s.line)
		}
		list = append(list, s)
	}
	return list, nil
}
