package main

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

func TestFocusOnPeers(t *testing.T) {
	list := result.List{
		{ID: "S1", Title: "fan-out"}, {ID: "S11", Title: "cancel tree"},
		{ID: "errgroup/S1", Title: "fan-out", Peer: true}, {ID: "errgroup/goexit", Title: "a child exits", Peer: true},
		{ID: "conc/S1", Title: "fan-out", Peer: true},
	}
	for focus, want := range map[string][]string{
		"peers":           {"errgroup/S1", "errgroup/goexit", "conc/S1"},
		"errgroup":        {"errgroup/S1", "errgroup/goexit"},
		"errgroup/goexit": {"errgroup/goexit"},
		"/S1":             {"errgroup/S1", "conc/S1"},
		"S1":              {"S1"},
		"fan-out":         {"S1"},
		"^S1":             {"S1", "S11"},
	} {
		t.Run(focus, func(t *testing.T) {
			g := NewWithT(t)
			chosen, err := focused(list, focus)
			g.Expect(err).NotTo(HaveOccurred())
			var got []string
			for _, s := range chosen {
				got = append(got, s.ID)
			}
			g.Expect(got).To(Equal(want))
		})
	}
	_, err := focused(list, "none")
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("known are S1, S11, errgroup/..., conc/...")))
}

func TestPeerCellInAWord(t *testing.T) {
	g := NewWithT(t)
	g.Expect(inWord(result.Peer{Verdict: result.Held})).To(Equal("held"))
	g.Expect(inWord(result.Peer{Verdict: result.Broken})).To(Equal("broken"))
	g.Expect(inWord(result.Peer{Verdict: result.Broken, Reading: "against: its word"})).To(Equal("broken"))
	g.Expect(inWord(result.Peer{Verdict: result.Broken, Reading: "documented: there"})).To(Equal("by design"))
	g.Expect(inWord(result.Peer{Verdict: result.Broken, Reading: "surprising: nowhere"})).To(Equal("surprising"))
	g.Expect(inWord(result.Peer{Verdict: result.Flaky, Reading: "documented: there"})).To(Equal("flaky"))
}

// The whole table is for a look; what happened in each cell only for who asks.
func TestPeerTableExplainsWhenThereIsNothingElse(t *testing.T) {
	peers := []result.Peer{
		{Library: "errgroup", Version: "v1", Scenario: "goexit", Property: "P-ERROR", Verdict: result.Broken,
			Detail: "Wait returned nil", Reading: "surprising: not mentioned", Tape: "a.tape"},
		{Library: "scope", Version: "v2", Scenario: "S6", Property: "P-ERROR", Verdict: result.Held},
	}
	for _, explain := range []bool{false, true} {
		g := NewWithT(t)
		var out strings.Builder
		peerTable(&out, peers, explain)
		g.Expect(out.String()).To(MatchRegexp(`(?m)^goexit +P-ERROR +surprising +- *$`))
		g.Expect(out.String()).To(MatchRegexp(`(?m)^S6 +P-ERROR +- +held *$`))
		g.Expect(strings.Contains(out.String(), "Wait returned nil (surprising: not mentioned); replay a.tape")).To(Equal(explain))
	}
}
