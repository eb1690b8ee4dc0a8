package report

import "strings"

// lastWords writes what the process said when it died, and where: the frames of the
// goroutine that ended it, which Go writes first. One that did not say has printed
// something else last.
func (f Counterexample) lastWords(p *page) {
	if f.LastWords == "" {
		return
	}
	p.say("  ", "last words:")
	value, stacks, dump := strings.Cut(f.LastWords, "\ngoroutine ")
	if !dump {
		said := head(f.LastWords, len(f.LastWords))
		for _, line := range said[max(0, len(said)-maxPanic):] {
			p.say("    ", line)
		}
		return
	}
	value, _, _ = strings.Cut(value, "\nruntime stack:")
	for _, line := range head(value, maxPanic) {
		p.say("    ", line)
	}
	ended, _, _ := strings.Cut(stacks, "\n\n")
	for _, frame := range frames("goroutine "+ended, maxFrames) {
		p.say("      ", frame)
	}
}
