package main

import (
	"bytes"
	"io"
	"os"
	"strings"

	"github.com/squall-go/squall/internal/visible"
)

// shown is out for texts of scenarios, tasks, errors and suites: whatever is in them
// reaches no terminal, and no runner of GitHub's, as a command. Each Write is to be a
// whole text, as fmt's are.
func shown(out io.Writer, github bool) io.Writer {
	if github {
		return &shownWriter{out, visible.Uncommanded}
	}
	return &shownWriter{out, visible.Text}
}

// onGitHub reports whether a runner of GitHub's reads what is printed.
func onGitHub() bool { return os.Getenv("GITHUB_ACTIONS") != "" }

type shownWriter struct {
	out  io.Writer
	make func(text string) string
}

func (w *shownWriter) Write(p []byte) (int, error) {
	text := strings.ReplaceAll(string(p), "\r\n", "\n")
	if _, err := io.WriteString(w.out, w.make(text)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// shownLines hands on what a process prints, whole lines at a time: a pipe cuts it
// anywhere.
type shownLines struct {
	out  io.Writer
	rest []byte
}

func (l *shownLines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	end := bytes.LastIndexByte(l.rest, '\n') + 1
	if _, err := l.out.Write(l.rest[:end]); err != nil {
		return 0, err
	}
	l.rest = append(l.rest[:0], l.rest[end:]...)
	return len(p), nil
}

// flush hands on the last line, which has no end.
func (l *shownLines) flush() {
	if len(l.rest) > 0 {
		_, _ = l.out.Write(l.rest)
	}
}
