package harness

import (
	"fmt"
	"strings"

	"github.com/squall-go/squall/harness/explore"
)

// missed is why a control was not caught, for its writer: if all held, the runs
// are made again to see what else they broke.
func missed(s Scenario, c Control, report *explore.Report, set explore.Settings) string {
	by := c.Breaks
	if c.Task != "" {
		by += fmt.Sprintf(" about %q", c.Task)
	}
	text := fmt.Sprintf("%s: the control %q (%s) was not caught by %s in %d runs (%s): the scenario proves nothing\n",
		s.ID, c.Name, c.Story, by, report.Runs, report.Verdict)
	if report.Verdict != explore.Held {
		return text + explain(s.control(c), report, "")
	}
	set.Progress = nil
	other := explore.Explore(s.otherwise(c), set).Counterexample
	if other == nil {
		return text + fmt.Sprintf("  nothing else was broken either; %d faults struck\n", report.Struck)
	}
	f := other.Findings[0]
	text += fmt.Sprintf("  it was broken otherwise: %s in %s: ", f.Property, f.Subject)
	return text + strings.ReplaceAll(strings.TrimSpace(f.Message), "\n", "\n    ") + "\n"
}
