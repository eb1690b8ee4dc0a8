package main

import (
	"io"
	"os"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"
)

// terminalWidth is how many columns out has, 0 if it is no terminal.
func terminalWidth(out io.Writer) int {
	file, ok := out.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// give is a column that gives up room, down to so many columns of the terminal.
type give struct {
	header string
	least  int
}

// fittedTable prints the rows, no line wider than width unless that is 0: cells
// are fitted, those of the first of gives before those of the next.
func fittedTable(out io.Writer, width int, header []string, rows [][]string, gives []give, fit func(cell string, width int) string) {
	all := append([][]string{header}, rows...)
	widths := make([]int, len(header))
	total := 2*len(header) - 1 // what stands between cells
	for i := range header {
		for _, row := range all {
			widths[i] = max(widths[i], text.LongestLineLen(row[i]))
		}
		total += widths[i]
	}
	for _, g := range gives {
		i := slices.Index(header, g.header)
		if over := min(total-width, widths[i]-g.least); width > 0 && over > 0 {
			widths[i], total = widths[i]-over, total-over
		}
	}
	var t table.Writer
	for n, row := range all {
		cells := make([]any, len(row))
		for i, cell := range row {
			cells[i] = fit(cell, widths[i])
		}
		if n == 0 {
			t = newTable(out, cells...)
			continue
		}
		t.AppendRow(cells)
	}
	t.Render()
}

// cut cuts each line of the cell to the width.
func cut(cell string, width int) string {
	lines := strings.Split(cell, "\n")
	for i, line := range lines {
		lines[i] = text.Snip(line, width, "…")
	}
	return strings.Join(lines, "\n")
}

// wrap wraps each line of the cell between words.
func wrap(cell string, width int) string {
	lines := strings.Split(cell, "\n")
	for i, line := range lines {
		lines[i] = text.WrapSoft(line, width)
	}
	return strings.Join(lines, "\n")
}

// longestWord is how narrow the column may get if no word is to be broken.
func longestWord(column int, rows [][]string) (longest int) {
	for _, row := range rows {
		for word := range strings.FieldsSeq(row[column]) {
			longest = max(longest, text.StringWidth(word))
		}
	}
	return longest
}
