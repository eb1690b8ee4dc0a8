package tape

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/squall-go/squall/faults"
)

// String is the tape as a file holds it and [Parse] reads it; see the package
// comment for the format.
func (t *Tape) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "squall tape %d\n", format)
	fmt.Fprintf(&b, "scenario %s version %d\n", faults.QuoteWord(t.Scenario), t.Version)
	if t.Control != "" {
		fmt.Fprintf(&b, "control %s\n", faults.QuoteWord(t.Control))
	}
	fmt.Fprintf(&b, "seed %d run %d", t.Seed, t.Run)
	if t.Strategy != "" {
		fmt.Fprintf(&b, " strategy %s", faults.QuoteWord(t.Strategy))
	}
	b.WriteByte('\n')
	if t.Failure != "" {
		fmt.Fprintf(&b, "failure %s\n", quoteText(t.Failure))
	}
	if t.Hash != 0 {
		fmt.Fprintf(&b, "hash %016x\n", t.Hash)
	}
	fmt.Fprintf(&b, "choices %d", len(t.Choices))
	if t.Total != 0 {
		fmt.Fprintf(&b, " of %d", t.Total)
	}
	b.WriteByte('\n')
	for _, c := range t.Choices {
		b.WriteString(c.String())
		b.WriteByte('\n')
	}
	b.WriteString("end\n")
	return b.String()
}

// String is the choice as its line on the tape, without a line break.
func (c Choice) String() string {
	switch c.Kind {
	case Param:
		return "param " + faults.QuoteWord(c.Name) + inTask(c.Place.Task) + " = " + strconv.Itoa(c.Value)
	case Strike:
		return "fault " + c.strike().String()
	case Switch:
		return "switch " + c.Place.when() + " to " + faults.QuoteWord(c.To)
	case Clock:
		return "clock " + c.Place.when() + " +" + c.Advance.String()
	case Select:
		return "select " + c.Place.String() + " takes case " + strconv.Itoa(c.Value+1)
	}
	return fmt.Sprintf("choice of unknown kind %d", c.Kind)
}

func (c Choice) strike() faults.Strike {
	return faults.Strike{Site: c.Place.Site, Hit: c.Place.Hit, Task: c.Place.Task, Fault: c.Fault}
}

// String is the place without its moment: `scope/await #1 in fanout`, `wake 3`.
func (p Place) String() string {
	if p.Site == "" {
		return "wake " + strconv.Itoa(p.Hit)
	}
	return faults.QuoteWord(p.Site) + " #" + strconv.Itoa(p.Hit) + " in " + faults.QuoteWord(p.Task)
}

func (p Place) when() string {
	if p.After {
		return "after " + p.String()
	}
	return "at " + p.String()
}

func inTask(path string) string {
	if path == "" {
		return ""
	}
	return " in " + faults.QuoteWord(path)
}

// quoteText leaves a text that fills the rest of a line as it is, if it can be
// read back from there.
func quoteText(text string) string {
	hidden := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if strings.HasPrefix(text, `"`) || strings.TrimSpace(text) != text || strings.ContainsFunc(text, hidden) {
		return strconv.Quote(text)
	}
	return text
}
