package soak

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/linear"
	"github.com/squall-go/squall/harness/result"
)

func notLinear(batchIndex int64, text string) *batch.Finding {
	return &batch.Finding{Scenario: "D7", Verdict: result.Broken, Signature: "P-LINEAR object counter", Property: "P-LINEAR", Batch: batchIndex,
		Tape: "squall tape 1\nend\n", Linear: &linear.Picture{Ops: []linear.PictureOp{{From: 0, To: 1, Text: text}}, Orders: [][]linear.PictureStep{}}}
}

func TestPorcupinesPictureIsBesideTheTape(t *testing.T) {
	g := NewWithT(t)
	store, _, err := openStore(t.TempDir())
	g.Expect(err).NotTo(HaveOccurred())
	add := func(f *batch.Finding) {
		t.Helper()
		_, _, err := store.add(f)
		g.Expect(err).NotTo(HaveOccurred())
	}
	picture := picturePath(store.dir, notLinear(0, ""))

	add(notLinear(9, "get() → 7 of b"))
	page, err := os.ReadFile(picture)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(page)).To(And(HavePrefix("<!doctype html>"), ContainSubstring("get() → 7 of b")))

	add(notLinear(8, "get() → 6 of a"))
	page, err = os.ReadFile(picture)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(page)).To(ContainSubstring("get() → 6 of a"), "it is that of the finding that is kept")

	without := notLinear(7, "")
	without.Linear = nil
	add(without)
	g.Expect(picture).NotTo(BeAnExistingFile(), "another finding's picture would be taken for its own")
	names, err := filepath.Glob(filepath.Join(store.dir, findingsDir, "*"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(names).To(HaveLen(2))
}

func TestPorcupinesPictureIsTold(t *testing.T) {
	g := NewWithT(t)
	var told []string
	s := &soak{config: Config{Dir: "night", Tell: func(line string) { told = append(told, line) }}}
	f := notLinear(1, "get() → 7 of b")
	f.Message = "no order explains it"
	s.tellFinding(f)
	f.Linear = nil
	s.tellFinding(f)
	replay := "FOUND  D7: no order explains it\n       replay: squall replay " + TapePath("night", f)
	g.Expect(told).To(Equal([]string{replay + "\n       picture: " + picturePath("night", f), replay}))
}

// TestPorcupinesPictureComesFromAnyShard: the finding that is kept brings its own.
func TestPorcupinesPictureComesFromAnyShard(t *testing.T) {
	g := NewWithT(t)
	var dirs []string
	for number, f := range []*batch.Finding{notLinear(9, "late"), notLinear(8, "early")} {
		dir := t.TempDir()
		s := newState(1, Shard{number + 1, 2}, 0)
		g.Expect(s.write(dir)).To(Succeed())
		store, _, err := openStore(dir)
		g.Expect(err).NotTo(HaveOccurred())
		_, _, err = store.add(f)
		g.Expect(err).NotTo(HaveOccurred())
		dirs = append(dirs, dir)
	}
	m, err := Merge(dirs)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(m.Findings).To(HaveLen(1))
	g.Expect(m.Findings[0].Linear.Ops[0].Text).To(Equal("early"))
}
