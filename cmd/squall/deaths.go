package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/soak"
	"github.com/squall-go/squall/harness/tape"
)

// mostDeaths is how many processes a portion may cost: what ends all of them is worth
// mending before the rest is run.
const mostDeaths = 6

// deaths are the runs that ended the processes of a portion so far.
type deaths struct {
	batch.Deaths
	suite    *suite
	request  request
	settings map[string]string
	scratch  string
	count    int
}

// runPortion runs a portion. When a run ends the process, it is examined, and the next
// process tells of it and runs the rest: whatever is asked for of a suite, from the exit
// code to the JUnit report, comes of that one. The error is the suite's refusal of its
// settings.
func (w *workshop) runPortion(ctx context.Context, part portion, r request, settings map[string]string, files suiteFiles, chosen result.List, show *progress) (result.Result, error) {
	d := &deaths{suite: part.suite, request: r, settings: maps.Clone(settings), scratch: w.scratch.Path}
	for {
		if err := os.RemoveAll(files.box); err != nil {
			return result.Result{}, err
		}
		out, last, err := w.runProcess(ctx, part, r, d.settings, files, chosen, show)
		if err != nil {
			return result.Result{}, err
		}
		if d.ofARun(ctx, out, files) && d.examine(ctx, out, result.ReadNote(files.box), show) {
			if err := d.Write(files.deaths); err != nil {
				return result.Result{}, err
			}
			d.settings[result.EnvDeaths] = files.deaths
			continue
		}
		if _, err := os.Stat(files.box); err == nil { // else it is not of this version, and notes nothing
			last = result.ReadNote(files.box).Scenario
		}
		judged, err := part.suite.judge(out, files.json, under(r, last))
		if judged.Version == "" { // nobody told of them
			judged.Findings = append(judged.Findings, d.findings()...)
		}
		return judged, err
	}
}

// ofARun reports whether the process died, and of a run.
func (d *deaths) ofARun(ctx context.Context, out outcome, files suiteFiles) bool {
	_, err := os.Stat(files.json)
	return errors.Is(err, fs.ErrNotExist) && ctx.Err() == nil && out.code() != result.ExitWedged &&
		result.ReadNote(files.box).Scenario != "" && d.GivenUp == ""
}

// examine finds out what a process died of, and adds it; false if nobody can say, and
// another process might fare no better.
func (d *deaths) examine(ctx context.Context, out outcome, n result.Note, show *progress) bool {
	death := soak.Death{Note: n, How: out.ended(), Log: out.tail}
	var grown *soak.Grown
	death.Grown = errors.As(out.err, &grown)
	if words, crashed := out.lastWords(); crashed {
		death.Log = words
	}
	if d.count++; d.count >= mostDeaths {
		d.GivenUp = fmt.Sprintf("%d processes of the suite died; mend what ended them first", d.count)
	}
	switch {
	case n.Tape != "" && d.request.replay != "":
		return d.replayed(death)
	case n.Tape != "":
		fmt.Fprintf(show, "squall: %s: %v; the rest is run now\n", d.suite.pkg, death)
		return d.replayed(death)
	}
	fmt.Fprintf(show, "squall: %s: %v; it is examined now, then the rest is run\n", d.suite.pkg, death)
	for _, earlier := range d.Of(n.Scenario, n.Control) {
		death.Skip = append(death.Skip, earlier.Note.Run)
	}
	binary := soak.Binary{Package: d.suite.pkg, Path: d.suite.binary, Dir: d.suite.dir, Env: d.workerEnv()}
	f, leaveOut, err := soak.Examine(ctx, binary, death, soak.Limits{Memory: uint64(d.request.memory) << 20}, d.scratch)
	switch {
	case err != nil:
		fmt.Fprintf(show, "squall: %s: it cannot be examined: %v\n", d.suite.pkg, err)
		return false
	case leaveOut && f == nil:
		fmt.Fprintf(show, "squall: %s: run %d of the control %s/%s is left out\n", d.suite.pkg, n.Run, n.Scenario, n.Control)
	}
	if f != nil || leaveOut {
		d.All = append(d.All, batch.Death{Note: n, Finding: f})
		return true
	}
	return !death.Grown
}

// replayed adds the death of a process that replayed a tape: the storm is known.
func (d *deaths) replayed(death soak.Death) bool {
	path := death.Note.Tape
	if !filepath.IsAbs(path) {
		path = filepath.Join(d.suite.dir, path)
	}
	t, err := tape.ReadFile(path)
	if err != nil {
		return false // it was there when the suite read it; the finding of its death tells the rest
	}
	d.All = append(d.All, batch.Death{Note: death.Note, Finding: soak.Replayed(death, t)})
	return true
}

// workerEnv is what a worker has to be told beside its batches, so that its runs are
// those of the suite.
func (d *deaths) workerEnv() (env []string) {
	if plan := d.settings[result.EnvPlan]; plan != "" {
		env = append(env, result.EnvPlan+"="+plan)
	}
	if mode := os.Getenv("SQUALL_MODE"); mode != "" {
		env = append(env, "SQUALL_MODE="+mode)
	}
	return env
}

// findings are the deaths of which no process told.
func (d *deaths) findings() (all []result.Finding) {
	for _, death := range d.All {
		if f := death.Finding; f != nil {
			all = append(all, result.Finding{Package: d.suite.pkg, Verdict: f.Verdict, Text: f.Text})
		}
	}
	return all
}
