package report_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/report"
)

func TestTheLegendSaysWhatForeignIs(t *testing.T) {
	picture := func(how string) string {
		var s story
		root := s.task(nil, "main")
		s.event(root, history.Started, "", nil)
		s.start(s.launch(root, how, "indexer"))
		s.event(root, history.Said, "a foreign letter", nil)
		return report.Timeline(&s.run, 100)
	}
	const entry = "foreign: a task of harness.Instrument or Run.Go"
	g := NewWithT(t)
	g.Expect(picture("foreign")).To(And(ContainSubstring("foreign indexer"), ContainSubstring(entry)))
	g.Expect(picture("launch")).To(And(ContainSubstring("launch indexer"), Not(ContainSubstring(entry))))
}
