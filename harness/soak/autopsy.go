package soak

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/report"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/shrink"
	"github.com/squall-go/squall/harness/tape"
)

// shrinkDeaths bounds the workers that shrinking a death may cost.
const shrinkDeaths = 60

// examine finds out whether it was the run that a worker died of: it runs the
// batch up to that run once more, with its choices written down, and, if it dies
// again, makes the tape as small as it goes, one worker for each try. It tells a
// finding if it was the run; it is then to be left out from now on. Of a control
// nobody wants to know more than that.
func (s *slot) examine(binary *Binary, b batch.Batch, d *died, tell func(event)) bool {
	again := b
	again.Autopsy, again.AutopsyRun = true, d.run
	_, _ = s.choices.Seek(0, io.SeekStart) // workers write on from there
	_ = s.choices.Truncate(0)
	second := s.dies(binary, again)
	switch {
	case s.stopping():
		tell(event{incident: fmt.Sprintf("a worker died in run %d of batch %d of %s (%s), and there was no time to repeat it: %s",
			d.run, b.Index, name(b), d.how, headline(d))})
		return false
	case b.Control == "" && !repeats(d, second) && d.saidWhy():
		tell(event{finding: s.unrepeated(b, d, second)})
		return true
	case !repeats(d, second):
		tell(event{incident: fmt.Sprintf("a worker died in run %d of batch %d of %s (%s), and did not when that was repeated: %s",
			d.run, b.Index, name(b), d.how, headline(d))})
		return false
	case b.Control != "":
		tell(event{incident: fmt.Sprintf("run %d of %s ended its worker: %s; left out", d.run, name(b), headline(second))})
		return true
	}
	f := s.death(b, d)
	f.Dump = lastWords(second.log)
	if second.by == stuck {
		f.Verdict, f.Unshrunk = result.Wedged, report.WedgeUnshrunk
	}
	if found := s.tapeOf(b, d.run); found != nil && second.run == d.run {
		s.shrink(binary, b, f, found, second)
	}
	f.Text = crashText(f)
	f.Trim()
	tell(event{finding: f})
	return true
}

// repeats reports whether the second death is of the run that the first was of. What
// we kill may have gone on meanwhile.
func repeats(d, second *died) bool {
	return second != nil && (second.run == d.run || d.by != itself && second.by == d.by)
}

// saidWhy reports whether the process ended itself, and was not killed from outside.
func (d *died) saidWhy() bool {
	return d.by == itself && (lastSign(d.log) >= 0 || !strings.HasPrefix(d.how, "signal: "))
}

// unrepeated is the finding of a death that did not come again in that run: broken if
// it came in another one, else flaky.
func (s *slot) unrepeated(b batch.Batch, d, second *died) *batch.Finding {
	f := s.death(b, d)
	if second == nil || headline(second) != headline(d) {
		f.Verdict = result.Flaky
		f.Message += ", and not again when the run was repeated"
	}
	f.Text = crashText(f)
	f.Trim()
	return f
}

func (s *slot) death(b batch.Batch, d *died) *batch.Finding {
	return &batch.Finding{
		Scenario: b.Scenario, Title: s.scenario(b).Title, Verdict: result.Broken, Signature: crash + headline(d),
		Message: "the process died: " + headline(d), Property: crashID, Guarantee: crashGuarantee,
		Batch: b.Index, Run: d.run, Seed: b.Seed, Dump: lastWords(d.log),
	}
}

// crash begins the signatures of runs that end the process.
const crash = "crash "

// crashID is the property that a run breaks which ends the process.
const crashID = "P-CRASH"

const crashGuarantee = "no storm ends the process"

// dies runs the batch, and says how the worker died of it; nil if it did not.
func (s *slot) dies(binary *Binary, b batch.Batch) *died {
	if err := s.provide(binary, s.quit); err != nil {
		return nil
	}
	_, err := s.worker.ask(b, s.limits, s.quit, func(*batch.Finding) {})
	var d *died
	if !errors.As(err, &d) {
		return nil
	}
	s.worker = nil
	if d.by == stopped {
		return nil
	}
	return d
}

// tapeOf is the tape of the choices that were written down; the last line may be
// cut short.
func (s *slot) tapeOf(b batch.Batch, run int) *tape.Tape {
	data, err := io.ReadAll(io.NewSectionReader(s.choices, 0, tape.MaxSize))
	if err != nil {
		return nil
	}
	lines := strings.Split(string(data), "\n")
	t, err := tape.Parse([]byte(s.header(b, run) + strings.Join(lines[:len(lines)-1], "\n") + "\nend\n"))
	if err != nil {
		return nil
	}
	return t
}

func (s *slot) header(b batch.Batch, run int) string {
	t := tape.Tape{Scenario: b.Scenario, Version: max(1, s.scenario(b).Version), Control: b.Control, Seed: b.Seed, Run: run, Strategy: "recorded"}
	head, _, _ := strings.Cut(t.String(), "choices ") // their number is not known yet
	return head
}

// scenario is what the worker said of the batch's.
func (s *slot) scenario(b batch.Batch) (known batch.Scenario) {
	if i := slices.IndexFunc(s.ready.Scenarios, func(known batch.Scenario) bool { return known.ID == b.Scenario }); i >= 0 {
		known = s.ready.Scenarios[i]
	}
	return known
}

// shrink puts the smallest tape of which workers still die into the finding; none
// if the choices alone do not kill it: what came before does. A tape that makes a
// run stick is left as it is, since each try would take as long as one is given.
func (s *slot) shrink(binary *Binary, b batch.Batch, f *batch.Finding, found *tape.Tape, d *died) {
	smallest := found
	if d.by != stuck {
		last := found
		smallest, _ = shrink.Shrink(found, func(t *tape.Tape) bool {
			again := s.dies(binary, batch.Batch{Index: b.Index, Scenario: b.Scenario, Control: b.Control, Tape: t.String()})
			if again == nil || headline(again) != headline(d) {
				return false
			}
			last = t
			return true
		}, shrink.Options{MaxRuns: shrinkDeaths, Allows: s.allows})
		if s.stopping() {
			smallest = last // a soak that goes on will make it smaller
		}
	}
	if smallest == nil {
		return
	}
	smallest.Failure, smallest.Total = f.Signature, len(found.Choices)
	f.Tape, f.Storm = smallest.String(), report.Storm(smallest.Choices)
	f.Choices, f.Total = len(found.Choices), len(found.Choices)
}

func (s *slot) allows(site string) (kinds faults.Kind) {
	i := slices.IndexFunc(s.ready.Sites, func(known batch.Site) bool { return known.Name == site })
	if i < 0 {
		return 0
	}
	for _, name := range s.ready.Sites[i].Faults {
		if kind, err := faults.ParseKind(name); err == nil {
			kinds |= kind
		}
	}
	return kinds
}

// headline is what the process said when it died, in one line without what
// differs from time to time.
func headline(d *died) string {
	switch d.by {
	case stuck:
		return "a run did not come back"
	case memory:
		return "out of memory"
	}
	if lastSign(d.log) < 0 || d.by == babbled {
		return d.how
	}
	line, _, _ := strings.Cut(lastWords(d.log), "\n")
	line, _, _ = strings.Cut(line, " [recovered")
	return fmt.Sprintf("%.200s", identifiers.ReplaceAllString(addresses.ReplaceAllString(line, "0x…"), "…"))
}
