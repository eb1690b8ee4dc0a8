package batch_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/linear"
)

func TestPorcupinesPictureIsBounded(t *testing.T) {
	g := NewWithT(t)
	of := func(bytes int) *batch.Finding {
		f := &batch.Finding{Scenario: "D7", Message: "m", Linear: &linear.Picture{Ops: []linear.PictureOp{{Text: strings.Repeat("x", bytes)}}}}
		f.Trim()
		return f
	}
	g.Expect(of(1 << 19).Linear).NotTo(BeNil())
	large := of(1 << 20)
	g.Expect(large.Linear).To(BeNil())
	g.Expect(large.Message).To(Equal("m"), "the rest stays")
}

// A signature is as long as a message in it; what is left of it is of the same kind.
func TestALongSignatureIsCutWithinItsKind(t *testing.T) {
	g := NewWithT(t)
	of := func(signature string) *batch.Finding {
		f := &batch.Finding{Scenario: "S1", Signature: signature}
		f.Trim()
		return f
	}
	long := "P-EXPECT main/worker#7: " + strings.Repeat("é7", 1<<14)
	f := of(long)
	g.Expect(len(f.Signature)).To(BeNumerically("<", 500))
	g.Expect(batch.Kind(f.Signature)).To(Equal(batch.Kind(long)))
	g.Expect(of(f.Signature).Signature).To(Equal(f.Signature), "trimmed twice is trimmed once")
	g.Expect(f.Kind()).NotTo(Equal(of(long+"x").Kind()), "they are two")
	g.Expect(of("P-EXPECT main/worker#7").Signature).To(Equal("P-EXPECT main/worker#7"), "a short one stays")
}
