package soak

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/squall-go/squall/harness/batch"
)

// Merged is any number of shards put together.
type Merged struct {
	*State   // of all shards; its Done says nothing
	Findings []*batch.Finding
	Shards   []ShardInfo
	// Problems are directories that are missing or torn, and shards that do not
	// fit together: a line each.
	Problems []string
	// Unread is how many of the directories could not be read.
	Unread int
}

// ShardInfo is one directory that was merged.
type ShardInfo struct {
	Dir      string
	Seed     uint64
	Shard    Shard
	Runs     int64
	Elapsed  time.Duration
	Finished bool
}

// Merge reads the shards in dirs and puts them together, whatever is missing. It
// does not depend on the order of dirs. Of two directories with one shard of one
// seed, the one with more runs counts. The error says that not one could be read.
func Merge(dirs []string) (*Merged, error) {
	m := &Merged{State: newState(0, Shard{1, 1}, 0)}
	best := map[string]*part{}
	for _, dir := range slices.Sorted(slices.Values(dirs)) {
		p, err := readPart(dir)
		if err != nil {
			m.Problems = append(m.Problems, err.Error())
			m.Unread++
			continue
		}
		key := fmt.Sprintf("seed %d shard %v", p.state.Seed, p.state.Shard)
		if other := best[key]; other != nil {
			kept, dropped := longer(other, p)
			m.Problems = append(m.Problems, fmt.Sprintf("soak: %s and %s are both %s; the first counts, it has more runs", kept.dir, dropped.dir, key))
			p = kept
		}
		best[key] = p
	}
	if len(best) == 0 {
		return nil, nothingToMerge(m.Problems)
	}
	found := &store{known: map[string]*batch.Finding{}}
	for _, key := range sortedKeys(best) {
		m.take(best[key], found)
	}
	m.missing(best)
	m.Findings = slices.Collect(maps.Values(found.known))
	sortFindings(m.Findings)
	return m, nil
}

// nothingToMerge says it of the first directory: a line that names hundreds is no
// line.
func nothingToMerge(problems []string) error {
	switch len(problems) {
	case 0:
		return errors.New("soak: nothing to merge: no directory is named")
	case 1:
		return errors.New(problems[0])
	}
	return fmt.Errorf("%s (and %d more directories)", problems[0], len(problems)-1)
}

// part is one directory.
type part struct {
	dir      string
	state    *State
	findings []*batch.Finding
	torn     []string
}

func readPart(dir string) (*part, error) {
	state, err := ReadState(dir)
	if err != nil {
		return nil, err
	}
	findings, torn, err := ReadFindings(dir)
	if err != nil {
		return nil, err
	}
	return &part{dir, state, findings, torn}, nil
}

func longer(a, b *part) (longer, shorter *part) {
	runsA, _ := a.state.Totals()
	runsB, _ := b.state.Totals()
	if runsB > runsA {
		return b, a
	}
	return a, b
}

func (m *Merged) take(p *part, found *store) {
	s := p.state
	runs, _ := s.Totals()
	m.Shards = append(m.Shards, ShardInfo{p.dir, s.Seed, s.Shard, runs, s.Elapsed, s.Finished})
	m.Problems = append(m.Problems, p.torn...)
	if !s.Finished {
		m.Problems = append(m.Problems, fmt.Sprintf("soak: %s did not come to its end: it was stopped or killed, or is still running", p.dir))
	}
	if len(m.Shards) == 1 {
		m.Version, m.Seed, m.Begun, m.Runs = s.Version, s.Seed, s.Begun, s.Runs
	}
	if m.Seed != s.Seed {
		m.Problems = append(m.Problems, fmt.Sprintf("soak: %s is of seed %d, others of %d: their runs are added, not shared out", p.dir, s.Seed, m.Seed))
	}
	if s.Begun.Before(m.Begun) {
		m.Begun = s.Begun
	}
	m.Elapsed = max(m.Elapsed, s.Elapsed)
	m.add(s)
	for _, f := range p.findings {
		if old := found.known[f.Kind()]; old == nil || earlier(f, old) {
			found.known[f.Kind()] = f
		}
	}
}

