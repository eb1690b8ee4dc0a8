package soak

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
)

// changed is a shard's directory with another state.
func changed(t *testing.T, seed uint64, shard Shard, change func(*State)) string {
	t.Helper()
	g := NewWithT(t)
	dir := shardDir(t, seed, shard, 200)
	s, err := ReadState(dir)
	g.Expect(err).NotTo(HaveOccurred())
	s.Version, s.Runs = "0.1.0", 800
	s.Scenarios = []batch.Scenario{{ID: "S1", Version: 1, Controls: []string{"deaf"}}, {ID: "S2", Version: 1}}
	if change != nil {
		change(s)
	}
	g.Expect(s.write(dir)).To(Succeed())
	return dir
}

func TestShardsThatDoNotFitTogether(t *testing.T) {
	tests := []struct {
		name   string
		seed   uint64
		shard  Shard
		change func(*State)
		want   string // of the problem, "" if there is none
	}{
		{"the same", 9, Shard{2, 2}, nil, ""},
		{"another version", 9, Shard{2, 2}, func(s *State) { s.Version = "0.2.0" }, "is by Squall 0.1.0, and .* by 0.2.0: "},
		{"more runs", 9, Shard{2, 2}, func(s *State) { s.Runs = 1000 }, "shares out 800 runs, and .* 1000 runs: "},
		{"no number of runs", 9, Shard{2, 2}, func(s *State) { s.Runs = 0 }, "shares out 800 runs, and .* no number of runs: "},
		{"one scenario less", 9, Shard{2, 2}, func(s *State) { s.Scenarios = s.Scenarios[:1] }, "have not the same list of scenarios: "},
		{"another version of a scenario", 9, Shard{2, 2}, func(s *State) { s.Scenarios[1].Version = 2 }, "have not the same S2: "},
		{"other controls", 9, Shard{2, 2}, func(s *State) { s.Scenarios[0].Controls = nil }, "have not the same S1: "},
		{"another seed", 8, Shard{1, 1}, nil, "is of seed 9, others of 8"},
		{"another seed, runs and focus", 8, Shard{1, 1}, func(s *State) { s.Runs, s.Scenarios = 0, s.Scenarios[:1] }, "is of seed 9, others of 8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			dirs := []string{changed(t, 9, Shard{1, 2}, nil), changed(t, test.seed, test.shard, test.change)}
			if test.seed != 9 {
				dirs = append(dirs, changed(t, 9, Shard{2, 2}, nil))
			}
			m, err := Merge(dirs)
			g.Expect(err).NotTo(HaveOccurred())
			unlike := 0
			switch {
			case test.want == "":
				g.Expect(m.Problems).To(BeEmpty())
			case test.seed == 9:
				unlike = 1
				g.Expect(m.Problems).To(ConsistOf(MatchRegexp(test.want)))
			default: // other soaks may be added, a line for each shard
				g.Expect(m.Problems).To(HaveEach(MatchRegexp(test.want)))
			}
			g.Expect(m.Unlike).To(Equal(unlike))
			g.Expect(m.Finished).To(BeTrue())
			slices.Reverse(dirs)
			g.Expect(Merge(dirs)).To(Equal(m))
		})
	}
}

func TestRunsThatAreCountedTwice(t *testing.T) {
	g := NewWithT(t)
	dirs := []string{changed(t, 9, Shard{1, 3}, nil), changed(t, 9, Shard{2, 3}, nil), changed(t, 9, Shard{3, 3}, nil)}
	m, err := Merge(dirs)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(m.Problems).To(BeEmpty())
	whole := changed(t, 9, Shard{1, 1}, nil)
	m, err = Merge(append(dirs, whole))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(m.Problems).To(ConsistOf("soak: " + whole + " is shard 1/1 of seed 9, and " + dirs[0] + " shard 1/3: the same runs are counted twice; leave one of the soaks out"))
	g.Expect(m.Unlike).To(Equal(1))
}

func TestADirectoryThatIsNamedTwiceCountsOnce(t *testing.T) {
	g := NewWithT(t)
	t.Chdir(t.TempDir())
	g.Expect(os.Rename(changed(t, 9, Shard{1, 1}, nil), "x")).To(Succeed())
	g.Expect(os.Symlink("x", "link")).To(Succeed())
	abs, err := filepath.Abs("x")
	g.Expect(err).NotTo(HaveOccurred())
	m, err := Merge([]string{"x", "./x", "link", abs, "x"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(m.Problems).To(BeEmpty())
	g.Expect(m.Shards).To(HaveLen(1))
	g.Expect(m.Tallies["S1"].Runs).To(BeEquivalentTo(200))

	g.Expect(os.CopyFS("y", os.DirFS("x"))).To(Succeed())
	m, err = Merge([]string{"y", "x"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(m.Problems).To(ConsistOf("soak: x and y are both seed 9 shard 1/1; the first counts, they have as many runs"))
}

func TestTheWayOutAreTheShardsThatAreMissing(t *testing.T) {
	g := NewWithT(t)
	one := changed(t, 9, Shard{1, 2}, nil)
	blind := func(dirs ...string) string {
		m, err := Merge(dirs)
		g.Expect(err).NotTo(HaveOccurred())
		return m.Blind()[0]
	}
	g.Expect(blind(one)).To(Equal("1 of 2 scenarios was not run (S2): give the shards that are missing"))
	g.Expect(blind(one, changed(t, 9, Shard{2, 2}, func(s *State) { s.Finished = false }))).
		To(Equal("1 of 2 scenarios was not run (S2): go on by --resume with the shards that did not come to their end"))
	g.Expect(blind(one, changed(t, 9, Shard{2, 2}, nil))).To(Equal("1 of 2 scenarios was not run (S2): give --for or --runs more"))
}
