package suites_test

import (
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scenarios"
)

var (
	_ = harness.Describe(scenarios.R1)
	_ = harness.Describe(scenarios.R2)
	_ = harness.Describe(scenarios.R3)
	_ = harness.Describe(scenarios.R4)
	_ = harness.Describe(scenarios.R5)
	_ = harness.Describe(scenarios.R6)
	_ = harness.Describe(scenarios.R7)
	_ = harness.Describe(scenarios.R8)
	_ = harness.Describe(scenarios.R9)
	_ = harness.Describe(scenarios.R10)
	_ = harness.Describe(scenarios.R11)
	_ = harness.Describe(scenarios.R12)
	_ = harness.Describe(scenarios.S19)
)
