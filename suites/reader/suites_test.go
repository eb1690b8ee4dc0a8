// Package reader_test puts the card reader, and the naive readers that are its
// controls, through the reader's contract: a suite of its own, as whoever writes
// another reader has one.
package reader_test

import (
	"testing"

	"github.com/squall-go/squall/harness"
)

func TestReader(t *testing.T) { harness.RunSpecs(t, "The card reader's contract") }
