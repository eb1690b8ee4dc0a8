package suites_test

import (
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scenarios"
)

var (
	_ = harness.Describe(scenarios.D1)
	_ = harness.Describe(scenarios.D2)
	_ = harness.Describe(scenarios.D3)
	_ = harness.Describe(scenarios.D4)
	_ = harness.Describe(scenarios.D5)
	_ = harness.Describe(scenarios.D6)
	_ = harness.Describe(scenarios.D7)
	_ = harness.Describe(scenarios.D8)
	_ = harness.Describe(scenarios.D9)
	_ = harness.Describe(scenarios.D10)
	_ = harness.Describe(scenarios.D11)
	_ = harness.Describe(scenarios.D12)
	_ = harness.Describe(scenarios.D13)
	_ = harness.Describe(scenarios.R14)
)
