package report_test

import (
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/report"
)

// TestLedgersAreDrawn: of a task's entries, the picture points at the wrong one,
// or at that which is missing its end.
func TestLedgersAreDrawn(t *testing.T) {
	var s story
	root := s.task(nil, "main")
	first, second := s.task(root, "call-1"), s.task(root, "call-2")
	enter := func(t *history.Task, kind history.Kind, value string, err error) {
		s.event(t, kind, "reader", err)
		s.run.Events[len(s.run.Events)-1].Value = value
	}
	enter(first, history.Asked, "reading 1", nil)
	enter(first, history.Unanswered, "reading 1", errors.New("timed out"))
	enter(second, history.Asked, "reading 2", nil)
	enter(second, history.Answered, "reading 1", nil)
	enter(second, history.Sent, "receipt", nil)
	g := NewWithT(t)
	found := judge.Conserve.Check(&s.run, judge.Terms{})
	g.Expect(found).To(HaveLen(3), "a wrong answer, a lost receipt, a call without an end")
	picture := report.Timeline(&s.run, 100, found[0])
	g.Expect(picture).To(MatchRegexp(`call-1 .*⇢ reading 1.*⇍ reading 1`))
	g.Expect(picture).To(MatchRegexp(`call-2 .*⇢ reading 2.*⇠ reading 1.*⇢ receipt`))
	g.Expect(picture).To(ContainSubstring("broken here: P-CONSERVE"))
	g.Expect(picture).To(ContainSubstring("⇢ sent or asked"))
	g.Expect(column(picture, "▲")).To(Equal(column(picture, "⇠ reading 1")), picture)
	for i, entry := range []string{1: "⇢ receipt", 2: "⇢ reading 2"} {
		if entry != "" {
			picture = report.Timeline(&s.run, 100, found[i])
			g.Expect(column(picture, "▲")).To(Equal(column(picture, entry)), picture)
		}
	}
}
