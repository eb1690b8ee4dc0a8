package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"golang.org/x/term"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/soak"
)

// run does what the request asks for, writes the files, prints what came of it
// and sets the exit code. An error means that nothing was run, or that the
// outcome could not be written.
func (s *session) run(ctx context.Context, r request) error {
	w, err := openWorkshop(ctx, s, r)
	if err != nil {
		return err
	}
	defer w.close()
	chosen, err := w.choose(r)
	if err != nil {
		return err
	}
	merged, done, err := w.run(ctx, r, chosen)
	if err != nil {
		return err
	}
	s.code = merged.Verdict().ExitCode()
	report(shown(s.stdout, onGitHub()), merged)
	return s.write(r, w.scratch.Path, merged, done)
}

func (s *session) write(r request, scratch string, merged result.Result, done []finished) error {
	var errs []error
	if r.json != "" {
		errs = append(errs, merged.Write(r.json))
	}
	if r.wantsGinkgo() {
		errs = append(errs, writeSpecs(r, scratch, done))
	}
	if r.trace != "" {
		errs = append(errs, s.gatherTraces(r, done))
	}
	return errors.Join(errs...)
}

// choose is the scenarios to run; for a tape, the one that it is of.
func (w *workshop) choose(r request) (result.List, error) {
	if len(w.list) == 0 {
		return nil, fmt.Errorf("no scenarios in %s; add some with harness.Describe or harness.Explore", w.suites[0].pkg)
	}
	if r.replay == "" {
		return focused(w.list, r.focus)
	}
	i := slices.IndexFunc(w.list, func(s result.Listed) bool { return s.ID == r.focus })
	if i < 0 {
		return nil, fmt.Errorf("tape %s: unknown scenario %q%s; or name its package after the file", r.replay, r.focus, known(r.focus, ids(w.list)))
	}
	if w.list[i].Peer && r.trace != "" {
		return nil, fmt.Errorf("--trace=%s: %s is a story of another library, whose runs are not drawn; leave the flag out", r.trace, r.focus)
	}
	return w.list[i : i+1], nil
}

// wantsGinkgo reports whether anything is made of what Ginkgo reports.
func (r *request) wantsGinkgo() bool { return r.junit != "" || r.ginkgo != "" }

func writeSpecs(r request, scratch string, done []finished) error {
	reports, err := ginkgoReports(done)
	if err != nil {
		return err
	}
	var errs []error
	if r.junit != "" {
		errs = append(errs, writeJUnit(reports, scratch, r.junit))
	}
	if r.ginkgo != "" {
		errs = append(errs, writeGinkgo(reports, r.ginkgo))
	}
	return errors.Join(errs...)
}

type suiteFiles struct{ json, ginkgo, traces, races, box, deaths string }

// runProcess runs a portion in a process, and says which scenario that told of last.
func (w *workshop) runProcess(ctx context.Context, part portion, r request, settings map[string]string, files suiteFiles, chosen result.List, show *progress) (_ outcome, last string, _ error) {
	settings = maps.Clone(settings)
	settings[result.EnvJSON], settings[result.EnvBox] = files.json, files.box
	args := []string{"--ginkgo.timeout=" + noTimeout, "--ginkgo.seed=" + fixedOrder}
	if r.wantsGinkgo() {
		args = append(args, "--ginkgo.json-report="+files.ginkgo)
	}
	if r.trace != "" {
		settings[result.EnvTrace] = files.traces
	}
	if r.focus != "" {
		args = append(args, "--ginkgo.focus="+ginkgoFocus(chosen))
	}
	if part.labels != "" {
		args = append(args, "--ginkgo.label-filter="+part.labels)
	}
	p := &process{memory: uint64(r.memory) << 20, races: files.races}
	if r.verbose {
		args = append(args, "--ginkgo.v")
	}
	if r.verbose && isTerminal(w.session.stderr) {
		p.output = w.session.stderr // with Ginkgo's colours
	} else {
		args = append(args, "--ginkgo.no-color")
	}
	if r.verbose && p.output == nil {
		lines := &shownLines{out: show}
		defer lines.flush()
		p.output = lines
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return outcome{}, "", err
	}
	p.progress = writer
	told := make(chan string, 1)
	go func() { told <- show.follow(reader) }()
	out := part.suite.run(ctx, settings, p, args)
	// With our end closed the reader ends when the suite's is; the deadline is
	// for a process that the suite has left behind with it.
	writer.Close()
	_ = reader.SetReadDeadline(time.Now().Add(time.Second))
	last = <-told
	reader.Close()
	return out, last, nil
}

// noTimeout takes the place of Ginkgo's hour: a soak takes as long as it takes,
// and the harness has watchdogs of its own for what hangs.
const noTimeout = "87600h"

// fixedOrder makes Ginkgo run the containers in the same order every time: its
// own default is a seed from the clock.
const fixedOrder = "1"

// under is what a death is told of: the scenario that the suite told of last, if
// any, or the tape.
func under(r request, scenario string) string {
	switch {
	case r.replay != "":
		return fmt.Sprintf("%s, replayed from %s: ", r.focus, r.replay)
	case scenario != "":
		return scenario + ": "
	}
	return ""
}

// judge reads the suite's result and adds what the result does not tell. under
// is what a death is told of.
func (s *suite) judge(out outcome, path, under string) (result.Result, error) {
	if reason, ok := out.refused(); ok {
		return result.Result{}, errors.New(reason)
	}
	r, err := result.Read(path)
	for i := range r.Scenarios {
		r.Scenarios[i].Package = s.pkg
	}
	verdict := result.Held
	for _, scenario := range r.Scenarios {
		verdict = result.Worst(verdict, scenario.Judged())
	}
	finding := result.Finding{Package: s.pkg, Verdict: result.Broken}
	var grown *soak.Grown
	words, crashed := out.lastWords()
	switch {
	case errors.As(out.err, &grown):
		finding.Text = fmt.Sprintf("%sthe process died: %v (--memory)", under, grown)
	case out.code() == result.ExitWedged:
		finding.Verdict = result.Wedged
		finding.Text = "the watchdog ended the suite; its last lines:\n" + out.tail
	case errors.Is(err, fs.ErrNotExist) && crashed:
		finding.Text = fmt.Sprintf("%sthe suite died (%s): %s", under, out.ended(), words)
	case errors.Is(err, fs.ErrNotExist):
		finding.Text = fmt.Sprintf("%sthe suite died without a result (%s); its last lines:\n%s", under, out.ended(), out.tail)
	case err != nil:
		finding.Text = "the suite's result cannot be read: " + err.Error()
	case out.err != nil && verdict == result.Held:
		finding.Text = "a spec outside every scenario failed (" + out.ended() + "); the suite's last lines:\n" + out.tail
	default:
		return r, nil
	}
	r.Findings = append(r.Findings, finding)
	return r, nil
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
