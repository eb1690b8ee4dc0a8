package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/squall-go/squall/harness/history"
)

// maxStuck is how many tasks are told of.
const maxStuck = 12

// maxDump is how many lines of a layers' dump are told.
const maxDump = 30

// Stuck says why a run did not come to its end: who waits for what and since
// when, who holds it, the cycle of waits if there is one, and where each of
// them stands; and which goroutines were left behind. "" if the run completed
// and left nothing.
func Stuck(run *history.Run) string { return stuckText(run, Width) }

func stuckText(run *history.Run, width int) string {
	if run == nil {
		return ""
	}
	s := &standing{run: run, width: width}
	s.why()
	if run.Outcome == history.Stalled {
		waits := waitsOf(run)
		s.who(waits)
		s.cycle(waits)
		s.where("where they stand:", run.Waiters)
		s.alive()
	}
	s.where("left behind:", run.Left)
	if len(s.lines) == 0 {
		return ""
	}
	return strings.Join(s.lines, "\n") + "\n"
}

// standing is the text of Stuck in the making.
type standing struct {
	run   *history.Run
	width int
	lines []string
}

func (s *standing) say(first, text string) {
	s.lines = append(s.lines, wrap(first, text, s.width)...)
}

func (s *standing) why() {
	switch s.run.Outcome {
	case history.Stalled:
		if s.run.End > s.run.LastAct {
			s.say("", fmt.Sprintf("stuck: nothing has happened since t=%s; given up at t=%s of virtual time", s.run.LastAct, s.run.End))
			return
		}
		s.say("", fmt.Sprintf("stuck at t=%s: nothing can run and no timer is set", s.run.End))
	case history.Endless:
		s.say("", fmt.Sprintf("endless: given up after %s at t=%s; the last ones:", counted(len(s.run.Steps), "step"), s.run.End))
		for _, step := range s.run.Steps[max(0, len(s.run.Steps)-4):] {
			s.say("  ", stepText(step))
		}
	}
}

func (s *standing) who(waits []wait) {
	wide := 0
	for _, w := range waits {
		wide = max(wide, min(columns(path(w.task)), s.width/3))
	}
	for i, w := range waits {
		if i == maxStuck {
			s.say("  ", "and "+counted(len(waits)-i, "task")+" more")
			return
		}
		s.say("  "+pad(clipMiddle(path(w.task), wide), wide)+"  ", w.text())
	}
}

// text says what w waits for, since when, and who is in the way.
func (w wait) text() string {
	verb, in := "waits for ", "held by"
	if w.queued {
		verb, in = "is queued for ", "which runs"
	}
	text := verb + or(clean(w.name), "something") + " since t=" + w.since.String()
	var names []string
	for _, h := range w.holders {
		who := w.who(h.task) + " since t=" + h.since.String()
		if h.ended {
			who += " (which has ended)"
		}
		names = append(names, who)
	}
	switch {
	case names != nil:
		return text + ", " + in + " " + some(names)
	case w.queued:
		return text + ", which runs nothing"
	case w.thing:
		// Whoever it was handed to since has not said so: nobody is known to hold it.
		return text + ", which " + w.who(w.freed.task) + " released at t=" + w.freed.since.String() + " and nobody has acquired since"
	case w.name == ownChildren && len(w.others) > 0:
		for _, t := range w.others {
			names = append(names, path(t))
		}
		return text + ": " + some(names)
	}
	return text
}

// who names t in what is said of w.
func (w wait) who(t *history.Task) string {
	if t == w.task {
		return "itself"
	}
	return path(t)
}

// some is the first few of names, and how many there are besides.
func some(names []string) string {
	if more := len(names) - 4; more > 0 {
		names = append(slices.Clone(names[:4]), "and "+count(more)+" more")
	}
	return strings.Join(names, ", ")
}

// cycle names the first cycle of waits.
func (s *standing) cycle(waits []wait) {
	byTask := map[*history.Task]wait{}
	for _, w := range waits {
		byTask[w.task] = w
	}
	for _, w := range waits {
		if cycle := cycleFrom(w.task, byTask); cycle != nil {
			var b strings.Builder
			for _, t := range cycle {
				b.WriteString(path(t) + " → (" + clean(byTask[t].name) + ") → ")
			}
			s.say("  wait cycle:  ", b.String()+path(w.task))
			return
		}
	}
}

// alive is what the layers themselves had to say.
func (s *standing) alive() {
	if s.run.Dump == "" {
		return
	}
	s.say("", "what was alive:")
	s.lines = append(s.lines, dumpLines(s.run.Dump, s.width)...)
}

// dumpLines is a layers' dump as a report shows it: two columns in, and not for
// ever.
func dumpLines(dump string, width int) (lines []string) {
	all := strings.Split(strings.TrimRight(dump, "\n"), "\n")
	for i, line := range all {
		if i == maxDump {
			return append(lines, "  and "+counted(len(all)-i, "line")+" more")
		}
		text := strings.TrimLeft(line, " ")
		lines = append(lines, wrap("  "+line[:len(line)-len(text)], clean(text), width)...)
	}
	return lines
}

func (s *standing) where(title string, live []history.Live) {
	if len(live) == 0 {
		return
	}
	s.say("", title)
	for i, l := range live {
		if i == maxStuck {
			s.say("  ", "and "+count(len(live)-i)+" more")
			return
		}
		s.say("  ", path(l.Task)+", "+or(clean(l.State), "in an unknown state"))
		for _, frame := range frames(l.Stack, maxFrames) {
			s.say("      ", frame)
		}
	}
}
