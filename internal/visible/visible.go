// Package visible makes texts from outside (names of tasks, texts of errors, what a
// suite printed) fit to be shown: they can neither drive the terminal nor change how
// the rest is read.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text shows what would not be seen, or would change how the rest is seen: a
// control character as its picture ("␛"), marks of direction and the like by number
// ("⟨U+202E⟩"), what is no UTF-8 as U+FFFD. Line feeds and tabs stay.
func Text(text string) string {
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
