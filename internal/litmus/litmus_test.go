package litmus

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestPromisesAreTheListBelowTheHeading(t *testing.T) {
	g := NewWithT(t)
	g.Expect(promises("Package x.\n\n# Other\n\n  - no\n\n# Happens before\n\nIn terms:\n\n  - the call\n    of A;\n  - [x.B] in C.\n\nAnd\n\n  - not this\n")).
		To(Equal([]string{"the call of A", "[x.B] in C"}))
	g.Expect(promises("Package x.\n\n  - no\n")).To(BeEmpty())
}

func TestRacedNeedsARaceInThatTest(t *testing.T) {
	g := NewWithT(t)
	out := "=== RUN   T\n=== RUN   T/0\nWARNING: DATA RACE\n    testing.go: race detected during execution of test\n=== RUN   T/1\n--- FAIL: T\n    race detected during execution of test"
	g.Expect(raced(out, "T/0")).To(BeTrue())
	g.Expect(raced(out, "T/1")).To(BeFalse())
	g.Expect(raced(out, "T/2")).To(BeFalse())
}
