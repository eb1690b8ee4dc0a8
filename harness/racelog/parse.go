package racelog

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// What is kept of a log: stacks of a recursion are as long as they like.
const (
	maxRaces    = 32
	maxSections = 8
	maxFrames   = 40
	maxName     = 300 // bytes of a function, a place or a title
)

const (
	warning = "WARNING: DATA RACE"
	rule    = "=================="
	lost    = "[failed to restore the stack]"
)

// Parse reads the reports in a text, whatever stands between them. One that was cut
// short counts if it has got to its second access; what is no report is left out.
func Parse(text string) (races []Race) {
	if !strings.HasSuffix(text, "\n") { // who knows what the last line was to be
		text = text[:strings.LastIndexByte(text, '\n')+1]
	}
	var p *parser
	flush := func() {
		if p != nil && p.accesses >= 2 && len(races) < maxRaces {
			races = append(races, p.race)
		}
		p = nil
	}
	for line := range strings.Lines(text) {
		switch line = strings.TrimRight(line, "\r\n"); {
		case line == warning:
			flush()
			p = &parser{goroutines: map[string]string{}}
		case line == rule:
			flush()
		case p != nil && line != "":
			p.line(line)
		}
	}
	if p != nil && !p.toldAccesses() {
		p = nil
	}
	flush()
	return races
}

// parser reads one report.
type parser struct {
	race       Race
	accesses   int
	goroutines map[string]string // letters by number
	full       bool              // the rest of the report is left out
}

// toldAccesses reports whether both accesses of a report without an end have a
// stack, at least the beginning of it.
func (p *parser) toldAccesses() bool {
	two := p.race.Accesses()
	return len(two[0].Stack) > 0 && len(two[1].Stack) > 0
}

func (p *parser) line(line string) {
	switch {
	case !strings.HasPrefix(line, "  "):
		p.title(line)
	case p.full || len(p.race.Sections) == 0 || strings.TrimSpace(line) == lost:
	case strings.HasPrefix(line, "      "):
		p.place(strings.TrimSpace(line))
	default:
		p.function(strings.TrimSpace(line))
	}
}

var (
	access    = regexp.MustCompile(`^(?:Previous )?(?i:(?:atomic )?(read|write)) at 0x[0-9a-f]+ by `)
	addresses = regexp.MustCompile(` (?:at )?0x[0-9a-f]+`)
	states    = regexp.MustCompile(` \((?:running|finished)\)`) // by the time of the report
	numbers   = regexp.MustCompile(`\b[Gg]oroutine [0-9]+`)
)

func (p *parser) title(line string) {
	if p.full = len(p.race.Sections) >= maxSections; p.full {
		return
	}
	s := Section{}
	if m := access.FindStringSubmatch(line); m != nil {
		s.Access = strings.ToLower(m[1])
		p.accesses++
	}
	line = states.ReplaceAllString(addresses.ReplaceAllString(line, ""), "")
	s.Title = strings.TrimRight(printable(numbers.ReplaceAllStringFunc(line, p.letter)), ":")
	p.race.Sections = append(p.race.Sections, s)
}

// letter names a goroutine by the order in which the report does.
func (p *parser) letter(goroutine string) string {
	word, number, _ := strings.Cut(goroutine, " ")
	if p.goroutines[number] == "" {
		n := len(p.goroutines)
		p.goroutines[number] = string(rune('A' + n%26))
		if n >= 26 {
			p.goroutines[number] += strconv.Itoa(n / 26)
		}
	}
	return word + " " + p.goroutines[number]
}

func (p *parser) function(text string) {
	s := &p.race.Sections[len(p.race.Sections)-1]
	if len(s.Stack) >= maxFrames {
		s.More++
		return
	}
	text = strings.TrimSuffix(text, "()")
	s.Stack = append(s.Stack, Frame{Function: printable(withoutTypes(text))})
}

func (p *parser) place(text string) {
	s := &p.race.Sections[len(p.race.Sections)-1]
	if n := len(s.Stack); n > 0 && s.More == 0 && s.Stack[n-1].Place == "" {
		text, _, _ = strings.Cut(text, " +0x")
		s.Stack[n-1].Place = printable(text)
	}
}

// withoutTypes is a function without its type arguments, which stand for shapes of
// types and are as long as those.
func withoutTypes(function string) string {
	var b strings.Builder
	depth := 0
	for _, r := range function {
		switch {
		case r == '[':
			if depth++; depth == 1 {
				b.WriteString("[...")
			}
		case r == ']' && depth > 0:
			depth--
		}
		if depth == 0 {
			b.WriteRune(r)
		}
	}
	if depth > 0 {
		b.WriteString("]")
	}
	return b.String()
}

// printable is text that is short, and has nothing in it that would not be seen.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
	if len(text) > maxName {
		text = strings.ToValidUTF8(text[:maxName], "") + "…"
	}
	return text
}
