package suites_test

import (
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scenarios"
)

var (
	_ = harness.Describe(scenarios.S2)
	_ = harness.Describe(scenarios.S3)
	_ = harness.Describe(scenarios.S4)
	_ = harness.Describe(scenarios.S5)
	_ = harness.Describe(scenarios.S9)
	_ = harness.Describe(scenarios.S6)
)
