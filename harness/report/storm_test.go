package report_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/report"
)

// What was not shrunk may have choices that do nothing: it is not called the smallest.
func TestAStormThatWasNotShrunkIsNotCalledTheSmallest(t *testing.T) {
	g := NewWithT(t)
	c := siblingsBroken()
	g.Expect(report.Failure(c)).To(ContainSubstring("\n  smallest storm (2 choices of 61; "))
	c.Unshrunk = "nobody had the time"
	g.Expect(report.Failure(c)).To(And(ContainSubstring("\n  storm (not shrunk: nobody had the time; 2 choices of 61; "), Not(ContainSubstring("smallest storm"))))
}
