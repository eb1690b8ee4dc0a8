package harness

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/tape"
)

// worker serves a soak: see package batch for what is said.
type worker struct {
	scenarios []Scenario
	out       *json.Encoder
	box       *blackBox
	wedged    bool // a run is stuck for good: the process is of no more use
}

var errWedged = errors.New("worker: a run is wedged")

// orders are the batches from the soak that started this process, nil if none did.
// They are read from the beginning, so that a suite that hangs before it is ready
// ends with its soak too.
var orders = fromSoak()

func fromSoak() io.Reader {
	if os.Getenv(result.EnvWorker) == "" {
		return nil
	}
	_ = os.Unsetenv(result.EnvWorker) // what a scenario starts is no worker
	return untilEnd(os.Stdin)
}

// work is the whole life of a worker process.
func work(scenarios []Scenario) {
	notInherited(batch.AnswersFD, batch.BoxFD, batch.ChoicesFD)
	b, err := openBlackBox()
	if err == nil {
		err = serve(scenarios, orders, os.NewFile(batch.AnswersFD, "answers"), b)
	}
	switch {
	case errors.Is(err, errWedged):
		os.Exit(result.ExitWedged)
	case err != nil:
		refuse(err)
	}
	os.Exit(result.ExitHeld)
}

// untilEnd reads on while a batch runs, and ends the process with its input: a
// soak that was killed leaves no worker behind.
func untilEnd(in io.Reader) io.Reader {
	batches, feed := io.Pipe()
	go func() {
		_, _ = io.Copy(feed, in)
		os.Exit(result.ExitHeld)
	}()
	return batches
}

// serve answers batches until in ends. The error is about the pipes: whatever a
// batch comes to is an answer.
func serve(scenarios []Scenario, in io.Reader, out io.Writer, box *blackBox) error {
	w := &worker{scenarios: append(slices.Clone(scenarios), canary), out: json.NewEncoder(out), box: box}
	if err := w.out.Encode(batch.Answer{Ready: w.ready()}); err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	lines := json.NewDecoder(bufio.NewReader(in))
	for {
		var b batch.Batch
		if err := lines.Decode(&b); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("worker: batch: %w", err)
		}
		answer := w.answer(b)
		if w.wedged {
			return errWedged
		}
		if err := w.out.Encode(answer); err != nil {
			return fmt.Errorf("worker: %w", err)
		}
	}
}

func (w *worker) ready() *batch.Ready {
	r := &batch.Ready{Scenarios: []batch.Scenario{}, Sites: []batch.Site{}}
	for _, s := range w.scenarios {
		r.Scenarios = append(r.Scenarios, told(s))
	}
	for _, site := range faults.Sites() {
		r.Sites = append(r.Sites, batch.Site{Name: site.String(), Faults: kindNames(site.Allows)})
	}
	return r
}

func told(s Scenario) batch.Scenario {
	out := batch.Scenario{
		ID: s.ID, Version: max(s.Version, 1), Title: s.Title, Source: s.Source, Properties: s.judged(), Controls: []string{},
		NoControl: s.NoControl, Controlled: s.Mode == engine.Controlled, Canary: s.ID == CanaryID, Faults: []batch.Cell{},
	}
	for _, c := range s.Controls {
		out.Controls = append(out.Controls, c.Name)
	}
	subject := s.subject()
	for site, kinds := range subject.Strikable() {
		for _, kind := range kindNames(kinds) {
			out.Faults = append(out.Faults, batch.Cell{Site: site, Fault: kind})
		}
	}
	slices.SortFunc(out.Faults, compareCells)
	return out
}

func compareCells(a, b batch.Cell) int {
	return strings.Compare(a.Site+" "+a.Fault, b.Site+" "+b.Fault)
}

func kindNames(kinds faults.Kind) []string {
	names := []string{}
	for i := range kinds.Len() {
		names = append(names, kinds.Nth(i).String())
	}
	return names
}

// answer runs one batch.
func (w *worker) answer(b batch.Batch) batch.Answer {
	i := slices.IndexFunc(w.scenarios, func(s Scenario) bool { return s.ID == b.Scenario })
	if i < 0 {
		return refused("unknown scenario %q", b.Scenario)
	}
	s := w.scenarios[i]
	subject, runs, caught, err := variant(s, b)
	if err != nil {
		return refused("%v", err)
	}
	if b.Tape != "" {
		return w.replayed(subject, b)
	}
	return w.explored(subject, b, runs, caught)
}

