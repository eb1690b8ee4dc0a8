package tutorial

import (
	"fmt"
	"strings"
)

// patch applies a diff without line numbers: what begins with a space or a minus
// has to stand in the text exactly once. Empty lines divide the diff in parts.
func patch(text string, diff []string) (string, error) {
	var before, after []string
	flush := func() error {
		if len(before)+len(after) == 0 {
			return nil
		}
		old := strings.Join(before, "")
		at := places(text, old)
		if len(at) != 1 {
			return fmt.Errorf("these lines stand %d times in the file:\n%s", len(at), old)
		}
		text = text[:at[0]] + strings.Join(after, "") + text[at[0]+len(old):]
		before, after = nil, nil
		return nil
	}
	for _, line := range diff {
		if line == "" {
			if err := flush(); err != nil {
				return "", err
			}
			continue
		}
		switch rest := line[1:] + "\n"; line[0] {
		case ' ':
			before, after = append(before, rest), append(after, rest)
		case '-':
			before = append(before, rest)
		case '+':
			after = append(after, rest)
		default:
			return "", fmt.Errorf("%q is no line of a diff", line)
		}
	}
	return text, flush()
}

// places is where the lines begin in text; none for no lines.
func places(text, lines string) (at []int) {
	for i := 0; i < len(text) && lines != ""; i++ {
		if (i == 0 || text[i-1] == '\n') && strings.HasPrefix(text[i:], lines) {
			at = append(at, i)
		}
	}
	return at
}
