package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/squall-go/squall/internal/atomicfile"
)

// traceSuffix is what the names of traces end in.
const traceSuffix = ".trace.json"

// gatherTraces puts the traces that the suites wrote where they were asked for: into
// a folder, or that of a replay into a file.
func (s *session) gatherTraces(r request, done []finished) error {
	traces, err := tracesOf(done)
	if err != nil {
		return fmt.Errorf("--trace=%s: %w", r.trace, err)
	}
	if len(traces) == 0 {
		fmt.Fprintf(s.stderr, "squall: --trace=%s: not written: no run came back that could be drawn\n", r.trace)
		return nil
	}
	if r.replay != "" {
		if len(traces) > 1 {
			fmt.Fprintf(s.stderr, "squall: --trace=%s: %d suites ran the tape; the trace is of %s\n", r.trace, len(traces), traces[0].pkg)
		}
		return traces[0].copyTo(r.trace)
	}
	if err := os.MkdirAll(r.trace, 0o755); err != nil {
		return fmt.Errorf("--trace=%s: %w", r.trace, cause(err))
	}
	for _, t := range traces {
		if err := t.copyTo(filepath.Join(r.trace, t.name)); err != nil {
			return err
		}
	}
	return nil
}

// suiteTrace is a trace that a suite wrote.
type suiteTrace struct {
	path, pkg string
	name      string // that it gets
}

func (t suiteTrace) copyTo(target string) error {
	content, err := os.ReadFile(t.path)
	if err != nil {
		return err
	}
	return atomicfile.Write(target, content)
}

// tracesOf lists them, suite by suite. Of those that two suites wrote of one scenario, the
// later ones are numbered.
func tracesOf(done []finished) (traces []suiteTrace, err error) {
	taken := map[string]int{}
	for _, d := range done {
		files, err := os.ReadDir(d.files.traces)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			scenario, ok := strings.CutSuffix(file.Name(), traceSuffix)
			if !ok {
				continue // half a file, of a suite that died
			}
			name := file.Name()
			if taken[name]++; taken[name] > 1 {
				name = fmt.Sprintf("%s-%d%s", scenario, taken[name], traceSuffix)
			}
			traces = append(traces, suiteTrace{filepath.Join(d.files.traces, file.Name()), d.suite.pkg, name})
		}
	}
	return traces, nil
}
