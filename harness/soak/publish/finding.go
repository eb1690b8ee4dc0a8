package publish

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/linear"
	"github.com/squall-go/squall/harness/picture"
	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/soak"
)

// Finding is a run that did not hold.
type Finding struct {
	Anchor    string // an id in the page: letters, digits and dashes
	Scenario  string
	Title     string
	Control   string
	Verdict   result.Verdict
	Signature string
	Property  string // "" of a verdict that is about no property
	Guarantee string
	Subject   string
	Message   string
	Seen      int64  // runs that failed in this way; 0 if it is not known
	Where     string // batch, run (from 1, as the text counts) and seed
	Storm     []string
	Choices   string // "2 of 16"
	Unshrunk  string // why the storm was left as it was found; "" if it was made smaller
	Text      string
	Tape      string
	Dump      string
	Replay    string // the command, "" without a tape
	Picture   *picture.Picture
	Linear    *linear.Picture
}

func (r *Report) findings(m *soak.Merged, replay func(tape string, race bool) string) {
	for _, f := range atMost(r, m.Findings, maxFindings, "findings") {
		out := findingOf(f)
		if t := m.Tallies[f.Scenario]; t != nil && f.Control == "" {
			out.Seen = t.Failed[batch.Kind(f.Signature)]
		}
		if f.Tape != "" {
			out.Replay = replay(line(tapeOf(m.Dirs, f), 4096), racelog.Signs(f.Signature)) // what cannot be shown has to be typed
		}
		r.Findings = append(r.Findings, out)
	}
}

func findingOf(f *batch.Finding) *Finding {
	out := &Finding{
		Anchor: anchor(f), Scenario: line(f.Scenario, short), Title: line(f.Title, short), Control: line(f.Control, short),
		Verdict: f.Verdict, Signature: line(f.Signature, long), Property: line(f.Property, 40), Guarantee: line(f.Guarantee, long),
		Subject: line(f.Subject, short), Message: line(f.Message, long),
		Where:   fmt.Sprintf("batch %d, run %d, seed %d", f.Batch, f.Run+1, f.Seed),
		Choices: fmt.Sprintf("%d of %d", len(f.Storm), f.Total), Unshrunk: line(f.Unshrunk, long),
		Text: lines(f.Text, body), Tape: lines(f.Tape, body), Dump: lines(f.Dump, body), Picture: tidy(f.Picture), Linear: tidyLinear(f.Linear),
	}
	if out.Verdict == "" {
		out.Verdict = result.Broken // a file that names none is no reason to hold
	}
	for i, choice := range f.Storm {
		if i == 200 {
			out.Storm = append(out.Storm, fmt.Sprintf("… and %d more", len(f.Storm)-i))
			break
		}
		out.Storm = append(out.Storm, line(unnumbered(choice, i+1), long))
	}
	return out
}

// unnumbered is a choice without its number: lists number themselves.
func unnumbered(choice string, number int) string {
	return strings.TrimPrefix(strings.TrimSpace(choice), strconv.Itoa(number)+". ")
}

// anchor is the same for the same kind of finding in every report.
func anchor(f *batch.Finding) string {
	h := fnv.New64a()
	h.Write([]byte(f.Kind()))
	return fmt.Sprintf("f-%016x", h.Sum64())
}

// tapeOf is the finding's file: in the directory that has it, else in the first.
func tapeOf(dirs []string, f *batch.Finding) string {
	first := ""
	for _, dir := range dirs {
		path := soak.TapePath(dir, f)
		content, err := os.ReadFile(path)
		if err == nil && string(content) == f.Tape {
			return path
		}
		if first == "" {
			first = path
		}
	}
	if first == "" {
		return filepath.Base(soak.TapePath("", f))
	}
	return first
}
