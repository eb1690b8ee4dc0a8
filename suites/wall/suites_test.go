// Package wall_test runs what needs the real clock and real parts: the contracts
// that fakes and real parts share, and the scenarios of wall mode. It is a suite
// of its own because its database takes long to compile.
package wall_test

import (
	"testing"

	"github.com/squall-go/squall/harness"
)

func TestWall(t *testing.T) { harness.RunSpecs(t, "Squall wall") }
