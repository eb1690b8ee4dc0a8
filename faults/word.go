package faults

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// QuoteWord is a name or a task path as plans and tapes write it: as it is, or
// as a Go string literal when it is empty or contains a space, ", #, : or a
// character that cannot be printed. The result has no line break.
func QuoteWord(word string) string {
	if word == "" || strings.ContainsFunc(word, special) {
		return strconv.Quote(word)
	}
	return word
}

// CutWord is the inverse of [QuoteWord]: it takes the word at the start of text
// and returns the text after it. It reports false, and the whole text as rest,
// if no word stands there.
func CutWord(text string) (word, rest string, ok bool) {
	if strings.HasPrefix(text, `"`) {
		return cutQuoted(text)
	}
	end := strings.IndexFunc(text, special)
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:], end > 0
}

func cutQuoted(text string) (word, rest string, ok bool) {
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return "", text, false
	}
	word, err = strconv.Unquote(quoted)
	if err != nil {
		return "", text, false
	}
	return word, text[len(quoted):], true
}

// special reports whether r cannot stand in an unquoted word. RuneError stands
// for bytes that are no UTF-8.
func special(r rune) bool {
	return r == ' ' || r == '"' || r == '#' || r == ':' || r == utf8.RuneError || !unicode.IsPrint(r)
}
