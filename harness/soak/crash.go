package soak

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/squall-go/squall/harness/batch"
)

// Two deaths are one whatever address or random name their last words have.
var (
	addresses   = regexp.MustCompile(`0x[0-9a-f]+`)
	identifiers = regexp.MustCompile(`\b[0-9A-F-]{16,}\b|\b[0-9a-f-]{16,}\b|\b[A-Z2-7]{20,}\b`) // hexadecimal, UUIDs, base 32
)

// crashLines is how much of the process' last words the text shows; the finding
// has more.
const crashLines = 40

// LastWords is the log from where the process began to die; known is false if
// it does not say.
func LastWords(log string) (words string, known bool) {
	return lastWords(log), lastSign(log) >= 0
}

// crashText is a death as a person reads it.
func crashText(f *batch.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s  %s\n  %s\n", strings.TrimSpace(f.Scenario+" "+f.Control), strings.ToUpper(string(f.Verdict)), crashGuarantee, f.Message)
	switch {
	case f.Tape == "":
		fmt.Fprintf(&b, "  run %d of seed %d; its choices alone do not repeat it\n", f.Run, f.Seed)
	case f.Unshrunk != "":
		fmt.Fprintf(&b, "  storm (not shrunk: %s; %d choices of %d):\n", f.Unshrunk, len(f.Storm), f.Choices)
	default:
		fmt.Fprintf(&b, "  smallest storm (%d choices of %d):\n", len(f.Storm), f.Choices)
	}
	if f.Tape != "" {
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
