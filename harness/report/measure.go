package report

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/rivo/uniseg"
)

// clean makes text from outside safe to print in one line: white space of any
// kind becomes one blank, and what a terminal would obey or not show is
// replaced.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.Join(strings.Fields(text), " "))
}

func columns(text string) int { return uniseg.StringWidth(text) }

// clip cuts text to width columns; what has been cut ends in "…".
func clip(text string, width int) string {
	if columns(text) <= width {
		return text
	}
	if width < 1 {
		return ""
	}
	head, _ := cut(text, width-1)
	return strings.TrimRight(head, " ") + "…"
}

// clipMiddle is clip for paths, whose ends tell the most.
func clipMiddle(text string, width int) string {
	if columns(text) <= width || width < 8 {
		return clip(text, width)
	}
	head, _ := cut(text, (width-1)/3)
	tail := text[len(head):]
	for columns(tail) > width-1-columns(head) {
		_, tail, _, _ = uniseg.FirstGraphemeClusterInString(tail, -1)
	}
	return head + "…" + tail
}

// cut splits text after the last character that fits into width columns.
func cut(text string, width int) (head, tail string) {
	used, rest, state := 0, text, -1
	for rest != "" {
		var w int
		_, next, w, s := uniseg.FirstGraphemeClusterInString(rest, state)
		if used+w > width {
			break
		}
		used, rest, state = used+w, next, s
	}
	return text[:len(text)-len(rest)], rest
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-columns(text)))
}

// wrap breaks text into lines of at most width columns, the first after the
// prefix first, the others after as many blanks.
func wrap(first, text string, width int) []string {
	return flow(first, strings.Fields(text), " ", width)
}

// flow is wrap for pieces that are broken only if they are wider than a line.
func flow(first string, pieces []string, between string, width int) []string {
	room := max(8, width-columns(first))
	var rows []string
	row := ""
	for _, piece := range pieces {
		if row != "" && columns(row)+len(between)+columns(piece) > room {
			rows, row = append(rows, row), ""
		}
		if row != "" {
			row += between
		}
		row += piece
		for columns(row) > room {
			head, tail := cut(row, room)
			rows, row = append(rows, head), tail
		}
	}
	if row != "" || len(rows) == 0 {
		rows = append(rows, row)
	}
	for i, r := range rows {
		rows[i] = strings.TrimRight(first+r, " ")
		first = strings.Repeat(" ", columns(first))
	}
	return rows
}

// count writes n with commas: 1,204.
func count(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// counted is count with the noun, which takes an s for all numbers but one.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

// clock writes a time of the picture's head in few columns, rounded to three
// figures if it has to be: ~1.23ms.
func clock(d time.Duration) string {
	if text := d.String(); len(text) <= 7 {
		return text
	}
	unit := time.Duration(1)
	for d/unit >= 1000 || d/unit <= -1000 {
		unit *= 10
	}
	return "~" + d.Round(unit).String()
}
