package racelog

import "strings"

// option is the value of an option in the text of GORACE, as the detector reads it:
// name=value, any number of them, apart by blanks, commas or colons; a value may be
// in quotes. The last one counts.
func option(gorace, name string) (value string, set bool) {
	for rest := gorace; ; {
		rest = strings.TrimLeft(rest, separators)
		key, after, ok := strings.Cut(rest, "=")
		if !ok {
			return value, set
		}
		one := ""
		one, rest = cutValue(after)
		if key == name {
			value, set = one, true
		}
	}
}

const separators = " ,:\t\r\n"

// cutValue is the value at the beginning of text, and what comes after it.
func cutValue(text string) (value, rest string) {
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		value, rest, _ = strings.Cut(text[1:], text[:1])
		return value, rest
	}
	if end := strings.IndexAny(text, separators); end >= 0 {
		return text[:end], text[end:]
	}
	return text, ""
}

// maxPath is the longest path that is given to the detector: it ends the process
// at one that is too long for it.
const maxPath = 2000

// quoted is a path as the value of an option; ok is false if there is no way to
// write it.
func quoted(path string) (value string, ok bool) {
	if len(path) > maxPath || strings.ContainsAny(path, "%\x00") { // some detectors replace %p
		return "", false
	}
	for _, quote := range []string{`"`, "'"} {
		if !strings.Contains(path, quote) {
			return quote + path + quote, true
		}
	}
	return "", false
}
