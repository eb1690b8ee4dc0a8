package harness

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/report"
)

// vacuous says why the runs prove nothing, and what has to be done.
func vacuous(s explore.Subject, r *explore.Report, path string) string {
	e := report.Emptiness{
		ScenarioID: s.ID, Title: s.Title, Control: s.Control, Runs: r.Runs, NeverStruck: r.Dead,
		Replay: cmp.Or(replayCommand(path, ""), again(s.ID, r.Runs)),
	}
	if r.Unvisited && !r.Unstruck { // else that says it
		e.AllTheSame = wayOutOfSameness(r.Taskless)
	}
	for _, fact := range r.Unseen {
		e.NeverSeen = append(e.NeverSeen, fact+wayToSee(fact, s.Properties))
	}
	for _, m := range r.Misfits {
		e.Misfits = append(e.Misfits, provesNothing(m))
	}
	return report.Vacuous(e)
}

// wayOutOfSameness is for runs in which there was nothing to decide.
func wayOutOfSameness(taskless []string) string {
	if len(taskless) > 0 {
		return strings.Join(taskless, ", ") + " was reached in a context without a task: hand r.Context() down to it, or what is derived from it, in place of context.Background()"
	}
	return "put failpoints where the code that the body calls can go wrong (failpoint.Inject with a faults.Site) and hand it r.Context(), or draw what varies with Run.Int"
}

// wayToSee is which call of a body gives the property something to judge, if that is
// the fact.
func wayToSee(fact string, properties []judge.Property) string {
	for _, p := range properties {
		if p.IsParticular() && fact == explore.MatterOf(p) {
			return ": " + p.Needs()
		}
	}
	return ""
}

// shared is the verdict on a task that two goroutines used.
func shared(s explore.Subject, r *explore.Report) string {
	return fmt.Sprintf("%s %s: FLAKY  the task %q was used by two goroutines at once (%s), so which of them goes first is luck; "+
		"give each goroutine a task of its own: a scope's job, harness.Instrument, or faults.WithTask in the parent",
		s.ID, s.Title, r.Shared, standingAt(r.SharedAt))
}

// standingAt is where the two goroutines were.
func standingAt(sites [2]string) string {
	first, second := located(sites[0]), located(sites[1])
	if first == second {
		return "both at " + first
	}
	return "at " + first + " and at " + second
}

// located is a failpoint with the lines of its markers, as far as they are known.
func located(site string) string {
	var lines []string
	for _, m := range faults.Markers() {
		if m.Name == site && m.Line > 0 {
			lines = append(lines, fmt.Sprintf("%s:%d", m.File, m.Line))
		}
	}
	if len(lines) == 0 {
		return site
	}
	return site + " in " + strings.Join(slices.Compact(lines), " or ")
}