// add adds the counts of a shard.
func (m *Merged) add(s *State) {
	for _, scenario := range s.Scenarios {
		if !slices.ContainsFunc(m.Scenarios, func(known batch.Scenario) bool { return known.ID == scenario.ID }) {
			m.Scenarios = append(m.Scenarios, scenario)
		}
	}
	for _, site := range s.Sites {
		if !slices.ContainsFunc(m.Sites, func(known batch.Site) bool { return known.Name == site.Name }) {
			m.Sites = append(m.Sites, site)
		}
	}
	for id, t := range s.Tallies {
		m.tally(id).add(t)
	}
	for name, c := range s.Controls {
		if old := m.Controls[name]; old == nil || !c.Caught {
			m.Controls[name] = c
		}
	}
	maps.Copy(m.Handovers, s.Handovers)
	m.Series = addSeries(m.Series, s.Series)
	m.Incidents.Count += s.Incidents.Count
	m.Incidents.Last = append(m.Incidents.Last, s.Incidents.Last...)
	slices.SortStableFunc(m.Incidents.Last, func(a, b Incident) int { return a.At.Compare(b.At) })
	if extra := len(m.Incidents.Last) - 100; extra > 0 {
		m.Incidents.Last = m.Incidents.Last[extra:]
	}
}

func (t *Tally) add(o *Tally) {
	t.Batches += o.Batches
	t.Runs += o.Runs
	t.Steps += o.Steps
	t.Hash += o.Hash
	for site, byFault := range o.Struck {
		for fault, n := range byFault {
			t.strike(site, fault, n)
		}
	}
	for _, kind := range sortedKeys(o.Failed) {
		t.fail(kind, o.Failed[kind])
	}
	for _, fact := range sortedKeys(o.Facts) {
		t.fact(fact, o.Facts[fact])
	}
}

// addSeries adds two curves: runs add up, coverage is at least the larger one.
func addSeries(a, b []Point) []Point {
	if len(a) == 0 || len(b) == 0 {
		return append(a, b...)
	}
	times := map[time.Duration]bool{}
	for _, p := range append(slices.Clone(a), b...) {
		times[p.At] = true
	}
	var sum []Point
	for _, at := range sortedKeys(times) {
		p, q := valueAt(a, at), valueAt(b, at)
		sum = append(sum, Point{At: at, Runs: p.Runs + q.Runs, Cells: max(p.Cells, q.Cells), Handovers: max(p.Handovers, q.Handovers), Findings: max(p.Findings, q.Findings)})
	}
	for len(sum) > maxPoints {
		sum = everySecond(sum)
	}
	return sum
}

// valueAt is the last point of the curve up to at.
func valueAt(curve []Point, at time.Duration) (last Point) {
	for _, p := range curve {
		if p.At <= at {
			last = p
		}
	}
	return last
}

// missing tells shards that nobody gave: the first ones, and how many there are
// more. How many there should be is a number from a file.
func (m *Merged) missing(parts map[string]*part) {
	given := map[string]int{} // by seed and number of shards
	for _, p := range parts {
		given[ofWhat(p.state)]++
	}
	told := map[string]bool{}
	for _, key := range sortedKeys(parts) {
		s := parts[key].state
		if told[ofWhat(s)] {
			continue
		}
		told[ofWhat(s)] = true
		left := s.Shard.Of - given[ofWhat(s)]
		for n := 1; left > 0 && n <= len(parts)+maxMissing; n++ {
			want := fmt.Sprintf("seed %d shard %v", s.Seed, Shard{n, s.Shard.Of})
			if parts[want] == nil {
				m.Problems = append(m.Problems, "soak: "+want+" is missing")
				left--
			}
		}
		if left > 0 {
			m.Problems = append(m.Problems, fmt.Sprintf("soak: %s: %d more shards are missing", ofWhat(s), left))
		}
	}
}

const maxMissing = 20

func ofWhat(s *State) string { return fmt.Sprintf("seed %d of %d", s.Seed, s.Shard.Of) }
