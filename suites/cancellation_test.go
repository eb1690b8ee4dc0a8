package suites_test

import (
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scenarios"
)

var (
	_ = harness.Describe(scenarios.S1)
	_ = harness.Describe(scenarios.S7)
	_ = harness.Describe(scenarios.S20)
	_ = harness.Describe(scenarios.S12)
	_ = harness.Describe(scenarios.S13)
	_ = harness.Describe(scenarios.S14)
	_ = harness.Describe(scenarios.S17)
)
