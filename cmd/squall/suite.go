package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/soak"
)

// suite is one package's test binary.
type suite struct {
	pkg       string
	dir       string
	binary    string
	scenarios result.List
}

// outcome is how a suite's process ended.
type outcome struct {
	err  error  // nil, *exec.ExitError, *soak.Grown, or why it did not start
	tail string // the last lines that it printed
	log  string // more of them
}

// process is what the caller sees of a running suite, beside its files.
type process struct {
	output   io.Writer // everything that it prints, nil for nowhere
	progress *os.File  // that it appends progress to, nil for none
	memory   uint64    // bytes at which it is killed, 0 for no limit
	races    string    // where its race detector writes, "" if with its output
}

// grace is how long an interrupted suite has to write its result.
const grace = 20 * time.Second

// run runs the binary in its package's directory, the way go test does. The
// settings are environment variables; those of this command's own environment
// that a run could not stand twice are taken away.
func (s *suite) run(ctx context.Context, settings map[string]string, p *process, args []string) outcome {
	cmd := exec.CommandContext(ctx, s.binary, args...)
	cmd.Dir = s.dir
	cmd.Env = environment(settings)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = grace
	var last tail
	cmd.Stdout = &last
	if p != nil && p.output != nil {
		cmd.Stdout = io.MultiWriter(&last, p.output)
	}
	cmd.Stderr = cmd.Stdout
	if p != nil && p.progress != nil {
		cmd.ExtraFiles = []*os.File{p.progress}
		cmd.Env = append(cmd.Env, result.EnvProgress+"=/dev/fd/3")
	}
	if p != nil && p.races != "" {
		cmd.Env = racelog.Environ(cmd.Env, p.races)
	}
	run := cmd.Run
	if p != nil && p.memory > 0 {
		run = func() error { return soak.RunWithin(cmd, p.memory) }
	}
	err := run()
	log := string(last.text)
	if p != nil && p.races != "" && cmd.Process != nil {
		// Shown where the process would have shown it, though behind the rest.
		raced := racelog.Collect(p.races, cmd.Process.Pid)
		_, _ = io.WriteString(cmd.Stdout, raced) // its errors are those of what it shows
		log = raced + log
	}
	return outcome{err: err, tail: last.String(), log: log}
}

// ours are the settings that only the command itself may give.
var ours = []string{result.EnvJSON, result.EnvList, result.EnvProgress, result.EnvReplay, result.EnvPlan, result.EnvTrace, result.EnvBox, result.EnvDeaths}

func environment(settings map[string]string) []string {
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		_, set := settings[name]
		return set || slices.Contains(ours, name) || excluded(name, settings)
	})
	for name, value := range settings {
		env = append(env, name+"="+value)
	}
	return env
}

// excluded: --runs takes the place of a SQUALL_FOR of the environment, and the
// other way round.
func excluded(name string, settings map[string]string) bool {
	return name == result.EnvFor && settings[result.EnvRuns] != "" ||
		name == result.EnvRuns && settings[result.EnvFor] != ""
}

// code is the exit code, -1 if there is none.
func (o outcome) code() int {
	var exit *exec.ExitError
	switch {
	case o.err == nil:
		return 0
	case errors.As(o.err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// ended says how the process ended.
func (o outcome) ended() string {
	if o.err == nil {
		return "exit status 0"
	}
	return o.err.Error()
}

// refused reports whether the suite refused its settings, and the reason, which
// the harness prints in one line before it exits.
func (o outcome) refused() (reason string, ok bool) {
	if _, crashed := o.lastWords(); crashed || o.code() != exitUsage { // a panic has the same code
		return "", false
	}
	lines := strings.Split(o.tail, "\n")
	for _, line := range slices.Backward(lines) {
		if reason, ok = strings.CutPrefix(line, "squall: "); ok {
			return reason, true
		}
	}
	return "", false
}
