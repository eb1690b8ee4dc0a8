package harness

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/linear"
	"github.com/squall-go/squall/harness/tape"
)

// notLinear is a register that was read and had never been written.
func notLinear() *explore.Counterexample {
	o := &history.Object{Name: "x", Model: linear.Register(0)}
	op := &history.Op{Object: o, Task: &history.Task{Path: "main"}, Input: linear.Read{}, Output: 7, Called: 0, Returned: 1}
	o.Ops = []*history.Op{op}
	run := &history.Run{Tasks: []*history.Task{op.Task}, Objects: []*history.Object{o}, Events: []history.Event{
		{Task: op.Task, Kind: history.Called, Name: "x", Op: op}, {Task: op.Task, Kind: history.Returned, Name: "x", Op: op}}}
	return &explore.Counterexample{Run: run, Findings: judge.Linear.Check(run, judge.Terms{}), Tape: &tape.Tape{Scenario: "X1", Version: 1}, Found: &tape.Tape{}}
}

func TestPictureIsSavedBesideTheTape(t *testing.T) {
	g := NewWithT(t)
	c := notLinear()
	dir := t.TempDir()

	path := saveAll(dir, c)
	files, err := os.ReadDir(filepath.Join(dir, "X1"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).To(HaveLen(2))
	page, err := os.ReadFile(filepath.Join(dir, "X1", c.Tape.ID()+".html"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(page)).To(HavePrefix("<!doctype html>"))
	text := explain(explore.Subject{ID: "X1"}, &explore.Report{Verdict: explore.Broken, Counterexample: c}, path)
	g.Expect(text).To(ContainSubstring("  picture: " + pictureOf(c, path) + "\n  replay:"))
	g.Expect(text).To(ContainSubstring("\n  x: read() → 7 of main fits in no order; at the beginning it is 0\n"))

	g.Expect(os.Remove(inRoot(pictureOf(c, path)))).To(Succeed())
	g.Expect(pictureOf(c, path)).To(BeEmpty(), "a picture that is not there is not promised")
	c.Findings[0].Property = "P-LEAK"
	g.Expect(saveAll(dir, c)).To(Equal(path))
	g.Expect(os.ReadDir(filepath.Join(dir, "X1"))).To(HaveLen(1), "only P-LINEAR has one")
}
