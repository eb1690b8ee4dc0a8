package publish

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// line is text in one line of at most max bytes, that can be shown.
func line(text string, max int) string {
	text = cut(text, 4*max)
	return cut(strings.TrimSpace(visible(strings.Join(strings.FieldsFunc(text, isBreak), " "))), max)
}

// lines is text in several lines of at most max bytes in all.
func lines(text string, max int) string {
	return strings.TrimRight(cut(visible(strings.ReplaceAll(cut(text, 2*max), "\r\n", "\n")), max), "\n ")
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

// visible shows what would not be seen, or would change how the rest is seen.
func visible(text string) string {
	if !strings.ContainsFunc(text, hidden) && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(text, "\uFFFD") {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r < ' ':
			b.WriteRune('\u2400' + r)
		default:
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		}
	}
	return b.String()
}

// hidden are control characters but line feed and tab, marks of direction,
// invisible separators, and what XML does not know. The joiners of words and of
// pictograms stay.
func hidden(r rune) bool {
	switch r {
	case '\n', '\t', '\u200C', '\u200D':
		return false
	case '\u2028', '\u2029', '\uFFFE', '\uFFFF':
		return true
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)
}
