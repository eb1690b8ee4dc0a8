package main

import (
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/scenarios/peers"
)

// complete is a result in which every cell with a reading is broken, and all
// others held.
func complete() result.Result {
	var r result.Result
	for _, c := range peers.Cases() {
		for _, q := range c.Questions() {
			p := result.Peer{Library: c.Library.Name, Version: "go1.26.8", Scenario: c.Story.ID, Property: q.Property, Verdict: result.Held, Detail: "held in 100 runs"}
			reading, ok := c.Library.Readings[c.Story.ID+" "+q.Property]
			if !ok {
				reading, ok = c.Library.Readings[c.Story.ID]
			}
			if ok {
				p.Verdict, p.Detail, p.Reading = result.Broken, "it broke", string(reading.Kind)+": "+reading.Text
			}
			r.Peers = append(r.Peers, p)
		}
	}
	return r
}

func TestPage(t *testing.T) {
	g := NewWithT(t)
	table, err := newTable(complete())
	g.Expect(err).NotTo(HaveOccurred())
	page := table.page()
	for _, l := range peers.Libraries {
		g.Expect(page).To(ContainSubstring("\n## " + l.Name + "\n"))
	}
	g.Expect(page).To(ContainSubstring("It is no ranking"))
	g.Expect(page).To(ContainSubstring("go1.26."), "a patch of Go must not change the page")
	g.Expect(page).NotTo(ContainSubstring("go1.26.8"))
}

func TestRefusesAMissingCell(t *testing.T) {
	r := complete()
	r.Peers = r.Peers[1:]
	_, err := newTable(r)
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("is not in the result")))
}

func TestRefusesAReadingOfACellThatHeld(t *testing.T) {
	r := complete()
	i := slices.IndexFunc(r.Peers, func(p result.Peer) bool { return p.Library == "errgroup" && p.Scenario == "late" })
	r.Peers[i].Verdict, r.Peers[i].Reading = result.Held, ""
	_, err := newTable(r)
	NewWithT(t).Expect(err).To(MatchError(`errgroup has a reading of "late", and no such cell is broken; take it away`))
}
