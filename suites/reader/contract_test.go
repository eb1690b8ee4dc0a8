package reader_test

import (
	"slices"
	"time"

	"github.com/onsi/ginkgo/v2"

	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scenarios/readercontract"
)

// The extension keeps the whole contract. Each naive reader breaks the promises
// that its name is found under, and keeps the others; that is labelled as a
// control, since in free mode a loop may look one moment before its deadline.
var _ = func() bool {
	extension := readercontract.Specs("reader", func(_ *harness.Run, c *cardreader.Controller, timeout time.Duration) readercontract.Reader {
		return cardreader.NewExtension(c, timeout)
	})
	for i, s := range extension {
		harness.Describe(s)
		for _, n := range readercontract.Naive() {
			if !slices.ContainsFunc(s.Controls, func(c harness.Control) bool { return c.Name == n.Name }) {
				kept := readercontract.Specs(n.Name, n.Open)[i]
				kept.Controls, kept.NoControl = nil, "it is a control of the promises that it breaks"
				harness.Describe(kept, ginkgo.Label(harness.LabelControl))
			}
		}
	}
	return true
}()
