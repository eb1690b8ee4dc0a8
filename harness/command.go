package harness

import (
	"cmp"
	"fmt"
	"path/filepath"

	"github.com/onsi/ginkgo/v2"

	"github.com/squall-go/squall/harness/corpus"
	"github.com/squall-go/squall/harness/tape"
	"github.com/squall-go/squall/internal/commandline"
)

const module = "github.com/squall-go/squall"

// squall is how the command is called from the root of the module under test.
func squall() string { return commandline.Here("").String() }

// quoted is word as a shell reads it back.
func quoted(word string) string { return commandline.Quoted(word) }

// moduleRoot is the nearest directory upwards that has a go.mod; go test runs a
// test binary in the directory of its package.
func moduleRoot() string { return cmp.Or(commandline.Here("").Dir, ".") }

// fromRoot is path as it is written from the module's root.
func fromRoot(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(moduleRoot(), abs)
	if err != nil {
		return abs
	}
	return filepath.ToSlash(rel)
}

func replayCommand(path string) string {
	if path == "" {
		return ""
	}
	return squall() + " replay " + quoted(path)
}

// again runs the same scenario from the same seed, as many times: a number that
// was asked for, or that came of the time that was given.
func again(id string, ran int) string {
	command := fmt.Sprintf("%s run --focus %s --seed %d", squall(), quoted(id), current.seed)
	switch {
	case current.runs > 0:
		command += fmt.Sprintf(" --runs %d", current.runs)
	case current.duration > 0:
		command += fmt.Sprintf(" --runs %d", max(ran, 1))
	}
	if *flagPlan != "" {
		command += " --plan " + quoted(fromRoot(*flagPlan))
	}
	return command
}

// controlDir is where the tapes of controls go: they are evidence, not a corpus.
func controlDir() string { return filepath.Join(moduleRoot(), ".squall", "controls") }

// save writes a counterexample and returns its path from the module's root. If
// it can't be written, the spec says so and shows the tape: no finding is lost.
func save(dir string, t *tape.Tape) string {
	path, err := corpus.Save(dir, t)
	if err != nil {
		ginkgo.AddReportEntry("tape that could not be saved", err.Error()+"\n"+t.String())
		return ""
	}
	return fromRoot(path)
}
