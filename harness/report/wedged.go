package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
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
	RealTime                   bool          // the run was on the real clock
	At                         time.Duration // on the run's clock
	Steps                      int           // taken before
	Last                       string        // the last step, as the watchdog knows it
	Tape                       *tape.Tape    // the choices taken so far; nil if unknown
	Dump                       string        // the goroutines, as runtime.Stack writes them
	Alive                      string        // what the layers had alive, as they write it
	Replay                     string
}

// Wedged says that the watchdog gave up, with the goroutines of the dump: equal
// ones together, the run's own before those of others, and of the run's those first
// that keep the bubble from being quiet.
func Wedged(w Standstill) string {
	var p page
	p.headline(w.ScenarioID, w.Title, w.Control, "wedged", fmt.Sprintf("no step for %s of real time", w.After))
	p.say("  ", fmt.Sprintf("after %s, at t=%s of %s time", counted(w.Steps, "step"), w.At, w.clock()))
	if w.Last != "" {
		p.say("  last step:  ", w.Last)
	}
	own, others, house := groupsOf(w.Dump)
	p.say("  ", w.cause(own))
	if w.Tape != nil {
		Counterexample{Tape: w.Tape, Unshrunk: WedgeUnshrunk}.storm(&p)
	}
	goroutines(&p, "goroutines of the run:", own)
	goroutines(&p, "other goroutines:", others)
	if house > 0 {
		p.say("  ", "and "+counted(house, "goroutine")+" of the harness, Ginkgo and the test process")
	}
	if w.Alive != "" {
		p.say("  ", "what was alive:")
		p.block(strings.Join(dumpLines(w.Alive, Width-2), "\n"))
	}
	p.replay(w.Replay)
	return p.String()
}

func (w Standstill) clock() string {
	if w.RealTime {
		return "real"
	}
	return "virtual"
}

// cause is what may be wrong, by what the run's goroutines do.
func (w Standstill) cause(own []*group) string {
	switch {
	case w.RealTime:
		return "a goroutine runs without end, or waits for what does not come: a lock, a channel, a socket. If it is only slow, SQUALL_WATCHDOG gives a run more real time"
	case slices.ContainsFunc(own, func(g *group) bool { return g.network }):
		return "a goroutine waits for the network, which virtual time cannot see: take connections in memory (fakes/memnet), or an " +
			"http.RoundTripper of your own, in place of sockets; or run the scenario on the real clock, with Mode: engine.Wall"
	}
	if strings.Contains(w.Dump, "engine.(*Engine).Select(") && lockWaits.MatchString(w.Dump) {
		return "a goroutine waits for a lock, and another one for its turn at a select: if that one holds the lock, write " +
			"//squall:plain in the line above the select"
	}
	return "a goroutine runs without end, or blocks where virtual time cannot see it: on a sync.Mutex, in I/O or a " +
		"system call, on a channel made outside the run"
}

// lockWaits is the state of a goroutine that waits for a lock.
var lockWaits = regexp.MustCompile(`(?m)^goroutine \d+ .*\[sync\.(RW)?Mutex\.R?Lock`)

// group is goroutines in the same state at the same place.
type group struct {
	state   string
	frames  []string
	n       int
	network bool // it stands in a socket
}

func goroutines(p *page, title string, groups []*group) {
	if len(groups) == 0 {
		return
	}
	p.say("  ", title)
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

// groupsOf sorts the goroutines of a dump: the run's own, others, and how many are
// the machinery's. The run's are those in its bubble, the youngest one, since a run
// that was given up keeps its own; on the real clock there is none, and nobody knows
// whose they are.
func groupsOf(dump string) (own, others []*group, house int) {
	parts := strings.Split(dump, "\n\n")
	youngest := 0
	for _, part := range parts {
		youngest = max(youngest, bubbleOf(part))
	}
	for _, part := range parts {
		header, _, _ := strings.Cut(strings.TrimSpace(part), "\n")
		switch {
		case !strings.HasPrefix(header, "goroutine "):
		case ofTheHouse(part):
			house++
		case bubbleOf(part) == youngest:
			own = grouped(own, header, part)
		default:
			others = grouped(others, header, part)
		}
	}
	byQuiet := func(a, b *group) int { return cmp.Compare(quiet(a.state), quiet(b.state)) }
	slices.SortStableFunc(own, byQuiet)
	slices.SortStableFunc(others, byQuiet)
	return own, others, house
}

func grouped(groups []*group, header, stack string) []*group {
	g := &group{state: stateOf(header), frames: frames(stack, maxFrames), n: 1, network: strings.Contains(stack, "\ninternal/poll.")}
	same := func(o *group) bool { return o.state == g.state && slices.Equal(o.frames, g.frames) }
	if i := slices.IndexFunc(groups, same); i >= 0 {
		groups[i].n++
		return groups
	}
	return append(groups, g)
}

// bubbleOf is the number of the goroutine's bubble, 0 if it is in none.
func bubbleOf(part string) int {
	header, _, _ := strings.Cut(strings.TrimSpace(part), "\n")
	_, number, _ := strings.Cut(header, ", synctest bubble ")
	number, _, _ = strings.Cut(number, "]")
	n, _ := strconv.Atoi(number)
	return n
}

// ofTheHouse reports whether the goroutine is one that explores, runs specs, or
// waits for signals: its stack says nothing about the run.
func ofTheHouse(stack string) bool {
	for line := range strings.SplitSeq(stack, "\n") {
		for _, prefix := range house {
			if strings.HasPrefix(line, prefix) {
				return true
			}
		}
	}
	return false
}

// house is the functions that the machinery's goroutines are known by.
var house = []string{
	"github.com/squall-go/squall/harness/explore.", "testing/synctest.testingSynctestTest(",
	"github.com/onsi/ginkgo/v2", "created by github.com/onsi/ginkgo/v2", "os/signal.", "created by os/signal.",
	"testing.(*M).", "testing.tRunner(",
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