func refused(format string, args ...any) batch.Answer {
	return batch.Answer{Refused: fmt.Sprintf(format, args...)}
}

// variant is the scenario or the control that the batch is about, how many runs it
// takes, and whether a report says that the control was caught.
func variant(s Scenario, b batch.Batch) (_ explore.Subject, runs int, caught func(*explore.Report) bool, _ error) {
	if b.Control == "" {
		return s.subject(), b.Runs, func(*explore.Report) bool { return false }, nil
	}
	i := slices.IndexFunc(s.Controls, func(c Control) bool { return c.Name == b.Control })
	if i < 0 {
		return explore.Subject{}, 0, nil, fmt.Errorf("scenario %s has no control %q", s.ID, b.Control)
	}
	c := &s.Controls[i]
	return s.control(*c), cmp.Or(c.Runs, defaultControlRuns), c.caught, nil
}

func (w *worker) explored(subject explore.Subject, b batch.Batch, runs int, caught func(*explore.Report) bool) batch.Answer {
	set := explore.Settings{Seed: b.Seed, Runs: runs, Skip: b.Skip, Watchdog: current.watchdog, Plan: current.plan,
		Begun: func(run int) { w.box.begin(b.Index, run) }, Beat: w.box.beat}
	if b.Control == "" {
		set.Familiar = func(signature string) bool { return slices.Contains(b.Familiar, batch.Kind(signature)) }
		set.Found = func(f *explore.Finding) { w.tell(subject, b, f) }
	}
	if b.Autopsy && w.box != nil {
		set.Runs = b.AutopsyRun + 1
		set.Record = func(run int, c tape.Choice) {
			if run == b.AutopsyRun {
				fmt.Fprintln(w.box.choices, c)
			}
		}
	}
	report := explore.Explore(subject, set)
	if report.Verdict == explore.Wedged {
		w.tell(subject, b, &explore.Finding{Signature: string(explore.Wedged), Run: report.Runs - 1, Report: report})
		w.wedged = true
	}
	out := outcome(subject, b, report)
	out.Caught = caught(report)
	return batch.Answer{Outcome: out}
}

func (w *worker) replayed(subject explore.Subject, b batch.Batch) batch.Answer {
	t, err := tape.Parse([]byte(b.Tape))
	if err != nil {
		return refused("%v", err)
	}
	report, err := explore.Replay(subject, t, current.watchdog)
	if report == nil { // else there was a run, whether the tape fits or not
		return refused("%v", err)
	}
	if c := report.Counterexample; c != nil {
		w.tell(subject, b, &explore.Finding{Signature: c.Tape.Failure, Run: t.Run, Report: report})
	}
	return batch.Answer{Outcome: outcome(subject, b, report)}
}

func outcome(subject explore.Subject, b batch.Batch, report *explore.Report) *batch.Outcome {
	out := &batch.Outcome{
		Index: b.Index, Scenario: b.Scenario, Control: b.Control,
		Runs: int64(report.Runs), Steps: int64(report.Steps), Hash: fmt.Sprintf("%016x", report.Hash),
		Unseen: report.Unseen, Memory: memory(), Goroutines: runtime.NumGoroutine(), Spent: report.Raced,
	}
	for cell, n := range report.Coverage {
		out.Struck = append(out.Struck, batch.Struck{Cell: batch.Cell{Site: cell.Site, Fault: cell.Kind.String()}, Count: int64(n)})
	}
	slices.SortFunc(out.Struck, func(a, b batch.Struck) int { return compareCells(a.Cell, b.Cell) })
	failed := map[string]int64{}
	for signature, n := range report.Failures {
		failed[batch.Kind(signature)] += int64(n)
	}
	for _, kind := range slices.Sorted(maps.Keys(failed)) {
		out.Failed = append(out.Failed, batch.Failed{Kind: kind, Count: failed[kind]})
	}
	for h := range report.Handovers {
		out.Handovers = append(out.Handovers, h.From+" > "+h.To)
	}
	slices.Sort(out.Handovers)
	out.Facts = report.Seen
	if report.Unvisited {
		out.Unseen = append(out.Unseen, "a failpoint, or a choice")
	}
	return out
}

// memory is what the process has from the system, in bytes.
func memory() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
