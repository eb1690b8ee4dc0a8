package wall_test

import (
	. "github.com/onsi/ginkgo/v2"

	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scenarios"
	"github.com/squall-go/squall/scenarios/wall"
)

var (
	_ = harness.Describe(scenarios.S16W, Label(harness.LabelWall))
	_ = harness.Describe(scenarios.R13, Label(harness.LabelWall))
	_ = harness.Describe(wall.R13D, Label(harness.LabelWall))
	_ = harness.Describe(scenarios.R14W, Label(harness.LabelWall))
)
