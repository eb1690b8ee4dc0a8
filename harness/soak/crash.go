package soak

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/squall-go/squall/harness/batch"
)

var addresses = regexp.MustCompile(`0x[0-9a-f]+`)

// crashLines is how much of the process' last words the text shows; the finding
// has more.
const crashLines = 40

// crashText is a death as a person reads it.
func crashText(f *batch.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: BROKEN  %s\n  %s\n", strings.TrimSpace(f.Scenario+" "+f.Control), crashGuarantee, f.Message)
	if f.Tape == "" {
		fmt.Fprintf(&b, "  run %d of seed %d; its choices alone do not repeat it\n", f.Run, f.Seed)
	} else {
		fmt.Fprintf(&b, "  smallest storm (%d choices of %d):\n", len(f.Storm), f.Choices)
		for _, line := range f.Storm {
			b.WriteString("    " + line + "\n")
		}
	}
	b.WriteString("  last words:\n")
	lines := strings.Split(strings.TrimSpace(lastWords(f.Dump)), "\n")
	for _, line := range lines[:min(len(lines), crashLines)] {
		b.WriteString("    " + line + "\n")
	}
	return b.String()
}
