package suites_test

import (
	"context"
	"slices"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scenarios"
)

var (
	_ = harness.Describe(scenarios.S15)
	_ = harness.Describe(scenarios.S16)
	_ = harness.Describe(scenarios.S18)
)

// Growth is judged by counts and by ratios of bytes, never by time.
var _ = ginkgo.Describe("S15 a hundred thousand start/cancel cycles", ginkgo.Label("S15", "P-LEAK"), func() {
	const (
		cycles   = growthCycles
		fewer    = 10_000 // for controls
		heap     = 8      // bytes a cycle: a pointer in each
		costlier = 1.05
	)

	ginkgo.It("leave nothing, and the last costs what the first did", func() {
		g := scenarios.GrowthOf(cycles, nil)
		ginkgo.AddReportEntry("growth", g)
		gomega.Expect(g.Goroutines).To(gomega.BeZero(), "goroutines left")
		gomega.Expect(g.Heap).To(gomega.BeNumerically("<", heap), "live bytes left by a cycle")
		gomega.Expect(g.Cost).To(gomega.BeNumerically("<", costlier), "bytes allocated by the last cycles, for one of the first")
		gomega.Expect(g.Finished).To(gomega.And(gomega.BeNumerically(">", g.Cycles/10), gomega.BeNumerically("<", g.Cycles*9/10)),
			"cycles that were stopped late")
	})

	ginkgo.It("catches one goroutine leaked in a thousand cycles", ginkgo.Label(harness.LabelControl), func() {
		g := scenarios.GrowthOf(fewer, func(_ context.Context, cycle int, over <-chan struct{}) {
			if cycle%1000 == 0 {
				go func() { <-over }()
			}
		})
		gomega.Expect(g.Goroutines).To(gomega.Equal(g.Cycles / 1000))
	})

	ginkgo.It("catches a context that each cycle leaves with its parent", ginkgo.Label(harness.LabelControl), func() {
		g := scenarios.GrowthOf(fewer, func(ctx context.Context, _ int, _ <-chan struct{}) {
			_, forgotten := context.WithCancel(ctx)
			_ = forgotten
		})
		gomega.Expect(g.Heap).To(gomega.BeNumerically(">", heap))
	})

	ginkgo.It("catches cycles that cost more the more there have been", ginkgo.Label(harness.LabelControl), func() {
		var log []int
		g := scenarios.GrowthOf(fewer, func(_ context.Context, cycle int, _ <-chan struct{}) {
			log = append(slices.Clip(log), cycle) // copies what it has
		})
		gomega.Expect(g.Cost).To(gomega.BeNumerically(">", costlier))
	})
})
