package report

import (
	"strings"

	"github.com/squall-go/squall/harness/racelog"
)

// maxRaces is how many reports of the race detector are told.
const maxRaces = 3

func (f Counterexample) races(p *page) {
	for i, race := range f.Races {
		if i == maxRaces {
			p.say("  ", "and "+counted(len(f.Races)-i, "report")+" more of the race detector")
			return
		}
		p.say("  ", "the race detector's report:")
		for _, section := range race.Sections {
			p.say("    ", section.Title)
			for _, frame := range frames(stackOf(section), maxFrames) {
				p.say("      ", frame)
			}
			if section.Access != "" && len(section.Stack) == 0 {
				p.say("      ", "(the race detector no longer knew where)")
			}
		}
	}
}

// stackOf is the section's stack as a goroutine's is written.
func stackOf(section racelog.Section) string {
	var b strings.Builder
	for _, frame := range section.Stack {
		b.WriteString(frame.Function + "()\n\t" + frame.Place + "\n")
	}
	return b.String()
}
