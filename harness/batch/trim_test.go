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
