// Peersdoc writes docs/peers.md and docs/peers.json, the peers' table, from the
// result of a run and from what package peers says of each library:
//
//	squall run --focus peers --json FILE
//	go run ./internal/peersdoc -result FILE -out docs
//
// The same run gives the same bytes on every machine with the same libraries. It
// refuses a reading of a cell that held: nobody would find out that it is stale.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/internal/atomicfile"
	"github.com/squall-go/squall/scenarios/peers"
)

func main() {
	from := flag.String("result", "", "`FILE` with the result of squall run --focus peers")
	out := flag.String("out", "docs", "`DIR` to write to")
	flag.Parse()
	if err := write(*from, *out); err != nil {
		fmt.Fprintln(os.Stderr, "peersdoc:", err)
		os.Exit(1)
	}
}

func write(from, out string) error {
	r, err := result.Read(from)
	if err != nil {
		return err
	}
	t, err := newTable(r)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(map[string]any{"peers": t.peers}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := atomicfile.Write(filepath.Join(out, "peers.json"), append(text, '\n')); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(out, "peers.md"), []byte(t.page()))
}

// patch is what does not matter of a Go version.
var patch = regexp.MustCompile(`^(go1\.\d+)\.\d+$`)

// place names a cell.
type place struct{ library, story, property string }

// table is the cells, complete.
type table struct {
	peers []result.Peer
	cells map[place]result.Peer
}

func newTable(r result.Result) (*table, error) {
	t := &table{cells: map[place]result.Peer{}}
	for _, p := range r.Peers {
		p.Version = patch.ReplaceAllString(p.Version, "$1")
		t.peers = append(t.peers, p)
		t.cells[place{p.Library, p.Scenario, p.Property}] = p
	}
	for _, c := range peers.Cases() {
		for _, q := range c.Questions() {
			if _, ok := t.cells[place{c.Library.Name, c.Story.ID, q.Property}]; !ok {
				return nil, fmt.Errorf("%s %s is not in the result; it has to be that of squall run --focus peers", c.ID(), q.Property)
			}
		}
	}
	return t, t.stale()
}

// stale finds a reading of no broken cell.
func (t *table) stale() error {
	for _, l := range peers.Libraries {
		for _, key := range slices.Sorted(maps.Keys(l.Readings)) {
			r, used := l.Readings[key], false
			for _, p := range t.peers {
				used = used || p.Library == l.Name && p.Reading == string(r.Kind)+": "+r.Text
			}
			if !used {
				return fmt.Errorf("%s has a reading of %q, and no such cell is broken; take it away", l.Name, key)
			}
		}
	}
	return nil
}
