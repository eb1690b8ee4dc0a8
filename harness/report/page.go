package report

import "strings"

// page is a text in the making.
type page struct{ lines []string }

// say adds text after first, wrapped; the lines that follow are indented alike.
func (p *page) say(first, text string) {
	p.lines = append(p.lines, wrap(first, clean(text), Width)...)
}

// hang is say with the lines that follow at four blanks.
func (p *page) hang(first, text string) {
	p.hung(strings.Repeat(" ", len(first)-len(strings.TrimLeft(first, " "))), wrap("", first+clean(text), Width-4))
}

func (p *page) hung(indent string, lines []string) {
	for _, line := range lines {
		p.lines = append(p.lines, indent+line)
		indent = "    "
	}
}

// block adds lines that are laid out already, two columns to the right.
func (p *page) block(text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		if line != "" {
			line = "  " + line
		}
		p.lines = append(p.lines, line)
	}
}

// headline says which scenario, what came out, and in short why.
func (p *page) headline(id, title, control, verdict, why string) {
	name := strings.TrimSpace(id + " " + title)
	if name == "" {
		name = "a scenario without a name"
	}
	if control != "" {
		name += " (control " + control + ")"
	}
	head := clean(name) + ": " + strings.ToUpper(clean(verdict))
	words := strings.Fields(clean(why))
	switch {
	case len(words) == 0:
		p.say("", head)
	case columns(head) > Width/2:
		p.say("", head)
		p.hang("  ", why)
	default:
		words[0] = " " + words[0]
		p.hung("", flow("", append([]string{head}, words...), " ", Width-4))
	}
}

// replay adds the command as a shell takes it: where it is too long, lines end
// in a backslash.
func (p *page) replay(command string) {
	words := strings.Fields(command)
	if len(words) == 0 {
		return
	}
	line := "  replay:"
	for i, word := range words {
		if i > 0 && columns(line)+1+columns(word)+2 > Width {
			p.lines = append(p.lines, line+` \`)
			line = strings.Repeat(" ", len("  replay:"))
		}
		line += " " + word
		if i == 0 {
			line = "  replay:  " + word
		}
	}
	p.lines = append(p.lines, line)
}

func (p *page) String() string { return strings.Join(p.lines, "\n") + "\n" }
