package report_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/report"
)

// TestTasksWithNothingToShowHaveNoLine: a name that a layer gave, and that
// nobody ever worked under.
func TestTasksWithNothingToShowHaveNoLine(t *testing.T) {
	g := NewWithT(t)
	run := siblings()
	before := report.Timeline(siblings(), 100)
	unqueue := &history.Task{ID: len(run.Tasks), Path: "fanout/unqueue", Name: "unqueue", Parent: run.Tasks[0]}
	run.Tasks = append(run.Tasks, unqueue)
	g.Expect(report.Timeline(run, 100)).To(Equal(before))

	g.Expect(report.Timeline(run, 100, finding("P-LEAK", unqueue.Path, ""))).To(ContainSubstring("! fanout/unqueue"), "accused")

	run.Steps = append(run.Steps, history.Step{At: run.End, Task: unqueue, Site: "dispatcher/unqueue"})
	g.Expect(report.Timeline(run, 100)).To(MatchRegexp(`fanout/unqueue +.*●`), "it took a step")
}

// TestALineIsNamedInFullWhenItsParentHasNone: "worker" alone would be anybody's.
func TestALineIsNamedInFullWhenItsParentHasNone(t *testing.T) {
	g := NewWithT(t)
	var s story
	root := s.task(nil, strings.Repeat("a long name ", 9))
	s.event(root, history.Started, "", nil)
	s.start(s.task(s.task(nil, "db"), "worker"))
	text := report.Timeline(&s.run, 100)
	g.Expect(text).To(MatchRegexp(`(?m)^  db/worker +●`))
	g.Expect(text).NotTo(MatchRegexp(`(?m)^ +db *$`))
}
