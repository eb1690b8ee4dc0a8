package suites_test

import (
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scenarios"
)

var (
	_ = harness.Describe(scenarios.S8)
	_ = harness.Describe(scenarios.S10)
	_ = harness.Describe(scenarios.S11)
)
