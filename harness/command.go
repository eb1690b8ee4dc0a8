package harness

import (
	"cmp"
	"fmt"
	"path/filepath"
	"runtime/debug"

	"github.com/onsi/ginkgo/v2"

	"github.com/squall-go/squall/harness/corpus"
	"github.com/squall-go/squall/harness/racelog"
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

// replayCommand replays the tape at path, "" if it was not saved, so that it can fail
// in the same way again.
func replayCommand(path, failure string) string {
	if path == "" {
		return ""
	}
	command := squall() + " replay " + tagsFlag()
	if current.free { // the tape says nothing of that
		command = "SQUALL_MODE=free " + command
	}
	if racelog.Signs(failure) {
		command += "--race "
	}
	return command + quoted(path)
}

// again runs the same scenario from the same seed, as many times: a number that
// was asked for, or that came of the time that was given.
func again(id string, ran int) string {
	command := fmt.Sprintf("%s run %s--focus %s --seed %d", squall(), tagsFlag(), quoted(id), current.seed)
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

// tagsFlag is the build tags of this binary, as the command takes them; "" if it has
// none.
func tagsFlag() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return tagsOf(info)
}

func tagsOf(info *debug.BuildInfo) string {
	for _, s := range info.Settings {
		if s.Key == "-tags" && s.Value != "" {
			return "--tags " + quoted(s.Value) + " "
		}
	}
	return ""
}

// recordAgain is the way out for a tape that does not fit any more.
func recordAgain(t *tape.Tape) string {
	return fmt.Sprintf("record it again with %s run %s--focus %s --seed %d", squall(), tagsFlag(), quoted(t.Scenario), t.Seed)
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
