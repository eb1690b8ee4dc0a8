package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/internal/overlay"
)

// report prints what came of a run: each failure as a person reads it, the
// tables, and one line that sums it up.
func report(out io.Writer, r result.Result) {
	for _, s := range r.Scenarios {
		if s.Failure != "" {
			fmt.Fprintf(out, "%s\n\n", strings.TrimSpace(s.Failure))
		}
		for _, c := range s.Controls {
			if c.Failure != "" && s.Failure == "" { // else mend the scenario first
				fmt.Fprintf(out, "%s\n\n", strings.TrimSpace(c.Failure))
			}
		}
	}
	for _, p := range r.Peers {
		if p.Failure != "" {
			fmt.Fprintf(out, "%s/%s: %s\n\n", p.Library, p.Scenario, strings.TrimSpace(p.Failure))
		}
	}
	for _, f := range r.Findings {
		fmt.Fprintf(out, "%s: %s: %s\n\n", f.Package, strings.ToUpper(string(f.Verdict)), strings.TrimSpace(f.Text))
	}
	verdictTable(out, r.Scenarios)
	peerTable(out, r.Peers, len(r.Scenarios) == 0)
	fmt.Fprintln(out, summary(r))
}

func verdictTable(out io.Writer, scenarios []result.Scenario) {
	if len(scenarios) == 0 {
		return
	}
	t := newTable(out, "scenario", "title", "verdict", "runs", "steps", "faults struck", "properties", "controls")
	for _, s := range scenarios {
		held := 0
		for _, p := range s.Properties {
			if p.Verdict == result.Held {
				held++
			}
		}
		caught := 0
		for _, c := range s.Controls {
			if c.Caught {
				caught++
			}
		}
		t.AppendRow(table.Row{s.ID, s.Title, s.Judged(), s.Runs, s.Steps, s.FaultsStruck,
			fmt.Sprintf("%d of %d held", held, len(s.Properties)),
			fmt.Sprintf("%d of %d caught", caught, len(s.Controls)) + never(s.Controls)})
	}
	t.Render()
}

// never tells what controls never showed that are caught by just that.
func never(controls []result.Control) (text string) {
	for _, c := range controls {
		if c.Never != "" {
			text += fmt.Sprintf("\n%s is never seen in %s", c.Never, c.Name)
		}
	}
	return text
}

// peerTable is a row a story and property, a column a library; below it, what
// happened in the cells that did not hold, if there is nothing else to tell. The
// whole text of every cell is in the JSON file.
func peerTable(out io.Writer, peers []result.Peer, explain bool) {
	if len(peers) == 0 {
		return
	}
	var libraries, stories []string
	cells := map[[2]string]string{}
	for _, p := range peers {
		story := p.Scenario + " " + p.Property
		libraries, stories = addNew(libraries, p.Library), addNew(stories, story)
		cells[[2]string{p.Library, story}] = inWord(p)
	}
	fmt.Fprintln(out, "\nWhat libraries do under the same storms (information: nothing here changes the exit code):")
	header := []any{"story", "property"}
	for _, l := range libraries {
		header = append(header, l)
	}
	t := newTable(out, header...)
	for _, story := range stories {
		scenario, property, _ := strings.Cut(story, " ")
		row := table.Row{scenario, property}
		for _, l := range libraries {
			row = append(row, cmp.Or(cells[[2]string{l, story}], "-"))
		}
		t.AppendRow(row)
	}
	t.Render()
	if !explain {
		fmt.Fprintln(out, "by design: the library says that it does so; surprising: it promises nothing, and says nothing. squall run --focus peers tells what happened in each cell.")
		return
	}
	for _, p := range peers {
		if p.Verdict != result.Held {
			fmt.Fprintln(out, text.WrapSoft(noteOn(p), pageWidth))
		}
	}
}

// inWord is a cell in a word or two.
func inWord(p result.Peer) string {
	kind, _, _ := strings.Cut(p.Reading, ": ")
	switch {
	case p.Verdict != result.Broken:
	case kind == "documented":
		return "by design"
	case kind == "surprising":
		return kind
	}
	return string(p.Verdict)
}

