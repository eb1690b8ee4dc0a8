package soak

import (
	"context"
	"fmt"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/report"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/tape"
)

// Death is how a process ended that was no worker's: a suite under squall run.
type Death struct {
	Note  result.Note // what it was about to do
	How   string      // "exit status 2"
	Grown bool        // it was killed because its memory grew too large
	Log   string      // the last of its output
	Skip  []int       // runs that were left out before, because they ended a process too
}

// examined is the number of the one batch of an examination.
const examined = 0

// Examine finds out whether it was the run that the process died of, as a soak does
// with a worker's death: the runs up to it are made again, by workers, and the storm
// is made as small as it goes. The finding is flaky if it does not come again. There is
// none of a control, and leaveOut says whether it was the run; nor of memory that grew
// over more than one run.
//
// The error is about the examination: no worker starts, or ctx is done.
func Examine(ctx context.Context, b Binary, d Death, limits Limits, scratch string) (f *batch.Finding, leaveOut bool, err error) {
	s, err := newSlot(scratch, limits.orDefault(), ctx.Done(), ctx.Done())
	if err != nil {
		return nil, false, err
	}
	defer s.close()
	s.scratch = scratch
	if err := s.provide(&b, s.quit); err != nil {
		return nil, false, err
	}
	first := d.died()
	of := batch.Batch{Index: examined, Scenario: d.Note.Scenario, Control: d.Note.Control, Seed: d.Note.Seed, Runs: d.Note.Run + 1, Skip: d.Skip}
	leaveOut = s.examine(&b, of, first, func(e event) { f = e.finding })
	switch {
	case s.stopping():
		return nil, false, errStopped
	case f == nil && of.Control == "" && !d.Grown: // killed from outside, perhaps: a soak would go on, and have an incident
		f = s.unrepeated(of, first, nil)
	}
	return f, leaveOut, nil
}

// Replayed is the finding of a process that died when it replayed a tape: that it
// happened again needs no examination.
func Replayed(d Death, t *tape.Tape) *batch.Finding {
	headline := headline(d.died())
	f := &batch.Finding{
		Scenario: t.Scenario, Control: t.Control, Verdict: result.Broken, Signature: crash + headline,
		Message: "the process died: " + headline, Property: crashID, Guarantee: crashGuarantee,
		Run: t.Run, Seed: t.Seed, Dump: lastWords(d.Log),
		Tape: t.String(), Storm: report.Storm(t.Choices), Choices: len(t.Choices), Total: t.Total,
	}
	f.Text = crashText(f)
	f.Trim()
	return f
}

func (d Death) died() *died {
	by := itself
	if d.Grown {
		by = memory
	}
	return &died{run: d.Note.Run, how: d.How, by: by, log: d.Log}
}

// String is the death in one line.
func (d Death) String() string {
	of := name(batch.Batch{Scenario: d.Note.Scenario, Control: d.Note.Control})
	if d.Note.Tape != "" {
		return fmt.Sprintf("the tape %s of %s ended the process: %s", d.Note.Tape, of, headline(d.died()))
	}
	return fmt.Sprintf("run %d of %s ended the process: %s", d.Note.Run, of, headline(d.died()))
}
