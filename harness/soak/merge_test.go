package soak

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

// shardDir is a directory as a shard leaves it.
func shardDir(t *testing.T, seed uint64, shard Shard, runs int64, findings ...*batch.Finding) string {
	t.Helper()
	g := NewWithT(t)
	dir := filepath.Join(t.TempDir(), "shard")
	g.Expect(os.MkdirAll(dir, 0o755)).To(Succeed())
	s := newState(seed, shard, 0)
	s.Finished, s.Elapsed = true, time.Duration(shard.Number)*time.Minute
	s.add(&batch.Outcome{Index: int64(shard.Number - 1), Scenario: "S1", Runs: runs})
	s.point(len(findings))
	g.Expect(s.write(dir)).To(Succeed())
	store, _, err := openStore(dir)
	g.Expect(err).NotTo(HaveOccurred())
	for _, f := range findings {
		_, _, err := store.add(f)
		g.Expect(err).NotTo(HaveOccurred())
	}
	return dir
}

func TestMergeTakesWhatThereIs(t *testing.T) {
	g := NewWithT(t)
	at := func(index int64, run int) *batch.Finding {
		return &batch.Finding{Scenario: "S1", Signature: "P-X a", Batch: index, Run: run, Verdict: result.Broken}
	}
	one := shardDir(t, 1, Shard{1, 3}, 100, at(6, 1))
	two := shardDir(t, 1, Shard{2, 3}, 200, at(4, 9))
	shorter := shardDir(t, 1, Shard{2, 3}, 50, at(1, 1))
	torn := shardDir(t, 2, Shard{1, 1}, 1000)
	g.Expect(os.MkdirAll(filepath.Join(torn, findingsDir), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(torn, findingsDir, "x.json"), []byte(`{"scenario": "S1", "sig`), 0o644)).To(Succeed())
	dirs := []string{one, two, shorter, torn, filepath.Join(t.TempDir(), "nowhere")}
	m, err := Merge(dirs)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(m.Tallies["S1"].Runs).To(BeEquivalentTo(1300))
	g.Expect(m.Elapsed).To(Equal(2 * time.Minute))
	g.Expect(m.Findings).To(HaveLen(1))
	g.Expect(m.Findings[0].Batch).To(BeEquivalentTo(1), "the earliest, also of a directory whose runs do not count")
	g.Expect(m.Problems).To(ContainElements(
		ContainSubstring("nowhere/soak.json: no such file"),
		And(ContainSubstring("are both seed 1 shard 2/3"), HavePrefix("soak: "+two)),
		ContainSubstring("x.json: not a finding"),
		"soak: seed 1 shard 3/3 is missing",
		ContainSubstring("is of seed 2, others of 1"),
	))
	g.Expect(m.Problems).To(HaveLen(5))
	g.Expect(m.Torn).To(Equal(1))
	slices.Reverse(dirs)
	g.Expect(Merge(dirs)).To(Equal(m))
}

func TestMergeOfNothing(t *testing.T) {
	g := NewWithT(t)
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	missing := "soak: stat " + nowhere + "/soak.json: no such file or directory; name a directory that squall soak --out has made"
	_, err := Merge(nil)
	g.Expect(err).To(MatchError("soak: nothing to merge: no directory is named"))
	_, err = Merge([]string{nowhere})
	g.Expect(err).To(MatchError(missing))
	_, err = Merge([]string{nowhere, nowhere + "2", nowhere + "3"})
	g.Expect(err).To(MatchError(missing + " (and 2 more directories)"))
}

// What was found is worth more than the counts around it.
func TestWhatWasFoundCountsWhereverItIs(t *testing.T) {
	g := NewWithT(t)
	of := func(signature string) *batch.Finding {
		return &batch.Finding{Scenario: "S1", Signature: signature, Verdict: result.Broken}
	}
	whole := shardDir(t, 1, Shard{1, 2}, 100)
	shorter := shardDir(t, 1, Shard{1, 2}, 50, of("P-X shorter"))
	torn := shardDir(t, 1, Shard{2, 2}, 100, of("P-X torn"))
	g.Expect(os.WriteFile(filepath.Join(torn, stateFile), []byte(`{"format": 1,`), 0o644)).To(Succeed())
	signatures := func(m *Merged) (all []string) {
		for _, f := range m.Findings {
			all = append(all, f.Signature)
		}
		return all
	}
	m, err := Merge([]string{whole, shorter, torn})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(signatures(m)).To(Equal([]string{"P-X shorter", "P-X torn"}))
	g.Expect(m.Dirs).To(ConsistOf(whole, shorter, torn), "their tapes are there")
	g.Expect([]int{m.Unread, m.Missing, len(m.Shards)}).To(Equal([]int{1, 1, 1}))

	m, err = Merge([]string{torn})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(signatures(m)).To(Equal([]string{"P-X torn"}))
	g.Expect(m.Finished).To(BeFalse())
	g.Expect(m.Problems).To(ConsistOf(ContainSubstring("not the state of a soak")))
}

// A control that one soak missed proves nothing, however many caught it.
func TestAControlThatAnyShardMissedIsNotCaught(t *testing.T) {
	for _, caught := range [][]bool{{true, false}, {false, true}, {true, true}} {
		g := NewWithT(t)
		var dirs []string
		for i, c := range caught {
			dirs = append(dirs, changed(t, uint64(i), Shard{1, 1}, func(s *State) { s.Controls["S1/deaf"] = &Caught{Caught: c, Runs: int64(i)} }))
		}
		m, err := Merge(dirs)
		g.Expect(err).NotTo(HaveOccurred())
		both := caught[0] && caught[1]
		g.Expect(m.Controls["S1/deaf"].Caught).To(Equal(both), "%v", caught)
		if !both {
			g.Expect(m.Blind()).To(ContainElement(ContainSubstring("control S1/deaf was not caught")))
		}
	}
}
