package suites_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/corpus"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/tape"
	"github.com/squall-go/squall/scenarios/peers"
)

// peerTapes is where the storms of broken cells go: they are evidence about
// other people's code, not a corpus.
var peerTapes = filepath.Join("..", ".squall", "peers")

// controlRuns is within how many runs a flaw has to be caught, as for controls.
const controlRuns = 1000

// TestPeerCell explores one cell in a process of its own; without an order it
// does nothing.
func TestPeerCell(t *testing.T) {
	if _, err := peers.Serve(); err != nil {
		t.Fatal(err)
	}
}

// Other libraries in our stories: the spec passes when the table was made,
// whatever it says of them. Ours has to hold.
var _ = Describe("peers", Label(harness.LabelPeers), func() {
	BeforeEach(func() {
		if given("squall.replay") != "" || given("squall.plan") != "" {
			Skip("a tape or a plan is given: peers are struck by storms of their own")
		}
		if !hasFailpoints() {
			Fail("vacuous: no failpoint is built into this test binary; run it with squall run, or with go test -overlay=$(squall overlay)")
		}
	})

	for _, library := range peers.Libraries {
		It("puts "+library.Name+" through the stories", func() {
			var failed []string
			for _, story := range peers.Stories {
				for _, cell := range peers.Cells(library, story) {
					out, err := cell.Explore(settings(), "TestPeerCell")
					Expect(err).NotTo(HaveOccurred())
					save(out)
					harness.ReportPeers(out.Peer)
					text := string(out.Peer.Verdict) + ": " + out.Peer.Detail + "\n" + out.Picture
					AddReportEntry(cell.String(), text, ReportEntryVisibilityFailureOrVerbose)
					Expect(out.Peer.Version).To(MatchRegexp(version(library)))
					if !acceptable(library, out.Peer.Verdict) {
						failed = append(failed, cell.String()+": "+text)
					}
				}
			}
			Expect(failed).To(BeEmpty())
		})
	}

	It("holds for a hand-made group without a flaw", Label(harness.LabelControl), func() {
		for _, story := range peers.Stories {
			for _, cell := range peers.Cells(peers.HandMade(peers.Sound), story) {
				out := cell.InProcess(settings())
				Expect(out.Peer.Verdict).To(Equal(result.Held), cell.String()+": "+out.Peer.Detail+"\n"+out.Picture)
			}
		}
	})

	for _, c := range peers.Flaws {
		It(fmt.Sprintf("catches in %s by %s: %s", c.Story, c.Property, c.Flaw), Label(harness.LabelControl), func() {
			set := settings()
			set.Runs = max(set.Runs, controlRuns)
			out := flawed(c).InProcess(set)
			AddReportEntry("caught", out.Peer.Detail+"\n"+out.Picture, ReportEntryVisibilityFailureOrVerbose)
			by := c.By
			if by == "" {
				by = c.Property
			}
			Expect(out.Peer.Verdict).To(Equal(result.Broken), out.Peer.Detail)
			Expect(out.Broke).To(Equal(by), out.Peer.Detail)
		})
	}

	It("has a flaw for every story and property", func() {
		for _, story := range peers.Stories {
			for _, q := range story.Questions {
				Expect(peers.Flaws).To(ContainElement(And(
					HaveField("Story", story.ID), HaveField("Property", q.Property),
				)), story.ID+" "+q.Property)
			}
		}
	})
})

// acceptable: of others any finding is, as long as it was found out; our own
// scope has to hold.
func acceptable(l peers.Library, v result.Verdict) bool {
	return v == result.Held || !l.Ours && (v == result.Broken || v == result.Wedged)
}

// version is what the version of a library looks like.
func version(l peers.Library) string {
	if l.Ours {
		return `^\(devel\)$`
	}
	return `^v\d+\.\d+\.\d+`
}

// flawed is the cell that has to catch c.
func flawed(c peers.Caught) peers.Cell {
	for _, story := range peers.Stories {
		for _, cell := range peers.Cells(peers.HandMade(c.Flaw), story) {
			if story.ID == c.Story && cell.Question.Property == c.Property {
				return cell
			}
		}
	}
	panic("no cell " + c.Story + " " + c.Property)
}

// save writes the tape of a broken cell.
func save(out peers.Outcome) {
	if out.Tape == "" {
		return
	}
	t, err := tape.Parse([]byte(out.Tape))
	Expect(err).NotTo(HaveOccurred())
	library := strings.ReplaceAll(out.Peer.Library, "/", "-")
	_, err = corpus.Save(filepath.Join(peerTapes, library, out.Peer.Property), t)
	Expect(err).NotTo(HaveOccurred())
}

// settings are those of the suite: peers take its seed and its runs.
func settings() peers.Settings {
	set := peers.Settings{Seed: 1, Runs: 200}
	if text := given("squall.seed"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		Expect(err).NotTo(HaveOccurred())
		set.Seed = seed
	}
	if text := given("squall.runs"); text != "" {
		runs, err := strconv.Atoi(text)
		Expect(err).NotTo(HaveOccurred())
		set.Runs = runs
	}
	return set
}

func given(name string) string { return flag.Lookup(name).Value.String() }

func hasFailpoints() bool {
	for _, m := range faults.Markers() {
		if m.Line > 0 {
			return true
		}
	}
	return false
}
