package suites_test

import (
	"github.com/onsi/ginkgo/v2"

	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scenarios"
)

var (
	_ = harness.Describe(scenarios.S16W, ginkgo.Label(harness.LabelWall))
)
