package harness

import (
	"fmt"
	"slices"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/tape"
)

// peer is a story that another library is put through: a spec of the suite, and
// no scenario. Its verdict is information.
type peer struct {
	listed  result.Listed
	version int
}

var peers []peer

// RegisterPeer makes a story of another library known to squall list, to --focus
// and to replay, by its id; the text of its spec has to begin with the id. Version
// is that of its tapes.
func RegisterPeer(id, title, path string, version int, properties []string) {
	listed := result.Listed{ID: id, Title: title, Source: path, Properties: properties, Controls: []string{}, Peer: true}
	if i := findPeer(id); i >= 0 {
		peers[i] = peer{listed, version} // Ginkgo makes the tree twice
		return
	}
	peers = append(peers, peer{listed, version})
}

func findPeer(id string) int {
	return slices.IndexFunc(peers, func(p peer) bool { return p.listed.ID == id })
}

// checkPeerTape reports whether the tape is of a peer; the error says why it does
// not fit.
func checkPeerTape(t *tape.Tape) (ofPeer bool, err error) {
	i := findPeer(t.Scenario)
	if i < 0 {
		return false, nil
	}
	if now := peers[i].version; t.Version != now {
		return true, fmt.Errorf("recorded by version %d of %s, which is at version %d now; %s",
			t.Version, t.Scenario, now, recordAgain(t))
	}
	return true, t.Plan().Check()
}
