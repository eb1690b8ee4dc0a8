package main

import "strings"

// tail keeps the end of what is written to it.
type tail struct {
	text []byte
}

const (
	tailBytes = 1 << 20 // a panic is followed by the stacks of many goroutines
	tailLines = 25
)

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if extra := len(t.text) - tailBytes; extra > tailBytes {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(p), nil
}

// String is the last lines.
func (t *tail) String() string {
	lines := strings.Split(strings.TrimRight(string(t.text), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}