func noteOn(p result.Peer) string {
	note := fmt.Sprintf("- %s %s, %s %s: %s", p.Library, p.Version, p.Scenario, p.Property, p.Detail)
	if p.Reading != "" {
		note += " (" + p.Reading + ")"
	}
	if p.Tape != "" {
		note += "; replay " + p.Tape
	}
	return note
}

// pageWidth is where lines of prose are wrapped.
const pageWidth = 100

func addNew(list []string, value string) []string {
	if slices.Contains(list, value) {
		return list
	}
	return append(list, value)
}

func siteTable(out io.Writer, width int, sites []overlay.Site) {
	var rows [][]string
	for _, s := range sites {
		kinds := strings.Join(s.Faults, " ")
		if s.Bare {
			kinds = "(its own terms)"
		}
		rows = append(rows, []string{s.Name, fmt.Sprintf("%s:%d", s.File, s.Line), kinds, s.Doc})
	}
	fittedTable(out, width, []string{"failpoint", "where", "faults", "what happens there"}, rows,
		[]give{{"what happens there", 24}, {"faults", 16}, {"what happens there", 12}, {"where", 12}, {"faults", 6}, {"failpoint", 12}}, cut)
}

// listTable prints the list, cut to the width of the terminal. A width of 0 is no
// terminal: there it is wrapped into a page, since a log is read too, and nothing
// is left out.
func listTable(out io.Writer, width int, list result.List) {
	var rows [][]string
	stories := map[string][]string{}
	for _, s := range list {
		if s.Peer {
			stories[library(s.ID)] = append(stories[library(s.ID)], strings.TrimPrefix(s.ID, library(s.ID)+"/"))
			continue
		}
		rows = append(rows, []string{s.ID, s.Title, strings.Join(s.Properties, " "), controlsOf(s), s.Source})
	}
	header := []string{"scenario", "title", "properties", "controls", "source"}
	gives := []give{{"source", 12}, {"title", 24}, {"properties", 12}, {"controls", 16}, {"title", 12}, {"source", 6}, {"scenario", 12}}
	page, fit := min(pageWidth, width), cut
	if width == 0 {
		page, width, fit = pageWidth, pageWidth, wrap
		for i, g := range gives {
			gives[i].least = max(g.least, longestWord(slices.Index(header, g.header), rows))
		}
	}
	fittedTable(out, width, header, rows, gives, fit)
	for _, s := range list {
		if all := stories[library(s.ID)]; s.Peer && len(all) > 0 {
			fmt.Fprintln(out, text.WrapSoft(fmt.Sprintf("%s/ (%s): %s", library(s.ID), s.Source, strings.Join(all, " ")), page))
			delete(stories, library(s.ID))
		}
	}
}

// controlsOf lists the controls, or says why there are none.
func controlsOf(s result.Listed) string {
	if s.NoControl != "" {
		return "none: " + s.NoControl
	}
	return strings.Join(s.Controls, "\n")
}

// newTable is a table without a frame, so that it can be cut, sorted and grepped.
func newTable(out io.Writer, header ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	style := table.StyleDefault
	style.Options = table.Options{SeparateHeader: true, SeparateColumns: true}
	style.Format.Header = text.FormatDefault
	style.Box.PaddingLeft, style.Box.PaddingRight = "", " "
	style.Box.MiddleVertical, style.Box.MiddleSeparator = " ", " "
	t.SetStyle(style)
	t.AppendHeader(table.Row(header))
	return t
}

// summary counts the verdicts, in the order from the worst to the best.
func summary(r result.Result) string {
	counts := map[result.Verdict]int{}
	for _, s := range r.Scenarios {
		counts[s.Judged()]++
	}
	var parts []string
	for _, v := range []result.Verdict{result.Broken, result.Wedged, result.Flaky, result.Inconclusive, result.Vacuous, result.Held} {
		if counts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	if len(parts) == 0 && len(r.Peers) > 0 {
		parts = []string{fmt.Sprintf("%d cells of the peers' table", len(r.Peers))}
	} else if len(parts) == 0 {
		parts = []string{"no scenario was run"}
	}
	if n := len(r.Findings); n > 0 {
		parts = append(parts, fmt.Sprintf("%d outside the scenarios", n))
	}
	return fmt.Sprintf("squall %s: %s; seed %d", r.Version, strings.Join(parts, ", "), r.Seed)
}
