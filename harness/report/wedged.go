package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/squall-go/squall/harness/tape"
)

// maxGroups is how many kinds of goroutines are told of.
const maxGroups = 12

// WedgeUnshrunk is why the storm of a wedge is left as it was found.
const WedgeUnshrunk = "each try would take as long as the watchdog waits"

// Standstill is a run in which no step was taken for some real time.
type Standstill struct {
	ScenarioID, Title, Control string
	After                      time.Duration // real time without a step
	At                         time.Duration // virtual time
	Steps                      int           // taken before
	Last                       string        // the last step, as the watchdog knows it
	Tape                       *tape.Tape    // the choices taken so far; nil if unknown
	Dump                       string        // the goroutines, as runtime.Stack writes them
	Alive                      string        // what the layers had alive, as they write it
	Replay                     string
}

// Wedged says that the watchdog gave up, with the goroutines of the dump: equal
// ones together, those that keep the bubble from being quiet first.
func Wedged(w Standstill) string {
	var p page
	p.headline(w.ScenarioID, w.Title, w.Control, "wedged", fmt.Sprintf("no step for %s of real time", w.After))
	p.say("  ", fmt.Sprintf("after %s, at t=%s of virtual time", counted(w.Steps, "step"), w.At))
	if w.Last != "" {
		p.say("  last step:  ", w.Last)
	}
	p.say("  ", "a goroutine runs without end, or blocks where virtual time cannot see it: on a sync.Mutex, in I/O or a "+
		"system call, on a channel made outside the run")
	if w.Tape != nil {
		Counterexample{Tape: w.Tape, Unshrunk: WedgeUnshrunk}.storm(&p)
	}
	w.goroutines(&p)
	if w.Alive != "" {
		p.say("  ", "what was alive:")
		p.block(strings.Join(dumpLines(w.Alive, Width-2), "\n"))
	}
	p.replay(w.Replay)
	return p.String()
}

// group is goroutines in the same state at the same place.
type group struct {
	state  string
	frames []string
	n      int
}

func (w Standstill) goroutines(p *page) {
	groups := groupsOf(w.Dump)
	if len(groups) == 0 {
		return
	}
	p.say("  ", "goroutines:")
	for i, g := range groups {
		if i == maxGroups {
			p.say("    ", "and "+counted(len(groups)-i, "place")+" more")
			return
		}
		p.say("    ", count(g.n)+" × "+g.state)
		for _, frame := range g.frames {
			p.say("        ", frame)
		}
	}
}

func groupsOf(dump string) []*group {
	var groups []*group
	for part := range strings.SplitSeq(dump, "\n\n") {
		header, _, _ := strings.Cut(strings.TrimSpace(part), "\n")
		if !strings.HasPrefix(header, "goroutine ") {
			continue
		}
		g := &group{state: stateOf(header), frames: frames(part, maxFrames), n: 1}
		same := func(o *group) bool { return o.state == g.state && slices.Equal(o.frames, g.frames) }
		if i := slices.IndexFunc(groups, same); i >= 0 {
			groups[i].n++
			continue
		}
		groups = append(groups, g)
	}
	slices.SortStableFunc(groups, func(a, b *group) int { return cmp.Compare(quiet(a.state), quiet(b.state)) })
	return groups
}

// stateOf is what stands between the brackets of a goroutine's header, without
// the number of the bubble.
func stateOf(header string) string {
	_, state, _ := strings.Cut(header, "[")
	state, _, _ = strings.Cut(state, "]")
	state, _, _ = strings.Cut(state, ", synctest bubble")
	return clean(state)
}

// quiet is 0 for the suspects: those in a bubble are durably blocked if the
// runtime says so, and goroutines outside of it do not matter to it.
func quiet(state string) int {
	switch {
	case strings.Contains(state, "durable"):
		return 2
	case strings.HasPrefix(state, "running"), strings.HasPrefix(state, "runnable"),
		strings.HasPrefix(state, "sync."), strings.HasPrefix(state, "semacquire"),
		strings.HasPrefix(state, "IO wait"), strings.HasPrefix(state, "syscall"):
		return 0
	}
	return 1
}
