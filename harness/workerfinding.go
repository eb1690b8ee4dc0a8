package harness

import (
	"strings"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/linear"
	"github.com/squall-go/squall/harness/picture"
	"github.com/squall-go/squall/harness/report"
	"github.com/squall-go/squall/harness/tape"
)

// tell writes a finding at once. What cannot be written the soak learns from the
// end of the pipe.
func (w *worker) tell(subject explore.Subject, b batch.Batch, f *explore.Finding) {
	told := finding(subject, b, f)
	told.Trim()
	_ = w.out.Encode(batch.Answer{Finding: told})
}

func finding(subject explore.Subject, b batch.Batch, f *explore.Finding) *batch.Finding {
	r := f.Report
	out := &batch.Finding{
		Scenario: subject.ID, Title: subject.Title, Control: subject.Control, Verdict: r.Verdict, Signature: f.Signature,
		Batch: b.Index, Run: f.Run, Seed: b.Seed, Dump: r.Wedge,
	}
	if r.Counterexample != nil {
		r.Counterexample.ShrinkTime = 0 // it is another one each time
	}
	out.Text = explain(subject, r, "")
	out.Message, _, _ = strings.Cut(out.Text, "\n")
	switch c := r.Counterexample; {
	case c != nil:
		broken := named(c.Findings[0].Property)
		out.Property, out.Guarantee = broken.ID, broken.Guarantee
		out.Dump = c.Run.Dump
		out.Subject, out.Message = c.Findings[0].Subject, c.Findings[0].Message
		out.Picture = picture.Of(c.Run, subject.Terms, c.Findings, c.Tape.Choices)
		if broken.ID == judge.Linear.ID {
			out.Linear = linear.PictureOf(c.Run)
		}
		addTape(out, c.Tape, len(c.Found.Choices))
	case r.FlakyTape != nil:
		addTape(out, r.FlakyTape, len(r.FlakyTape.Choices))
	case r.WedgeTape != nil:
		addTape(out, r.WedgeTape, len(r.WedgeTape.Choices))
	}
	return out
}

func addTape(f *batch.Finding, t *tape.Tape, found int) {
	f.Tape, f.Storm, f.Choices, f.Total = t.String(), report.Storm(t.Choices), found, t.Total
}
