package harness

import (
	"path/filepath"
	"strings"

	"github.com/onsi/ginkgo/v2"

	"github.com/squall-go/squall/harness/corpus"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/picture"
	"github.com/squall-go/squall/harness/picture/trace"
	"github.com/squall-go/squall/harness/tape"
	"github.com/squall-go/squall/internal/atomicfile"
)

// saveTrace writes the run that decided the verdict as a Chrome trace, if that was
// asked for. Of a run that never came back there is none.
func saveTrace(subject explore.Subject, r *explore.Report) {
	if *flagTrace == "" {
		return
	}
	run, findings, storm := decisive(r)
	if run == nil {
		return
	}
	about := trace.About{
		Name:  strings.Join(strings.Fields(subject.ID+" "+subject.Control+" "+string(r.Verdict)), " "),
		Notes: map[string]string{"scenario": subject.ID, "verdict": string(r.Verdict)},
	}
	if subject.Control != "" {
		about.Notes["control"] = subject.Control
	}
	if len(findings) > 0 {
		about.Notes["property"], about.Notes["message"] = findings[0].Property, findings[0].Message
	}
	content, err := trace.Of(picture.Of(run, subject.Terms, findings, storm), about)
	if err == nil {
		err = atomicfile.Write(filepath.Join(*flagTrace, corpus.FolderName(subject.ID)+".trace.json"), content)
	}
	if err != nil {
		ginkgo.AddReportEntry("trace that could not be saved", err.Error())
	}
}

// decisive is the run that decided the verdict: the smallest storm that broke, the
// one that came out in two ways, else the last run; with what is wrong with it, and
// its choices, if they are known.
func decisive(r *explore.Report) (run *history.Run, findings []judge.Finding, storm []tape.Choice) {
	switch {
	case r.Verdict == explore.Wedged:
		return nil, nil, nil
	case r.Counterexample != nil:
		return r.Counterexample.Run, r.Counterexample.Findings, r.Counterexample.Tape.Choices
	case r.First != nil:
		run, findings = r.First, r.Luck
	default:
		run = r.Last
	}
	if r.Undecided != nil {
		findings = []judge.Finding{*r.Undecided}
	}
	switch {
	case r.FlakyTape != nil:
		storm = r.FlakyTape.Choices
	case current.replay != nil:
		storm = current.replay.Choices
	}
	return run, findings, storm
}
