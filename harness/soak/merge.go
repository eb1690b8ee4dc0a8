package soak

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
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
	// Unread is how many of the directories could not be read, Missing how many
	// shards nobody gave, Unlike how many are no part of one soak with the others.
	Unread, Missing, Unlike int
	// Torn is how many files of findings could not be read, or are left out.
	Torn int
	// Short is how many findings are here without dump and pictures, since those of
	// all together would not fit into memory. Their files have them.
	Short int
	// Dirs are those whose findings were taken: also of a shard that is unread, or
	// that another directory has with more runs.
	Dirs []string
}

// Blind is [State.Blind] of all shards. For what was not run the way out may be the
// shards that are not there.
func (m *Merged) Blind() []string {
	switch {
	case m.Missing > 0 || m.Unread > 0:
		return m.blind("give the shards that are missing")
	case !m.Finished:
		return m.blind("go on by --resume with the shards that did not come to their end")
	}
	return m.blind(more)
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
// does not depend on the order of dirs. A directory that is named twice counts once;
// of two directories with one shard of one seed, the one with more runs counts. The
// whole is finished if every shard is there and is finished. What was found counts
// wherever it is: in a directory whose state cannot be read, and in the shorter of
// two. The error says that there is neither a state nor a finding that can be read.
func Merge(dirs []string) (*Merged, error) {
	m := &Merged{State: newState(0, Shard{1, 1}, 0)}
	best := map[string]*part{}
	found := &gathered{known: map[string]*batch.Finding{}}
	for _, dir := range distinct(dirs) {
		p, err := m.readPart(dir, found)
		if err != nil {
			m.Problems = append(m.Problems, err.Error())
			m.Unread++
			continue
		}
		key := fmt.Sprintf("seed %d shard %v", p.state.Seed, p.state.Shard)
		if other := best[key]; other != nil {
			kept, dropped, why := longer(other, p)
			m.Problems = append(m.Problems, fmt.Sprintf("soak: %s and %s are both %s; the first counts, %s", kept.dir, dropped.dir, key, why))
			p = kept
		}
		best[key] = p
	}
	if len(best) == 0 && len(found.known) == 0 {
		return nil, nothingToMerge(m.Problems)
	}
	m.Finished = true
	for _, key := range sortedKeys(best) {
		m.take(best[key])
	}
	m.compare(best)
	m.missing(best)
	m.Finished = m.Finished && m.Missing == 0 && m.Unread == 0
	m.Findings, m.Short = found.list()
	if found.more > 0 {
		m.Problems = append(m.Problems, fmt.Sprintf("soak: %d findings are left out: there are %d kinds already; merge fewer directories at a time", found.more, maxMerged))
		m.Torn += found.more
	}
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
	dir   string
	state *State
}

// readPart reads a directory, and takes its findings whatever became of the state.
func (m *Merged) readPart(dir string, found *gathered) (*part, error) {
	state, err := ReadState(dir)
	findings := 0
	torn, unread := eachFinding(dir, func(f *batch.Finding, size int64) {
		findings++
		found.take(f, size)
	})
	m.Torn += len(torn)
	m.Problems = append(m.Problems, torn...)
	if state != nil || findings > 0 {
		m.Dirs = append(m.Dirs, dir)
	}
	return &part{dir, state}, cmp.Or(err, unread)
}

func longer(a, b *part) (longer, shorter *part, why string) {
	runsA, _ := a.state.Totals()
	runsB, _ := b.state.Totals()
	switch {
	case runsB > runsA:
		return b, a, "it has more runs"
	case runsB < runsA:
		return a, b, "it has more runs"
	}
	return a, b, "they have as many runs"
}

// distinct sorts the directories, and leaves out those that are one by another
// name.
func distinct(dirs []string) (list []string) {
	known := map[string]bool{}
	for _, dir := range slices.Sorted(slices.Values(dirs)) {
		real, err := filepath.EvalSymlinks(dir)
		if err == nil {
			real, err = filepath.Abs(real)
		}
		if err != nil {
			real = filepath.Clean(dir) // whoever reads it says why
		}
		if !known[real] {
			known[real] = true
			list = append(list, dir)
		}
	}
	return list
}

func (m *Merged) take(p *part) {
	s := p.state
	runs, _ := s.Totals()
	m.Shards = append(m.Shards, ShardInfo{p.dir, s.Seed, s.Shard, runs, s.Elapsed, s.Finished})
	m.Finished = m.Finished && s.Finished
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
	for _, name := range s.Unended {
		m.unend(name)
	}
	maps.Copy(m.Handovers, s.Handovers)
	m.Series = addSeries(m.Series, s.Series)
	m.GivenUp += s.GivenUp
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
	return thinned(sum)
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
		m.Missing += left
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
