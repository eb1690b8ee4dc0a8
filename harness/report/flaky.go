package report

import (
	"fmt"

	"github.com/squall-go/squall/harness/history"
)

// Nondeterminism is one tape that gave two different runs.
type Nondeterminism struct {
	ScenarioID, Title, Control string
	First, Second              *history.Run
	// Runs of the tape, and how many of them broke; 0 is not told.
	Runs, Broke int
	Replay      string
}

// Flaky says where the two runs part: the last steps that they share, what
// each of them did then, and what such a difference usually comes from.
func Flaky(n Nondeterminism) string {
	var p page
	p.headline(n.ScenarioID, n.Title, n.Control, "flaky", "one tape gave two runs: something is decided outside it")
	if n.Runs > 0 {
		p.say("  ", fmt.Sprintf("the tape broke in %d of %s", n.Broke, counted(n.Runs, "run")))
	}
	if n.First == nil || n.Second == nil {
		p.say("  ", "one of the runs was not recorded")
	} else {
		n.part(&p)
	}
	p.say("  look for:  ", "a select with several ready cases in a package without failpoints; map order; global math/rand; a goroutine without a task; "+
		"a wait with no failpoint after it; state that outlives a run")
	p.replay(n.Replay)
	return p.String()
}

func (n Nondeterminism) part(p *page) {
	a, b := transcript(n.First), transcript(n.Second)
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	if at == len(a) && at == len(b) {
		p.say("  ", fmt.Sprintf("no difference is recorded: %s and all events are the same; trace hashes %016x and %016x",
			counted(len(n.First.Steps), "step"), n.First.Hash, n.Second.Hash))
		return
	}
	p.say("  ", "the same until then (the last of "+counted(at, "record")+"):")
	for _, line := range a[max(0, at-4):at] {
		p.say("    ", line)
	}
	p.say("  ", "and then:")
	side(p, "    first run   ", a, at)
	side(p, "    second run  ", b, at)
}

// side is how one of the two went on.
func side(p *page, first string, records []string, at int) {
	if at == len(records) {
		p.say(first, "is over")
		return
	}
	for _, line := range records[at:min(at+3, len(records))] {
		p.say(first, line)
		first = "                "
	}
}

// transcript is everything that has to be the same in both runs, in order.
func transcript(run *history.Run) []string {
	var lines []string
	next := 0
	stepsBefore := func(n int) {
		for ; next < min(n, len(run.Steps)); next++ {
			lines = append(lines, fmt.Sprintf("step %d: %s", next+1, stepText(run.Steps[next])))
		}
	}
	for _, e := range run.Events {
		stepsBefore(e.Step)
		lines = append(lines, eventText(e))
	}
	stepsBefore(len(run.Steps))
	return append(lines, fmt.Sprintf("t=%s  the run ends: %s", run.End, outcomeText(run.Outcome)))
}

func stepText(s history.Step) string {
	return fmt.Sprintf("t=%s  %s goes on from %s #%d", s.At, path(s.Task), clean(s.Site), s.Hit)
}

func eventText(e history.Event) string {
	text := fmt.Sprintf("t=%s  %s %s", e.At, path(e.Task), kindText(e.Kind))
	if e.Of != nil {
		text += " " + path(e.Of)
	}
	if e.Name != "" {
		text += " " + clean(e.Name)
	}
	if e.Kind == history.Struck {
		text += fmt.Sprintf(" by %s at %s #%d", e.Fault, clean(e.Site), e.Hit)
	}
	if e.Err != nil {
		text += ": " + message(e.Err)
	}
	return text
}

// kindText is the kind's name, of kinds too that nobody has defined.
func kindText(k history.Kind) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("event %d", k)
		}
	}()
	return k.String()
}

func outcomeText(o history.Outcome) string {
	switch o {
	case history.Complete:
		return "complete"
	case history.Stalled:
		return "stalled"
	case history.Endless:
		return "endless"
	case history.Crashed:
		return "crashed"
	}
	return fmt.Sprintf("outcome %d", o)
}
