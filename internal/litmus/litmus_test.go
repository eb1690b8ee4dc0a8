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
