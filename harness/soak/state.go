package soak

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/internal/atomicfile"
)

// Format is the version of the files that a soak writes.
const Format = 1

// State is all that a shard knows but its findings: the file soak.json. It is
// replaced as a whole every few seconds, so that a soak which is killed loses
// those few seconds of counts.
type State struct {
	Format    int              `json:"format"`
	Version   string           `json:"version"` // of Squall
	Seed      uint64           `json:"seed"`
	Shard     Shard            `json:"shard"`
	Runs      int64            `json:"runs_wanted,omitempty"` // of all shards together; 0 for no limit
	Begun     time.Time        `json:"begun"`
	Elapsed   time.Duration    `json:"elapsed_ns"` // of soaking, over all its resumptions
	Finished  bool             `json:"finished"`   // it came to its end, and was not killed
	Scenarios []batch.Scenario `json:"scenarios"`
	Sites     []batch.Site     `json:"sites"`
	Done      done             `json:"done"`
	// Tallies are by scenario, Controls by "S3/cancels-siblings".
	Tallies   map[string]*Tally   `json:"tallies"`
	Controls  map[string]*Caught  `json:"controls"`
	Handovers map[string]struct{} `json:"-"`
	Series    []Point             `json:"series"`
	Incidents Incidents           `json:"incidents"`
	// Unended are scenarios and controls with a batch that was begun, and given up
	// when the soak was over. Sorted.
	Unended []string `json:"unended,omitempty"`
	// GivenUp counts the batches that are done and were not run whole: too many
	// workers died of them, or refused them.
	GivenUp int64 `json:"given_up,omitempty"`
}

// Tally is what the batches of one scenario came to.
type Tally struct {
	Batches int64 `json:"batches"`
	Runs    int64 `json:"runs"`
	Steps   int64 `json:"steps"`
	// Hash is that of all batches, in whatever order they were run.
	Hash   uint64                      `json:"hash"`
	Struck map[string]map[string]int64 `json:"struck"` // by failpoint and fault
	Failed map[string]int64            `json:"failed"` // runs by kind of signature
	Facts  map[string]bool             `json:"facts"`  // seen or not
}

// Caught is what became of a control.
type Caught struct {
	Caught bool  `json:"caught"`
	Runs   int64 `json:"runs"` // until it was
}

// Point is a place on the curves over time.
type Point struct {
	At        time.Duration `json:"at_ns"`
	Runs      int64         `json:"runs"`
	Cells     int           `json:"cells"` // of failpoints and faults that have struck
	Handovers int           `json:"handovers"`
	Findings  int           `json:"findings"`
}

// maxPoints bounds the curves: when there are more, every second one goes.
const maxPoints = 600

// Incidents are what happened to the soak itself: workers that were killed, files
// that could not be written.
type Incidents struct {
	Count int64      `json:"count"`
	Last  []Incident `json:"last"` // at most 100
}

// Incident is one of them.
type Incident struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

func (i *Incidents) add(at time.Time, text string) {
	i.Count++
	i.Last = append(i.Last, Incident{At: at, Text: fmt.Sprintf("%.2000s", text)})
	if len(i.Last) > 100 {
		i.Last = i.Last[1:]
	}
}

func newState(seed uint64, shard Shard, runs int64) *State {
	return &State{
		Format: Format, Seed: seed, Shard: shard, Runs: runs,
		Tallies: map[string]*Tally{}, Controls: map[string]*Caught{}, Handovers: map[string]struct{}{}, Series: []Point{},
	}
}

// add counts a batch that is over.
func (s *State) add(o *batch.Outcome) {
	s.Done.add(o.Index, s.Shard)
	if o.Control != "" {
		s.Controls[o.Scenario+"/"+o.Control] = &Caught{Caught: o.Caught, Runs: o.Runs}
		return
	}
	t := s.tally(o.Scenario)
	t.Batches++
	t.Runs += o.Runs
	t.Steps += o.Steps
	t.Hash += engine.Fold(uint64(o.Index), engine.HashString(o.Hash))
	for _, struck := range o.Struck {
		t.strike(struck.Site, struck.Fault, struck.Count)
	}
	for _, f := range o.Failed {
		s.fail(t, f.Kind, f.Count)
	}
	for _, fact := range o.Facts {
		t.fact(fact, true)
	}
	for _, fact := range o.Unseen {
		t.fact(fact, false)
	}
	for _, h := range o.Handovers {
		if len(s.Handovers) < maxHandovers {
			s.Handovers[h] = struct{}{}
		}
	}
}

// What a state holds at most in all, so that it can be written every few seconds and is
// always read again. Failpoints and scenarios bound the coverage long before, unless a
// suite makes up names as it runs.
const (
	maxKinds     = 10_000
	maxHandovers = 50_000
)

// fail counts failures of t; those of one kind too many as [otherKinds].
func (s *State) fail(t *Tally, kind string, n int64) {
	if _, known := t.Failed[kind]; !known && s.kinds() >= maxKinds {
		kind = otherKinds
	}
	t.fail(kind, n)
}

func (s *State) kinds() (n int) {
	for _, t := range s.Tallies {
		n += len(t.Failed)
	}
	return n
}

// unend notes that a batch of the scenario or control was begun, and given up.
func (s *State) unend(name string) {
	if at, known := slices.BinarySearch(s.Unended, name); !known {
		s.Unended = slices.Insert(s.Unended, at, name)
	}
}

