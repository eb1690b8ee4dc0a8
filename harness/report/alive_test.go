package report_test

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/report"
)

const layersDump = "scope:\nscope page: running, since 1s, created at shop/page.go:7\n  job A: waiting for lock till\x1b[31m (held by page/B), since 1s, created at shop/page.go:9\n"

func TestStuckShowsWhatTheLayersHadAlive(t *testing.T) {
	g := NewWithT(t)
	s := saturated()
	g.Expect(report.Stuck(&s.run)).NotTo(ContainSubstring("alive"))
	s.run.Dump = layersDump
	text := report.Stuck(&s.run)
	g.Expect(text).To(ContainSubstring("what was alive:\n  scope:\n  scope page: running, since 1s, created at shop/page.go:7\n    job A: waiting for lock till"))
	g.Expect(text).NotTo(ContainSubstring("\x1b"), "names come from outside")
}

func TestWedgedShowsWhatTheLayersHadAlive(t *testing.T) {
	text := report.Wedged(report.Standstill{ScenarioID: "S18", After: time.Second, Alive: layersDump})
	NewWithT(t).Expect(text).To(ContainSubstring("  what was alive:\n    scope:\n    scope page: running"))
}

func TestALongDumpIsCut(t *testing.T) {
	s := saturated()
	s.run.Dump = strings.Repeat("job x: running\n", 100)
	NewWithT(t).Expect(report.Stuck(&s.run)).To(HaveSuffix("  and 70 lines more\n"))
}
