package suites_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"strconv"
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
const peerTapes = ".squall/peers"

// controlRuns is within how many runs a flaw has to be caught, as for controls.
const controlRuns = 1000

// TestPeerCell explores one case in a process of its own; without an order it
// does nothing.
func TestPeerCell(t *testing.T) {
	if _, err := peers.Serve(); err != nil {
		t.Fatal(err)
	}
}

// Other libraries in our stories: the specs pass when the table was made,
// whatever it says of them. Ours has to hold.
var _ = Describe("peers", Label(harness.LabelPeers), func() {
	BeforeEach(func() {
		if given("squall.plan") != "" {
			Skip("a plan is given: peers are struck by storms of their own")
		}
		if !hasFailpoints() {
			Fail("vacuous: no failpoint is built into this test binary; run it with squall run, or with go test -overlay=$(squall overlay)")
		}
	})

	for _, c := range peers.Cases() {
		questions := c.Questions()
		if len(questions) == 0 {
			continue
		}
		var properties []string
		for _, q := range questions {
			properties = append(properties, q.Property)
		}
		harness.RegisterPeer(c.ID(), c.Story.Title, c.Library.Path, peers.Version, properties)
		It(c.ID()+" "+c.Story.Title, func() {
			set := settings()
			set.Known = replayed(c)
			outcomes, err := c.Explore(set, "TestPeerCell")
			Expect(err).NotTo(HaveOccurred())
			var failed []string
			for _, out := range outcomes {
				out.Peer.Tape = save(out)
				text := string(out.Peer.Verdict) + ": " + out.Peer.Detail + "\n" + out.Picture
				if set.Known != nil {
					out.Peer.Failure = text
				}
				harness.ReportPeers(out.Peer)
				AddReportEntry(out.Peer.Property, text, ReportEntryVisibilityFailureOrVerbose)
				if why := unacceptable(c.Library, out.Peer, set); why != "" {
					failed = append(failed, c.ID()+" "+out.Peer.Property+": "+why+"\n"+text)
				}
			}
			Expect(failed).To(BeEmpty())
		})
	}

	Context("controls", Label(harness.LabelControl), func() {
		BeforeEach(func() {
			if given("squall.replay") != "" {
				Skip("a tape is replayed")
			}
		})

		It("hold for a hand-made group without a flaw", func() {
			for _, story := range peers.Stories {
				for _, out := range (peers.Case{Library: peers.HandMade(peers.Sound), Story: story}).InProcess(settings()) {
					Expect(out.Peer.Verdict).To(Equal(result.Held), story.ID+" "+out.Peer.Property+": "+out.Peer.Detail+"\n"+out.Picture)
				}
			}
		})

		for _, flaw := range peers.Flaws {
			It(fmt.Sprintf("catch in a cell (%s/%s): %s", flaw.Story, flaw.Property, flaw.Flaw), func() {
				set := settings()
				set.Runs = max(set.Runs, controlRuns)
				out := flawed(flaw, set)
				AddReportEntry("caught", out.Peer.Detail+"\n"+out.Picture, ReportEntryVisibilityFailureOrVerbose)
				by := flaw.By
				if by == "" {
					by = flaw.Property
				}
				Expect(out.Peer.Verdict).To(Equal(result.Broken), out.Peer.Detail)
				Expect(out.Broke).To(Equal(by), out.Peer.Detail)
			})
		}
	})
})

// unacceptable says why a cell of the table cannot stay as it is. Of others any
// finding will do, as long as somebody has read it against the documentation;
// our own scope has to hold.
func unacceptable(l peers.Library, p result.Peer, set peers.Settings) string {
	found := p.Verdict == result.Broken || p.Verdict == result.Wedged
	switch {
	case set.Known != nil || p.Verdict == result.Held:
		return ""
	case l.Ours || !found:
		return "a cell of our own that did not hold, or one that was not found out"
	case p.Reading == "":
		return "broken, and nobody has read why; write a reading beside the adapter"
	}
	return ""
}

// replayed is the tape of the case to replay; another one skips the spec.
func replayed(c peers.Case) *tape.Tape {
	path := given("squall.replay")
	if path == "" {
		return nil
	}
	t, err := tape.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	if t.Scenario != c.ID() {
		Skip("another tape is replayed")
	}
	return t
}

// flawed is the outcome of the cell that has to catch the flaw.
func flawed(c peers.Caught, set peers.Settings) peers.Outcome {
	for _, story := range peers.Stories {
		if story.ID != c.Story {
			continue
		}
		for _, out := range (peers.Case{Library: peers.HandMade(c.Flaw), Story: story}).InProcess(set) {
			if out.Peer.Property == c.Property {
				return out
			}
		}
	}
	panic("no cell " + c.Story + " " + c.Property)
}

// save writes the tape of a broken cell and returns its path from the module's
// root.
func save(out peers.Outcome) string {
	if out.Tape == "" || given("squall.replay") != "" {
		return ""
	}
	t, err := tape.Parse([]byte(out.Tape))
	Expect(err).NotTo(HaveOccurred())
	property := filepath.Join(peerTapes, out.Peer.Property)
	path, err := corpus.Save(filepath.Join("..", property), t)
	Expect(err).NotTo(HaveOccurred())
	return filepath.ToSlash(filepath.Join(property, filepath.Base(filepath.Dir(path)), filepath.Base(path)))
}

// settings are those of the suite: peers take its seed and its runs.
func settings() peers.Settings {
	set := peers.Settings{Seed: 1, Runs: peerRuns}
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
