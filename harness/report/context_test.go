package report_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/report"
)

// TestStrayValuesAreDrawn: of all the values that a task was seen with, the
// picture points at the wrong one.
func TestStrayValuesAreDrawn(t *testing.T) {
	var s story
	root := s.task(nil, "main")
	first, second := s.task(root, "request-1"), s.task(root, "request-2")
	value := func(t *history.Task, kind history.Kind, value string) {
		s.event(t, kind, "trace", nil)
		s.run.Events[len(s.run.Events)-1].Value = value
	}
	value(first, history.Owned, "t-1")
	value(second, history.Owned, "t-2")
	value(second, history.Carried, "t-2")
	value(second, history.Carried, "t-1")
	value(second, history.Carried, "t-2")
	g := NewWithT(t)
	found := judge.Context.Check(&s.run, judge.Terms{})
	g.Expect(found).To(HaveLen(1))
	picture := report.Timeline(&s.run, 100, found...)
	g.Expect(picture).To(ContainSubstring(`owns trace "t-1"`))
	g.Expect(picture).To(MatchRegexp(`request-2 .*has trace "t-2".*has trace "t-1"`))
	g.Expect(picture).To(ContainSubstring("broken here: P-CONTEXT"))
	g.Expect(column(picture, "▲")).To(Equal(column(picture, `has trace "t-1"`)), picture)
}

// column is where text begins in its line.
func column(picture, text string) int {
	for line := range strings.SplitSeq(picture, "\n") {
		if before, _, ok := strings.Cut(line, text); ok {
			return utf8.RuneCountInString(before)
		}
	}
	return -1
}
