package main

import (
	"errors"
	"testing"

	. "github.com/onsi/gomega"
)

func TestASuiteThatPanicsLeadsWithThePanicsLine(t *testing.T) {
	const (
		own = "harness: scenario \"C2\" names the unknown property \"P-LEEK\""
		// of a scenario outside of all containers
		inInit = "panic: " + own + "\n\ngoroutine 1 [running]:\n" +
			"github.com/squall-go/squall/harness.Describe({{0xb3, 0x2}, ...})\n\t/squall/harness/describe.go:25 +0x165\n" +
			"example.com/shop/prices.init()\n\t/shop/prices/prices_test.go:18 +0x245\n"
		inTest    = "panic: " + own + " [recovered, repanicked]\n\ngoroutine 7 [running]:\nexample.com/shop/prices.TestX(0x1)\n\t/shop/prices/x_test.go:3 +0x1\n"
		container = "\x1b[1mAssertion or Panic detected during tree construction\x1b[0m\n\x1b[38;5;243m/shop/prices/prices_test.go:8\x1b[0m\n" +
			"  Ginkgo detected a panic while constructing the spec tree.\n\n  \x1b[1mHere's the content of the panic that was caught:\x1b[0m\n  harness: scenario \"C2\" names the\n  unknown property \"P-LEEK\"\n\n  Learn more\n"
		theirs = "panic: runtime error: index out of range [3] with length 0\n\ngoroutine 1 [running]:\nexample.com/shop/prices.load()\n\t/shop/prices/load.go:5 +0x1\n"
	)
	for _, c := range []struct{ log, says string }{
		{inInit, own + " (in example.com/shop/prices, prices_test.go:18)"},
		{inTest, own + " (in example.com/shop/prices, x_test.go:3)"},
		{container, own + " (in example.com/shop/prices, prices_test.go:8)"},
		{theirs, "runtime error: index out of range [3] with length 0 (in example.com/shop/prices, load.go:5, before it lists its scenarios)\n" + theirs[:len(theirs)-1]},
		{"PASS\n", "example.com/shop/prices lists no scenarios (exit status 2); call harness.RunSpecs in its Test function:\nPASS\n"},
	} {
		out := outcome{err: errors.New("exit status 2"), log: c.log, tail: c.log}
		NewWithT(t).Expect(out.unlisted("example.com/shop/prices")).To(MatchError(c.says))
	}
}
