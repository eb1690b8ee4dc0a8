package visible

import (
	"strings"
	"unicode"
)

// Uncommanded is [Text] in which GitHub's runner finds no workflow command: it takes
// "::" at the beginning of a line for one, also behind blanks, and its old form "##["
// wherever it stands. Both are put apart.
func Uncommanded(text string) string {
	text = Text(text)
	if !strings.Contains(text, "::") && !strings.Contains(text, "##[") {
		return text
	}
	lines := strings.Split(strings.ReplaceAll(text, "##[", "## ["), "\n")
	for i, line := range lines {
		command := strings.TrimLeftFunc(line, unicode.IsSpace)
		if rest, ok := strings.CutPrefix(command, "::"); ok {
			lines[i] = line[:len(line)-len(command)] + ": :" + rest
		}
	}
	return strings.Join(lines, "\n")
}
