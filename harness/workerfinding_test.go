package harness

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/linear"
)

// TestAFindingHasPorcupinesPicture if it is about linearizability, and only then.
func TestAFindingHasPorcupinesPicture(t *testing.T) {
	g := NewWithT(t)
	c := notLinear()
	told := func() *batch.Finding {
		return finding(explore.Subject{ID: "X1"}, batch.Batch{}, &explore.Finding{Report: &explore.Report{Verdict: explore.Broken, Counterexample: c}})
	}
	f := told()
	g.Expect(f.Property).To(Equal("P-LINEAR"))
	g.Expect(f.Linear).To(Equal(&linear.Picture{Ops: []linear.PictureOp{{From: 0, To: 1, Text: "read() → 7 of main"}}, Orders: [][]linear.PictureStep{}}))
	c.Findings[0].Property = "P-LEAK"
	g.Expect(told().Linear).To(BeNil())
}
