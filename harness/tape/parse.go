package tape

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/squall-go/squall/faults"
)

// format is the version of the file format that this package reads and writes.
const format = 1

// Parse reads a tape; it is the inverse of [Tape.String]. It never panics. The
// error is one line, names the line of the text, and says what to do.
func Parse(data []byte) (*Tape, error) {
	t, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("tape: %w", err)
	}
	return t, nil
}

func parse(data []byte) (*Tape, error) {
	if err := checkText(data); err != nil {
		return nil, err
	}
	lines := strings.Split(string(data), "\n")
	if err := checkFormat(lines[0]); err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	p := parser{tape: new(Tape), seen: map[string]int{}}
	for i, text := range lines[1:] {
		text = strings.TrimSpace(text)
		if text == "" || text[0] == '#' {
			continue
		}
		if err := p.line(i+2, text); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
	}
	if err := p.finish(len(lines)); err != nil {
		return nil, err
	}
	return p.tape, nil
}

// checkText refuses what no editor would call a text.
func checkText(data []byte) error {
	if len(data) > MaxSize {
		return errTooBig
	}
	if len(data) == 0 {
		return errors.New("is empty: it was cut short when it was written or copied; restore it, or delete it and let squall find the failure again")
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == 0 || r == utf8.RuneError && size == 1 {
			return fmt.Errorf("line %d: byte %#02x is no text: this is a binary file; check the path", 1+bytes.Count(data[:i], []byte("\n")), data[i])
		}
		i += size
	}
	return nil
}

func checkFormat(first string) error {
	version, ok := strings.CutPrefix(strings.TrimRight(first, " \t\r"), "squall tape ")
	n, err := strconv.Atoi(version)
	switch {
	case !ok || err != nil || n < 1:
		return fmt.Errorf("%.80q is not \"squall tape %d\": this is no tape; check the path", first, format)
	case n > format:
		return fmt.Errorf("format %d was written by a newer squall, this one reads format %d: update squall, or delete the tape and let it find the failure again", n, format)
	}
	return nil
}

// parser collects the lines of one tape.
type parser struct {
	tape     *Tape
	seen     map[string]int // where each line stands that may stand once
	declared int            // of the line "choices", if it was seen
}

func (p *parser) line(number int, text string) error {
	if p.seen["end"] != 0 {
		return fmt.Errorf("%.80q follows the line \"end\": take it away, or move \"end\" to the end", text)
	}
	l := &line{rest: text}
	keyword := l.take()
	if keyword == "fault" {
		return p.fault(l.rest)
	}
	known := p.choice(keyword, l)
	if !known {
		if first := p.seen[keyword]; first != 0 {
			return fmt.Errorf("%q stands in line %d already: keep one of them", keyword, first)
		}
		p.seen[keyword] = number
		known = p.header(keyword, l)
	}
	if !known {
		return fmt.Errorf("unknown word %.80q; a line starts with scenario, control, seed, failure, hash, choices, param, fault, switch, clock, select, end or #", keyword)
	}
	if !l.done() {
		l.fail("the end of the line")
	}
	return l.err
}

func (p *parser) header(keyword string, l *line) (known bool) {
	t := p.tape
	switch keyword {
	case "scenario":
		t.Scenario = l.name("a scenario")
		l.literal("version")
		t.Version = l.number("the scenario's version", 0)
	case "control":
		t.Control = l.name("a control")
	case "seed":
		p.seed(l)
	case "failure":
		t.Failure = l.text("what failed")
	case "hash":
		t.Hash = l.unsigned("a trace hash", 16)
	case "choices":
		p.declared = l.number("the number of choices", 0)
		if !l.done() {
			l.literal("of")
			t.Total = l.number("the number of all choices", 0)
		}
	case "end":
	default:
		return false
	}
	return true
}

func (p *parser) seed(l *line) {
	p.tape.Seed = l.unsigned("a seed", 10)
	if l.done() {
		return
	}
	l.literal("run")
	p.tape.Run = l.number("the number of the run", 0)
	if l.done() {
		return
	}
	l.literal("strategy")
	p.tape.Strategy = l.name("a strategy")
}

func (p *parser) choice(keyword string, l *line) (known bool) {
	var c Choice
	switch keyword {
	case "param":
		c.Kind = Param
		c.Name = l.name("a parameter")
		if strings.HasPrefix(l.rest, "in ") {
			l.literal("in")
			c.Place.Task = l.word("a task path")
		}
		l.literal("=")
		c.Value = l.number("a value above the smallest one, which needs no line", 1)
	case "switch":
		c.Kind, c.Place = Switch, l.place()
		l.literal("to")
		c.To = l.word("a task path")
	case "clock":
		c.Kind, c.Place = Clock, l.place()
		c.Advance = l.advance()
	case "select":
		c.Kind = Select
		l.visit(&c.Place)
		l.literal("takes")
		l.literal("case")
		c.Value = l.number("a case below the first one, which needs no line", 2) - 1
	default:
		return false
	}
	p.tape.Choices = append(p.tape.Choices, c)
	return true
}

func (p *parser) fault(text string) error {
	s, err := faults.ParseStrike(text)
	if err != nil {
		return err
	}
	p.tape.Choices = append(p.tape.Choices, Choice{
		Kind:  Strike,
		Place: Place{Site: s.Site, Hit: s.Hit, Task: s.Task},
		Fault: s.Fault,
	})
	return nil
}

// finish checks what only the whole text can tell.
func (p *parser) finish(lines int) error {
	switch n := len(p.tape.Choices); {
	case p.seen["end"] == 0:
		return fmt.Errorf("line %d: the text stops without the line \"end\": it was cut short; restore it, or delete it and let squall find the failure again", lines)
	case p.seen["scenario"] == 0:
		return errors.New("line 2: no scenario is named: add a line as in scenario S3 version 1")
	case p.seen["choices"] != 0 && p.declared != n:
		return fmt.Errorf("line %d: %d choices are announced and %d follow: restore the tape, or if you edited it correct the number", p.seen["choices"], p.declared, n)
	}
	return nil
}
