package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"github.com/schollz/progressbar/v3"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/internal/visible"
)

// progress shows how far the suites are: a bar on a terminal, elsewhere a line
// for each scenario when it begins and when it is through.
type progress struct {
	out      io.Writer
	bar      *progressbar.ProgressBar // nil: lines
	expected int

	mu   sync.Mutex
	seen int
}

func newProgress(out io.Writer, scenarios int) *progress {
	p := &progress{out: shown(out, onGitHub()), expected: scenarios}
	if isTerminal(out) {
		p.bar = progressbar.NewOptions(1,
			progressbar.OptionSetWriter(out),
			progressbar.OptionSetWidth(30),
			progressbar.OptionShowCount(),
			progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// Write prints lines of the suites between its own; several portions do at once.
func (p *progress) Write(lines []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(lines)
}

// follow shows what a suite tells until it closes its end, and returns the
// scenario that it told of last. A line that is not one of [result.Progress] is
// left out: progress is a courtesy.
func (p *progress) follow(lines io.Reader) (last string) {
	for scan := bufio.NewScanner(lines); scan.Scan(); {
		var line result.Progress
		if json.Unmarshal(scan.Bytes(), &line) == nil {
			p.show(line, line.Scenario != last)
			last = line.Scenario
		}
	}
	return last
}

func (p *progress) show(line result.Progress, began bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if began {
		p.seen++
	}
	if p.bar == nil {
		p.line(line, began)
		return
	}
	if began {
		p.bar.Describe(fmt.Sprintf("%s (%d of %d)", visible.Text(line.Scenario), min(p.seen, p.expected), p.expected))
	}
	p.bar.ChangeMax(max(line.Total, line.Done+1))
	_ = p.bar.Set(line.Done)
}

func (p *progress) line(line result.Progress, began bool) {
	switch {
	case line.Total > 0 && line.Done >= line.Total:
		fmt.Fprintf(p.out, "%s: %d of %d runs\n", line.Scenario, line.Done, line.Total)
	case began:
		fmt.Fprintf(p.out, "%s\n", line.Scenario)
	}
}

func (p *progress) close() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
