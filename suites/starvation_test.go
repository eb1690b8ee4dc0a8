package suites_test

import (
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scenarios"
)

var (
	_ = harness.Describe(scenarios.D2)
	_ = harness.Describe(scenarios.D3)
	_ = harness.Describe(scenarios.D5)
	_ = harness.Describe(scenarios.D7)
)
