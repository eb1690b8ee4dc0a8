package soak

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

func TestLost(t *testing.T) {
	g := NewWithT(t)
	s := newState(1, Shard{1, 1}, 0)
	s.Scenarios = []batch.Scenario{{ID: "S2"}, {ID: "S10"}, {ID: "canary", Canary: true}}
	s.tally("S10").fail("P-X a", 3)
	s.tally("S2").fail("flaky", 1)
	s.tally("S2").fail("P-X b", 2)
	s.tally("canary").fail("P-EXPECT main", 9)
	a := &batch.Finding{Scenario: "S10", Signature: "P-X a", Verdict: result.Broken}
	b := &batch.Finding{Scenario: "S2", Signature: "P-X b", Verdict: result.Broken}
	g.Expect(Lost(s, []*batch.Finding{a})).To(Equal([]LostKind{
		{Scenario: "S2", Kind: "P-X b", Runs: 2, Verdict: result.Broken}, {Scenario: "S2", Kind: "flaky", Runs: 1, Verdict: result.Flaky},
	}))
	control := *b
	control.Control = "deaf"
	g.Expect(Lost(s, []*batch.Finding{a, &control})).To(HaveLen(2), "a control's finding tells of no run of the scenario")
}

// Whoever removes the findings of a broken soak makes it no less broken.
func TestAFinishedSoakEndsAsItDidWithoutItsFindings(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 600, "breaks")
	s := runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(s.findings).NotTo(BeEmpty())
	g.Expect(Lost(s.state, s.findings)).To(BeEmpty())
	g.Expect(s.told).NotTo(ContainElement(HavePrefix("LOST")))

	g.Expect(os.RemoveAll(filepath.Join(c.Dir, findingsDir))).To(Succeed())
	c.Resume = true
	s = runSoak(t, t.Context(), c)
	g.Expect(s.err).NotTo(HaveOccurred())
	g.Expect(s.findings).To(BeEmpty())
	g.Expect(Verdict(s.state, s.findings)).To(Equal(result.Broken))
	g.Expect(s.told).To(ContainElement(MatchRegexp(`^LOST  kinds of failures that were counted, and have no file: \d \(breaks P-X . in \d+ runs`)))
}

// A soak whose last save failed has no results, however well it went.
func TestResultsThatAreNotOnDisk(t *testing.T) {
	for _, test := range []struct {
		spoiled string // folder that becomes a file when something is found
		want    string
	}{
		{".", "soak: the results are not on disk: atomicfile: .*; free space and go on with --resume$"},
		{findingsDir, "soak: findings are not on disk, and told in full above: "},
	} {
		t.Run(test.spoiled, func(t *testing.T) {
			g := NewWithT(t)
			c := fakeConfig(t, 2000, "breaks", "panics")
			spoiled := filepath.Join(c.Dir, test.spoiled)
			c.Tell = func(line string) {
				if _, err := os.Stat(spoiled + ".away"); err != nil && strings.HasPrefix(line, "FOUND") {
					g.Expect(os.Rename(spoiled, spoiled+".away")).To(Succeed())
					g.Expect(os.WriteFile(spoiled, nil, 0o644)).To(Succeed())
				}
			}
			state, _, err := Run(t.Context(), c)
			g.Expect(err).To(MatchError(MatchRegexp("^" + test.want)))
			g.Expect(err.Error()).NotTo(ContainSubstring("\n"))
			g.Expect(state).NotTo(BeNil(), "with a state it is no bad use")
		})
	}
}

func TestASoakThatGaveUpAndCouldNotSaveSaysBoth(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 400, "holds")
	s, err := open(t.Context(), c)
	g.Expect(err).NotTo(HaveOccurred())
	defer s.close()
	g.Expect(os.RemoveAll(c.Dir)).To(Succeed())
	s.gaveUp = context.DeadlineExceeded
	s.finish(t.Context())
	g.Expect(s.gaveUp).To(MatchError(MatchRegexp("^context deadline exceeded; and soak: the results are not on disk: ")))
	g.Expect(s.gaveUp).To(MatchError(os.ErrNotExist))
}
