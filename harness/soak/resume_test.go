package soak

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

// The batches of a soak that is gone on with have to be those that it has done:
// each of these would make them others, under one state.
func TestASoakGoesOnAsItself(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 400, "holds", "controlled")
	g.Expect(runSoak(t, t.Context(), c).err).NotTo(HaveOccurred())
	c.Resume = true
	for name, test := range map[string]struct {
		config func(*Config)
		state  func(*State)
		want   string // "" if it goes on
	}{
		"the same":      {},
		"another seed":  {config: func(c *Config) { c.Seed = 2 }, want: "is of seed 1, shard 1/1 and 400 runs, and cannot go on with seed 2, shard 1/1 and 400 runs; "},
		"another shard": {config: func(c *Config) { c.Shard = Shard{2, 2} }, want: "is of seed 1, shard 1/1 and 400 runs, and cannot go on with seed 1, shard 2/2 and 400 runs; "},
		"of more shards": {config: func(c *Config) { c.Shard = Shard{1, 2} },
			want: "is of seed 1, shard 1/1 and 400 runs, and cannot go on with seed 1, shard 1/2 and 400 runs; "},
		"more runs": {config: func(c *Config) { c.Runs = 800 }, want: "and cannot go on with seed 1, shard 1/1 and 800 runs; "},
		"another version of Squall": {state: func(s *State) { s.Version = "0.0.9" },
			want: "is by Squall 0.0.9, and this is " + result.Version + ": its batches may mean something else now; go on with that version, or begin anew in another directory"},
		"another version of a scenario": {state: func(s *State) { s.Scenarios[0].Version++ }, want: "was soaking other scenarios"},
		"another id":                    {state: func(s *State) { s.Scenarios[0].ID = "held" }, want: "was soaking other scenarios"},
		"one scenario more":             {state: func(s *State) { s.Scenarios = s.Scenarios[1:] }, want: "was soaking other scenarios"},
		"other controls": {state: func(s *State) {
			for i := range s.Scenarios {
				s.Scenarios[i].Controls = nil
			}
		}, want: "was soaking other scenarios"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s, err := ReadState(c.Dir)
			g.Expect(err).NotTo(HaveOccurred())
			before := *s
			before.Scenarios = append(before.Scenarios[:0:0], s.Scenarios...)
			defer func() { g.Expect(before.write(c.Dir)).To(Succeed()) }()
			again := c
			if test.config != nil {
				test.config(&again)
			}
			if test.state != nil {
				test.state(s)
				g.Expect(s.write(c.Dir)).To(Succeed())
			}
			err = runSoak(t, t.Context(), again).err
			if test.want == "" {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(MatchError(ContainSubstring(test.want)))
			g.Expect(err.Error()).NotTo(ContainSubstring("\n"))
		})
	}
}
