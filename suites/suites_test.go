// Package suites_test runs the scenarios, grouped by the property that each is
// foremost about: cancellation, containment, starvation, leaks, the reader;
// then other libraries (peers). Real parts are in suites/wall, the contract of
// card readers in suites/reader.
package suites_test

import (
	"testing"

	"github.com/squall-go/squall/harness"
)

func TestSuites(t *testing.T) { harness.RunSpecs(t, "Squall") }
