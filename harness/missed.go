package harness

import (
	"fmt"
	"strings"

	"github.com/squall-go/squall/harness/explore"
)

// missed is why a control was not caught, for its writer: if none was broken, the
// runs are made again to see what else they broke.
func missed(s Scenario, c Control, report *explore.Report, set explore.Settings) string {
	by := c.Breaks
	if c.Task != "" {
		by += fmt.Sprintf(" about %q", c.Task)
	}
	runs := fmt.Sprintf("%d runs", report.Runs)
	if report.Runs == 1 {
		runs = "1 run"
	}
	text := fmt.Sprintf("%s: the control %q (%s) was not caught by %s in %s (%s): the scenario proves nothing\n",
		s.ID, c.Name, c.Story, by, runs, report.Verdict)
	if report.Verdict != explore.Held && report.Verdict != explore.Vacuous {
		return text + explain(s.control(c), report, "")
	}
	set.Progress = nil
	if other := explore.Explore(s.otherwise(c), set).Counterexample; other != nil {
		f := other.Findings[0]
		text += fmt.Sprintf("  it was broken otherwise: %s in %s: ", f.Property, f.Subject)
		return text + strings.ReplaceAll(strings.TrimSpace(f.Message), "\n", "\n    ") + "\n"
	}
	if report.Verdict == explore.Vacuous {
		return text + explain(s.control(c), report, "")
	}
	return text + fmt.Sprintf("  nothing else was broken either; %d faults struck\n", report.Struck)
}