func (s *State) tally(scenario string) *Tally {
	t := s.Tallies[scenario]
	if t == nil {
		t = &Tally{Struck: map[string]map[string]int64{}, Failed: map[string]int64{}, Facts: map[string]bool{}}
		s.Tallies[scenario] = t
	}
	return t
}

func (t *Tally) strike(site, fault string, n int64) {
	if t.Struck[site] == nil {
		t.Struck[site] = map[string]int64{}
	}
	t.Struck[site][fault] += n
}

// otherKinds is where failures are counted when there are maxFindings kinds in the
// scenario, or maxKinds in the state.
const otherKinds = "other kinds"

func (t *Tally) fail(kind string, n int64) {
	if _, known := t.Failed[kind]; !known && len(t.Failed) >= maxFindings {
		kind = otherKinds
	}
	t.Failed[kind] += n
}

func (t *Tally) fact(name string, seen bool) {
	if _, known := t.Facts[name]; known || len(t.Facts) < maxFindings {
		t.Facts[name] = t.Facts[name] || seen
	}
}

// Totals are the runs and steps of all scenarios.
func (s *State) Totals() (runs, steps int64) {
	for _, t := range s.Tallies {
		runs += t.Runs
		steps += t.Steps
	}
	return runs, steps
}

// Cells is how many pairs of a failpoint and a fault have struck.
func (s *State) Cells() int {
	cells := map[string]bool{}
	for _, t := range s.Tallies {
		for site, faults := range t.Struck {
			for fault := range faults {
				cells[site+" "+fault] = true
			}
		}
	}
	return len(cells)
}

// point adds to the curves. The last point moves along until it is far enough from
// the one before: what is long ago must not be thinned out by what is new.
func (s *State) point(findings int) {
	runs, _ := s.Totals()
	p := Point{At: s.Elapsed, Runs: runs, Cells: s.Cells(), Handovers: len(s.Handovers), Findings: findings}
	if n := len(s.Series); n > 1 && s.Series[n-1].At-s.Series[n-2].At < s.Elapsed/maxPoints {
		s.Series[n-1] = p
	} else {
		s.Series = append(s.Series, p)
	}
	s.Series = thinned(s.Series)
}

// thinned is at most maxPoints of them, the first and the last among them.
func thinned(points []Point) []Point {
	for len(points) > maxPoints {
		kept := points[:0]
		for i, p := range points {
			if i%2 == 0 || i == len(points)-1 {
				kept = append(kept, p)
			}
		}
		points = kept
	}
	return points
}

// stored is the state as it is written.
type stored struct {
	*State
	Handovers []string `json:"handovers"`
}

func (s *State) write(dir string) error {
	data, err := json.Marshal(stored{State: s, Handovers: slices.Sorted(maps.Keys(s.Handovers))})
	if err != nil {
		return fmt.Errorf("soak: state: %w", err)
	}
	return atomicfile.Write(filepath.Join(dir, stateFile), append(data, '\n'))
}

const stateFile = "soak.json"

// maxShards bounds what a file may say of their number: each that is missing is told.
const maxShards = 10_000

// maxState bounds what is read: no soak writes that much.
const maxState = 64 << 20

// ReadState reads the state of a shard. The error names the file.
func ReadState(dir string) (*State, error) {
	path := filepath.Join(dir, stateFile)
	data, err := readLimited(path, maxState)
	if err != nil {
		return nil, fmt.Errorf("%w; name a directory that squall soak --out has made", err)
	}
	s := stored{State: newState(0, Shard{}, 0)}
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("soak: %s: not the state of a soak, or cut short: %w; restore it, or do without its directory", path, err)
	}
	if s.Format != Format {
		return nil, fmt.Errorf("soak: %s: its format is %d, and this version reads %d; merge it with the version that wrote it (%s)", path, s.Format, Format, cmp.Or(s.Version, "unknown"))
	}
	if s.Shard.Of < 1 || s.Shard.Of > maxShards || s.Shard.Number < 1 || s.Shard.Number > s.Shard.Of {
		return nil, fmt.Errorf("soak: %s: there is no shard %v: it was changed; restore it, or do without its directory", path, s.Shard)
	}
	for _, h := range s.Handovers {
		s.State.Handovers[h] = struct{}{}
	}
	s.complete()
	if err := s.countable(); err != nil {
		return nil, fmt.Errorf("soak: %s: %w: it was changed; restore it, or do without its directory", path, err)
	}
	s.Series = thinned(s.Series)
	return s.State, nil
}

// complete makes the maps that a file may have left out.
func (s *State) complete() {
	if s.Tallies == nil {
		s.Tallies = map[string]*Tally{}
	}
	for id, t := range s.Tallies {
		whole := Tally{Struck: map[string]map[string]int64{}, Failed: map[string]int64{}, Facts: map[string]bool{}}
		if t != nil {
			whole.Batches, whole.Runs, whole.Steps, whole.Hash = t.Batches, t.Runs, t.Steps, t.Hash
			maps.Copy(whole.Struck, t.Struck)
			maps.Copy(whole.Failed, t.Failed)
			maps.Copy(whole.Facts, t.Facts)
		}
		s.Tallies[id] = &whole
	}
	controls := map[string]*Caught{}
	for name, c := range s.Controls {
		if c != nil {
			controls[name] = c
		}
	}
	s.Controls = controls
}

func readLimited(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("soak: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("soak: %s: not a file of at most %d bytes", path, limit)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("soak: %w", err)
	}
	return data, nil
}
