package tape

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/squall-go/squall/faults"
)

// line takes a line apart from left to right. After the first error all its
// methods return zero values and err keeps the error.
type line struct {
	rest string
	err  error
}

func (l *line) fail(wanted string) {
	if l.err == nil {
		l.err = fmt.Errorf("expected %s, found %.80q", wanted, l.rest)
	}
}

func (l *line) done() bool { return l.err != nil || l.rest == "" }

// take cuts the text up to the next space.
func (l *line) take() string {
	token, rest, _ := strings.Cut(l.rest, " ")
	l.rest = strings.TrimLeft(rest, " ")
	return token
}

// word takes one word, quoted if need be; what names it in the error.
func (l *line) word(what string) string {
	word, rest, ok := faults.CutWord(l.rest)
	if !ok || rest != "" && rest[0] != ' ' {
		l.fail(what + ` (in double quotes if it contains spaces, ", # or :)`)
	}
	if l.err != nil {
		return ""
	}
	l.rest = strings.TrimLeft(rest, " ")
	return word
}

// name is a word that must not be empty.
func (l *line) name(what string) string {
	before := l.rest
	word := l.word(what)
	if l.err == nil && word == "" {
		l.rest = before
		l.fail(what + " that is not empty")
	}
	return word
}

// literal takes exactly this word.
func (l *line) literal(word string) {
	before := l.rest
	if l.take() != word {
		l.rest = before
		l.fail(strconv.Quote(word))
	}
}

// number takes a whole number of at least lowest.
func (l *line) number(what string, lowest int) int {
	before := l.rest
	n, err := strconv.Atoi(l.take())
	if err != nil || n < lowest {
		l.rest = before
		l.fail(fmt.Sprintf("%s (a whole number from %d)", what, lowest))
	}
	if l.err != nil {
		return 0
	}
	return n
}

// unsigned takes a number of 64 bits.
func (l *line) unsigned(what string, base int) uint64 {
	before := l.rest
	n, err := strconv.ParseUint(l.take(), base, 64)
	if err != nil {
		l.rest = before
		l.fail(fmt.Sprintf("%s (an unsigned number of base %d and 64 bits)", what, base))
	}
	if l.err != nil {
		return 0
	}
	return n
}

// advance takes +DURATION.
func (l *line) advance() time.Duration {
	before := l.rest
	text, plus := strings.CutPrefix(l.take(), "+")
	d, err := time.ParseDuration(text)
	if !plus || err != nil || d <= 0 {
		l.rest = before
		l.fail("+ and a positive duration, as in +1.5ms")
	}
	if l.err != nil {
		return 0
	}
	return d
}

// text takes the rest of the line, which is quoted or as it is.
func (l *line) text(what string) string {
	text := l.rest
	if strings.HasPrefix(text, `"`) {
		var err error
		if text, err = strconv.Unquote(l.rest); err != nil {
			l.fail(what + " with a closing quote at the end of the line")
		}
	}
	if text == "" {
		l.fail(what)
	}
	l.rest = ""
	return text
}

// place takes `SITE #HIT in TASK` or `wake NUMBER`, with `at` or `after` before it.
func (l *line) place() Place {
	var p Place
	switch l.take() {
	case "at":
	case "after":
		p.After = true
	default:
		l.fail(`"at" or "after" before the place`)
	}
	if wake, ok := strings.CutPrefix(l.rest, "wake "); ok && !strings.HasPrefix(strings.TrimLeft(wake, " "), "#") {
		l.rest = strings.TrimLeft(wake, " ")
		p.Hit = l.number("the number of the wake-up", 0)
		return p
	}
	l.visit(&p)
	return p
}

// visit takes `SITE #HIT in TASK`.
func (l *line) visit(p *Place) {
	p.Site = l.name("a failpoint")
	if l.err == nil && !strings.HasPrefix(l.rest, "#") {
		l.fail("#HIT after the failpoint, as in #1")
	}
	l.rest = strings.TrimPrefix(l.rest, "#")
	p.Hit = l.number("the hit", 1)
	l.literal("in")
	p.Task = l.word("a task path")
}
