//go:build tutorial

package tutorial

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// reader is somebody who does what the tutorial says.
type reader struct {
	t       *testing.T
	example string            // examples/checkout
	dir     string            // the module that comes of it
	written []string          // files
	tried   map[string]string // files as they were before
	tape    string            // the tape that the last failure named
	lines   []string          // of the tutorial
	out     []string          // the tutorial as it should be
	copied  int               // lines of the tutorial that are in out
}

func (r *reader) do(s step) {
	block := r.lines[min(s.from, len(r.lines)):s.to]
	if s.to == 0 {
		block = nil
	}
	file := filepath.Join(r.dir, s.arg)
	switch s.verb {
	case "write":
		r.save(file, strings.Join(block, "\n")+"\n")
		r.written = append(r.written, s.arg)
	case "change", "try":
		old := r.load(file)
		text, err := patch(old, block)
		if err != nil {
			r.t.Fatalf("line %d: %s: %v", s.line, s.arg, err)
		}
		if _, ok := r.tried[file]; s.verb == "try" && !ok {
			r.tried[file] = old
		}
		r.save(file, text)
	case "undo":
		for file, old := range r.tried {
			r.save(file, old)
		}
		clear(r.tried)
	case "copy":
		if err := os.CopyFS(file, os.DirFS(filepath.Join(r.example, s.arg))); err != nil {
			r.t.Fatalf("line %d: %v", s.line, err)
		}
	case "from":
		if !within(r.load(filepath.Join(r.example, s.arg)), block) {
			r.t.Errorf("line %d: this is not what stands in examples/checkout/%s", s.line, s.arg)
		}
	case "console":
		r.copyUntil(s.from)
		r.enter(s, block)
		r.copied = s.to
	}
}

// copyUntil copies the tutorial's lines up to that one.
func (r *reader) copyUntil(line int) {
	r.out = append(r.out, r.lines[r.copied:line]...)
	r.copied = line
}

var namesTape = regexp.MustCompile(`\S+/[0-9a-f]{6}\.tape`)

// enter runs the commands of a block and compares what they print.
func (r *reader) enter(s step, block []string) {
	for i := 0; i < len(block); {
		command, ok := strings.CutPrefix(block[i], "$ ")
		if !ok {
			r.t.Fatalf("line %d: a console block begins with a command, as in $ go version", s.from+i+1)
		}
		line := s.from + i + 1
		if *update && r.tape != "" {
			command = namesTape.ReplaceAllString(command, r.tape)
		}
		i++
		begin := i
		for i < len(block) && !strings.HasPrefix(block[i], "$ ") {
			i++
		}
		promised, came := block[begin:i], r.run(command)
		r.out = append(r.out, "$ "+command)
		if same(promised, came) {
			r.out = append(r.out, promised...)
			continue
		}
		r.out = append(r.out, came...)
		if !*update {
			r.t.Errorf("line %d: $ %s\nthe tutorial says\n\n%s\n\nand this is what comes\n\n%s\n", line, command, strings.Join(promised, "\n"), strings.Join(came, "\n"))
		}
	}
}

func (r *reader) run(command string) []string {
	cmd := exec.CommandContext(r.t.Context(), "bash", "-c", command)
	cmd.Dir = r.dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()     // what it came to is in what it prints
	var told []string // Squall reports progress there, too
	for line := range strings.Lines(stderr.String()) {
		if strings.HasPrefix(line, "squall: ") || stdout.Len() == 0 {
			told = append(told, line)
		}
	}
	output := strings.Join(told, "") + stdout.String()
	for _, line := range strings.Split(output, "\n") {
		if strings.Contains(line, "replay:") && namesTape.MatchString(line) {
			r.tape = namesTape.FindString(line)
		}
	}
	return tidy(output)
}

func (r *reader) load(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

func (r *reader) save(file, text string) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}
