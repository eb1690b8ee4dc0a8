// Package litmus proves the happens-before lists of package comments under the
// race detector: each line has a test in which only that edge orders two accesses
// to a variable, and the same test with the edge taken away, in which the detector
// must report a race. What a list promises and what is tested cannot differ: the
// lines are compared with the comment.
package litmus

import (
	"fmt"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// Line is one line of a happens-before list.
type Line struct {
	// Text is the line as the package comment has it, without the last sign.
	Text string
	// Holds accesses a variable on both sides of the edge, and is silent.
	Holds func()
	// Broken is the same without the edge: a race.
	Broken func()
}

// That is a line.
func That(text string, holds, broken func()) Line {
	return Line{Text: text, Holds: holds, Broken: broken}
}

// times is how often a line is run: the detector has to see both accesses.
const times = 100

// patience is how often a broken variant is run at most: a lock inside of what is
// tested may order the two accesses by accident, time and again.
const patience = 100 * times

// broken is set in a process that runs the broken variant of that number.
const broken = "SQUALL_LITMUS_BROKEN"

// Check checks that the list in file, a Go file with the package comment, is that
// of lines, and runs them. Call it once in a test. Without -race it proves no more
// than that nothing hangs.
func Check(t *testing.T, file string, lines []Line) {
	t.Helper()
	if number := os.Getenv(broken); number != "" {
		i, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		repeat(lines[i].Broken, patience)
		return
	}
	compare(t, promised(t, file), lines)
	for i, line := range lines {
		t.Run(fmt.Sprintf("%d %.40s", i, line.Text), func(*testing.T) { repeat(line.Holds, times) })
	}
	t.Run("controls", func(t *testing.T) { controls(t, lines) })
}

func repeat(body func(), times int) {
	for range times {
		body()
	}
}

// controls runs each broken variant in a process of its own, which the first race
// ends.
func controls(t *testing.T, lines []Line) {
	if !detecting {
		t.Skip("litmus: without -race nothing can be detected")
	}
	name, _, _ := strings.Cut(t.Name(), "/")
	for i, line := range lines {
		cmd := exec.Command(os.Args[0], "-test.timeout=2m", "-test.run=^"+name+"$")
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", broken, i), "GORACE=halt_on_error=1")
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "WARNING: DATA RACE") {
			t.Errorf("litmus: no race was detected without the edge %q; its test proves nothing:\n%s", line.Text, out)
		}
	}
}

func compare(t *testing.T, promises []string, lines []Line) {
	t.Helper()
	for i := range max(len(promises), len(lines)) {
		switch {
		case i >= len(lines):
			t.Errorf("litmus: %q is promised, and has no test", promises[i])
		case i >= len(promises):
			t.Errorf("litmus: %q is tested, and is not promised", lines[i].Text)
		case promises[i] != lines[i].Text:
			t.Errorf("litmus: line %d is promised as\n%q, and tested as\n%q", i, promises[i], lines[i].Text)
		}
	}
	if len(promises) == 0 {
		t.Error("litmus: the package comment has no list below a heading \"Happens before\"")
	}
}

// promised is the first list below the heading "Happens before".
func promised(t *testing.T, file string) []string {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	return promises(tree.Doc.Text())
}

func promises(text string) (found []string) {
	below := false
	for _, block := range new(comment.Parser).Parse(text).Content {
		switch block := block.(type) {
		case *comment.Heading:
			below = plain(block.Text) == "Happens before"
		case *comment.List:
			for _, item := range block.Items {
				if below {
					found = append(found, plain(item.Content[0].(*comment.Paragraph).Text))
				}
			}
			below = false
		}
	}
	return found
}

// plain is the words, joined by one blank each, without the last sign.
func plain(text []comment.Text) string {
	var b strings.Builder
	for _, t := range text {
		switch t := t.(type) {
		case comment.Plain:
			b.WriteString(string(t))
		case comment.Italic:
			b.WriteString(string(t))
		case *comment.DocLink:
			b.WriteString("[" + plain(t.Text) + "]")
		case *comment.Link:
			b.WriteString(plain(t.Text))
		}
	}
	return strings.TrimRight(strings.Join(strings.Fields(b.String()), " "), ".;,")
}
