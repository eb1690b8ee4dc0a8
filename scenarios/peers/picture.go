package peers

import (
	"fmt"
	"strings"

	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/report"
)

// picture is the smallest storm, and what it did.
func picture(x *explore.Counterexample) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", x.Findings[0].Property, x.Findings[0].Message)
	if !x.Known {
		fmt.Fprintf(&b, "found in run %d, shrunk from %d choices to %d in %d runs\n", x.FoundAt, len(x.Found.Choices), len(x.Tape.Choices), x.ShrinkRuns)
	}
	b.WriteString(report.Timeline(x.Run, report.Width))
	return b.String()
}
