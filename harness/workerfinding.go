package harness

import (
	"fmt"
	"regexp"
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
	out.Message = gist(r, out.Text)
	switch c := r.Counterexample; {
	case c != nil:
		broken := named(c.Findings[0].Property)
		out.Property, out.Guarantee = broken.ID, broken.Guarantee
		out.Dump = racesOf(c) + c.Run.Dump
		out.Subject, out.Message = c.Findings[0].Subject, c.Findings[0].Message
		out.Picture = picture.Of(c.Run, subject.Terms, c.Findings, c.Tape.Choices)
		if broken.ID == judge.Linear.ID {
			out.Linear = linear.PictureOf(c.Run)
		}
		addTape(out, c.Tape, len(c.Found.Choices), c.Unshrunk)
	case r.FlakyTape != nil:
		addTape(out, r.FlakyTape, len(r.FlakyTape.Choices), "it does not come to the same each time")
	case r.WedgeTape != nil:
		addTape(out, r.WedgeTape, len(r.WedgeTape.Choices), report.WedgeUnshrunk)
	}
	return out
}

// racesOf is what the race detector said, with all of the stacks.
func racesOf(c *explore.Counterexample) string {
	var b strings.Builder
	for _, race := range c.Races {
		b.WriteString(race.String() + "\n")
	}
	return b.String()
}

// gist is the text of a run that broke nothing in one line, without what stands
// beside it wherever it is shown: the scenario, and the verdict.
func gist(r *explore.Report, text string) string {
	if r.Verdict == explore.Wedged {
		line := fmt.Sprintf("no step for %s of real time", r.WedgedAfter)
		if last := lastStep(r); last != "" {
			line += "; the last one: " + last
		}
		return line
	}
	// A long title has lines for itself.
	if at := regexp.MustCompile(`:\s+` + strings.ToUpper(string(r.Verdict)) + `\s+`).FindStringIndex(text); at != nil {
		text = text[at[1]:]
	}
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func addTape(f *batch.Finding, t *tape.Tape, found int, unshrunk string) {
	f.Tape, f.Storm, f.Choices, f.Total, f.Unshrunk = t.String(), report.Storm(t.Choices), found, t.Total, unshrunk
}
