package report_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/report"
)

// saturated: the only worker of a pool waits for a task that is queued for it.
func saturated() *story {
	var s story
	root := s.task(nil, "pool")
	outer := s.launch(root, "async", "outer")
	s.event(outer, history.Queued, "io", nil)
	s.event(outer, history.Running, "io", nil)
	s.now = time.Second
	inner := s.launch(outer, "async", "inner")
	s.event(inner, history.Queued, "io", nil)
	s.event(outer, history.Waiting, "pool/outer/inner", nil)
	s.run.Outcome = history.Stalled
	return &s
}

func TestStuckNamesTheCycleThroughADispatcher(t *testing.T) {
	s := saturated()
	s.run.LastAct, s.run.End = time.Second, time.Minute
	NewWithT(t).Expect(report.Stuck(&s.run)).To(Equal(
		`stuck: nothing has happened since t=1s; given up at t=1m0s of virtual time
  pool/outer        waits for pool/outer/inner since t=1s
  pool/outer/inner  is queued for io since t=1s, which runs pool/outer since t=0s
  wait cycle:  pool/outer → (pool/outer/inner) → pool/outer/inner → (io) → pool/outer
`))
}

func TestAStepAfterTheWaitEndsIt(t *testing.T) {
	s := saturated()
	s.step(s.run.Tasks[1], "scope/await-resume")
	NewWithT(t).Expect(report.Stuck(&s.run)).NotTo(ContainSubstring("pool/outer  "))
	NewWithT(t).Expect(report.Stuck(&s.run)).NotTo(ContainSubstring("cycle"))
}

func TestAFreeResourceIsSaidToBeFree(t *testing.T) {
	var s story
	root := s.task(nil, "root")
	holder := s.launch(root, "launch", "holder")
	s.event(holder, history.Acquired, "lock", nil)
	s.event(holder, history.Released, "lock", nil)
	s.event(root, history.Waiting, "lock", nil)
	s.run.Outcome = history.Stalled
	NewWithT(t).Expect(report.Stuck(&s.run)).To(ContainSubstring("root  waits for lock since t=0s, which root/holder released at t=0s and nobody has acquired since\n"))
}

// A lock whose holder is gone will not be released: that is the finding.
func TestAHolderThatHasEndedIsSaidToHaveEnded(t *testing.T) {
	var s story
	root := s.task(nil, "root")
	holder := s.launch(root, "launch", "holder")
	s.event(holder, history.Acquired, "lock", nil)
	s.event(root, history.Waiting, "lock", nil)
	s.run.Outcome = history.Stalled
	const alive = "root  waits for lock since t=0s, held by root/holder since t=0s"
	NewWithT(t).Expect(report.Stuck(&s.run)).To(ContainSubstring(alive + "\n"))
	s.event(holder, history.Ended, "", nil)
	NewWithT(t).Expect(report.Stuck(&s.run)).To(ContainSubstring(alive + " (which has ended)\n"))
}

func TestACompleteRunIsNotStuck(t *testing.T) {
	NewWithT(t).Expect(report.Stuck(siblings())).To(BeEmpty())
}

// TestACancellationAfterTheEndIsNotDrawn: it is the layer tidying up.
func TestACancellationAfterTheEndIsNotDrawn(t *testing.T) {
	var s story
	root := s.task(nil, "root")
	s.event(root, history.Started, "", nil)
	s.event(root, history.Ended, "", nil)
	text := func() string {
		return report.Timeline(&s.run, 100, judge.Finding{Property: "P-OTHER", Subject: "root"}) + report.Tree(&s.run)
	}
	before := text()
	s.event(root, history.Done, "", &hostile{})
	NewWithT(t).Expect(text()).To(Equal(before))
	NewWithT(t).Expect(before).To(ContainSubstring("▲"))
}
