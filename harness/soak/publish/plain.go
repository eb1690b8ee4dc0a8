package publish

import (
	"strings"
	"unicode/utf8"

	"github.com/squall-go/squall/internal/visible"
)

// line is text in one line of at most max bytes, that can be shown.
func line(text string, max int) string {
	text = cut(text, 4*max)
	return cut(strings.TrimSpace(visible.Text(strings.Join(strings.FieldsFunc(text, isBreak), " "))), max)
}

// lines is text in several lines of at most max bytes in all.
func lines(text string, max int) string {
	return strings.TrimRight(cut(visible.Text(strings.ReplaceAll(cut(text, 2*max), "\r\n", "\n")), max), "\n ")
}

func isBreak(r rune) bool {
	return r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029'
}

// cut takes away what is behind the first max bytes, and says so.
func cut(text string, max int) string {
	if len(text) <= max {
		return text
	}
	at := max
	for at > 0 && !utf8.RuneStart(text[at]) {
		at--
	}
	return text[:at] + "…"
}
