package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"

	"github.com/squall-go/squall/harness/soak"
)

// live shows a soak: a table that is drawn anew every second on a terminal,
// a line a minute elsewhere.
type live struct {
	out      io.Writer
	terminal bool

	mu    sync.Mutex
	drawn int       // lines on the terminal
	next  time.Time // line, where there is no terminal
}

func newLive(out io.Writer) *live { return &live{out: out, terminal: isTerminal(out)} }

// tell prints a line that stays.
func (l *live) tell(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
	fmt.Fprintln(shown(l.out, onGitHub()), line)
}

func (l *live) view(v *soak.View) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.terminal {
		if now := time.Now(); now.After(l.next) {
			l.next = now.Add(time.Minute)
			fmt.Fprintln(l.out, headline(v))
		}
		return
	}
	width, height := l.size()
	lines := viewed(v, width, height)
	l.erase()
	fmt.Fprintln(shown(l.out, onGitHub()), strings.Join(lines, "\n"))
	l.drawn = len(lines)
}

func (l *live) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
}

// erase takes the table off the terminal.
func (l *live) erase() {
	if l.drawn > 0 {
		fmt.Fprint(l.out, text.CursorUp.Sprint(), strings.Repeat(text.CursorUp.Sprint(), l.drawn-1), "\r", text.EraseLine.Sprint(), "\x1b[J")
	}
	l.drawn = 0
}

func headline(v *soak.View) string {
	line := fmt.Sprintf("%s  %d runs (%.0f/s)  %.0f steps/s  coverage %d cells, %d handovers (%d new)  %d findings",
		v.Elapsed.Round(time.Second), v.Runs, v.RunsPerS, v.StepsPerS, v.Cells, v.Handovers, v.New, v.Findings)
	if v.Incidents > 0 {
		line += fmt.Sprintf("  %d incidents", v.Incidents)
	}
	if v.Ending {
		line += fmt.Sprintf("  waiting for %d batches under way", v.Workers)
	}
	if v.Left > 0 {
		line += fmt.Sprintf("  %s left", v.Left.Round(time.Second))
	}
	return line
}

// size is that of the terminal, a usual one where it does not say: a console that
// nobody looks at may have no columns.
func (l *live) size() (width, height int) {
	if file, ok := l.out.(*os.File); ok {
		if w, h, err := term.GetSize(int(file.Fd())); err == nil {
			width, height = w, h
		}
	}
	if width <= 0 || height <= 0 {
		return 100, 40
	}
	return width, height
}

// viewed is the view as far as there is room for it.
func viewed(v *soak.View, width, height int) []string {
	lines := []string{headline(v), fmt.Sprintf("%-12s %12s %14s %10s %8s  %s", "scenario", "runs", "steps", "struck", "failed", "controls")}
	for _, row := range v.Rows {
		lines = append(lines, fmt.Sprintf("%-12.12s %12d %14d %10d %8d  %s", row.ID, row.Runs, row.Steps, row.Struck, row.Failed, row.Controls))
	}
	if room := max(3, height-2); len(lines) > room {
		lines = append(lines[:room-1], fmt.Sprintf("… and %d more", len(lines)-room+1))
	}
	for i, line := range lines {
		if runes := []rune(line); len(runes) >= width {
			lines[i] = string(runes[:width-1])
		}
	}
	return lines
}
