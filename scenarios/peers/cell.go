package peers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/tape"
)

// Cell is one cell of the table.
type Cell struct {
	Library  Library
	Story    Story
	Question Question
}

// Cells are all cells of a library in a story.
func Cells(l Library, s Story) []Cell {
	var cells []Cell
	for _, q := range s.Questions {
		cells = append(cells, Cell{l, s, q})
	}
	return cells
}

// String is the cell's name, as [Find] takes it: "conc/S1/P-ERROR".
func (c Cell) String() string {
	return c.Library.Name + "/" + c.Story.ID + "/" + c.Question.Property
}

// Find is the cell with that name.
func Find(name string) (Cell, bool) {
	for _, l := range Libraries {
		for _, s := range Stories {
			for _, c := range Cells(l, s) {
				if c.String() == name {
					return c, true
				}
			}
		}
	}
	return Cell{}, false
}

// Settings say how much of a cell is run.
type Settings struct {
	Seed uint64
	Runs int
	// Known, if not nil, is run first; with no Runs, nothing else is.
	Known *tape.Tape
}

// Outcome is what exploring a cell came to.
type Outcome struct {
	Peer result.Peer `json:"peer"`
	// Broke is the property of the finding: the cell's own, or P-EXPECT for a
	// crash, or P-STARVE for a Wait that never returns. "" if nothing broke.
	Broke string `json:"broke,omitempty"`
	// Tape is the smallest storm of a broken cell.
	Tape string `json:"tape,omitempty"`
	// Picture is the timeline of that storm.
	Picture string `json:"picture,omitempty"`
}

// InProcess explores the cell in this process, which the faults of a story that
// [Story.MayKill] may end.
func (c Cell) InProcess(set Settings) Outcome {
	var said []string
	limits := explore.Settings{Seed: set.Seed, Runs: set.Runs}
	if set.Known != nil {
		limits.Known = []*tape.Tape{set.Known}
	}
	report := explore.Explore(c.subject(&said), limits)
	out := Outcome{Peer: c.peer(report.Verdict)}
	if x := report.Counterexample; x != nil {
		out.Broke, out.Tape, out.Picture = x.Findings[0].Property, x.Tape.String(), picture(x)
		out.Peer.Detail = c.told(c.words(x.Findings[0]), true)
		return out
	}
	text := fmt.Sprintf("%s in %d runs, %d faults struck", report.Verdict, report.Runs, report.Struck)
	if len(report.Unseen) > 0 {
		text += "; never seen: " + strings.Join(report.Unseen, ", ")
	}
	for _, remark := range said {
		text += "; " + remark
	}
	out.Peer.Detail = c.told(text, false)
	return out
}

func (c Cell) peer(v result.Verdict) result.Peer {
	return result.Peer{
		Library: c.Library.Name, Version: c.Library.Version(),
		Scenario: c.Story.ID, Property: c.Question.Property, Verdict: v,
	}
}

// words is the finding; one of another property says so.
func (c Cell) words(f judge.Finding) string {
	switch f.Property {
	case c.Question.Property:
		return f.Message
	case judge.Starve.ID:
		return c.Library.Waits + " never returned: " + f.Message
	}
	return f.Property + ": " + f.Message
}

// told adds how the library was used and, for a broken cell, what it promises.
func (c Cell) told(text string, broken bool) string {
	text += " [" + c.Question.form(c.Library).How + "]"
	if design := c.Library.design(c.Story.ID, c.Question.Property); broken && design != "" {
		text += " (" + design + ")"
	}
	return text
}

// subject is the cell as the explorer runs it. said collects what was to be
// remarked, each once.
func (c Cell) subject(said *[]string) explore.Subject {
	q := c.Question
	s := explore.Subject{
		ID: c.Story.ID, Title: c.Story.Title, Version: 1, Control: c.Library.Name,
		Faults: c.Story.allow(), Terms: q.terms, Facts: q.facts, Durations: latencies,
		Body: func(ctx context.Context, e *engine.Engine) {
			q.body(&stage{ctx: ctx, engine: e, library: c.Library}, q.form(c.Library))
		},
	}
	for _, of := range q.judges {
		s.Properties = append(s.Properties, of(c.Library))
	}
	s.Properties = append(s.Properties, judge.Expect, judge.Starve)
	s.Properties[0].Check = listening(s.Properties[0].Check, q.remarks, said)
	return s
}

// listening collects the remarks of every run that is judged.
func listening(check func(*history.Run, judge.Terms) []judge.Finding, remarks []remark, said *[]string) func(*history.Run, judge.Terms) []judge.Finding {
	return func(run *history.Run, terms judge.Terms) []judge.Finding {
		for _, of := range remarks {
			if text := of(read(run)); text != "" && !slices.Contains(*said, text) {
				*said = append(*said, text)
			}
		}
		return check(run, terms)
	}
}
