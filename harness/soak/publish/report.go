package publish

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/soak"
)

// Report is a merged soak, ready to be shown.
type Report struct {
	Version  string
	Verdict  result.Verdict
	Seed     string // decimal: programs that read JSON spoil large numbers
	Begun    time.Time
	Elapsed  time.Duration // of the longest shard
	Runs     int64
	Steps    int64
	Shards   []Shard
	Problems []string // what is missing or torn
	Blind    []string // what the soak should have seen and did not
	Lost     []Lost
	Canary   string // what became of it
	// IncidentCount counts them all, Incidents are the last ones.
	IncidentCount int64
	Incidents     []soak.Incident
	Properties    []string // that any scenario has, or broke
	Scenarios     []Scenario
	Controls      []Control
	Coverage      Coverage
	Curve         []soak.Point
	Findings      []*Finding
	Nights        []Night // see [ReadTrend]; the last one is this one
	// Cut says what was left out since there was too much of it.
	Cut []string
}

// Shard is one directory.
type Shard struct {
	Dir      string
	Seed     string
	Name     string // "2/5"
	Runs     int64
	Elapsed  time.Duration
	Finished bool
}

// Lost is a kind of failure that was counted, and of which there is no finding.
type Lost struct {
	Scenario string
	Kind     string
	Runs     int64
	Verdict  result.Verdict
}

// How much of each there is at most: what is more is left out, which is told.
const (
	maxScenarios  = 400
	maxProperties = 24
	maxControls   = 1500
	maxSites      = 600
	maxFaults     = 32
	maxFindings   = 1000
	maxProblems   = 200
	maxShards     = 2000

	short = 200      // bytes of a name
	long  = 600      // of a sentence
	body  = 64 << 10 // of a text in lines
)

// Of makes the report of a merged soak.
func Of(m *soak.Merged) *Report {
	r := &Report{
		Version: line(m.Version, short), Seed: strconv.FormatUint(m.Seed, 10), Begun: moment(m.Begun), Elapsed: m.Elapsed,
		Problems: m.Problems, Blind: m.Blind(), Curve: curve(m.Series),
	}
	r.Runs, r.Steps = m.Totals()
	r.incidents(m.Incidents)
	complete := r.shards(m.Shards)
	r.findings(m)
	r.scenarios(m)
	r.controls(m)
	r.Coverage = coverageOf(m.State)
	r.Verdict = r.judge(m, complete)
	r.Problems = r.sentences(r.Problems, "problems")
	r.Blind = r.sentences(r.Blind, "reasons why it was blind")
	if r.Coverage.Cut > 0 {
		r.left(r.Coverage.Cut, "failpoints and faults")
	}
	return r
}

// judge is the verdict: the worst of what was found; at least inconclusive if
// something is not there.
func (r *Report) judge(m *soak.Merged, complete bool) result.Verdict {
	verdict := soak.Verdict(m.State, m.Findings)
	for _, l := range r.Lost {
		verdict = result.Worst(verdict, l.Verdict)
	}
	if !complete || m.Unread > 0 {
		verdict = result.Worst(verdict, result.Inconclusive)
	}
	return verdict
}

// shards reports whether every shard is there and came to its end.
func (r *Report) shards(infos []soak.ShardInfo) (complete bool) {
	complete = true
	type whole struct {
		seed uint64
		of   int
	}
	seen := map[whole]int{}
	for _, s := range infos {
		complete = complete && s.Finished
		seen[whole{s.Seed, s.Shard.Of}]++
		r.Shards = append(r.Shards, Shard{
			Dir: line(s.Dir, short), Seed: strconv.FormatUint(s.Seed, 10), Name: s.Shard.String(),
			Runs: s.Runs, Elapsed: s.Elapsed, Finished: s.Finished,
		})
	}
	for w, n := range seen {
		complete = complete && n >= w.of
	}
	r.Shards = atMost(r, r.Shards, maxShards, "shards")
	return complete
}

func (r *Report) incidents(i soak.Incidents) {
	r.IncidentCount = i.Count
	for _, one := range i.Last[max(0, len(i.Last)-100):] {
		r.Incidents = append(r.Incidents, soak.Incident{At: moment(one.At), Text: line(one.Text, long)})
	}
}

func (r *Report) sentences(list []string, what string) (clean []string) {
	for _, text := range atMost(r, list, maxProblems, what) {
		clean = append(clean, line(text, long))
	}
	return clean
}

// atMost is the first n of the list; what is left out is told.
func atMost[T any](r *Report, list []T, n int, what string) []T {
	if len(list) <= n {
		return list
	}
	r.left(len(list)-n, what)
	return list[:n]
}

func (r *Report) left(n int, what string) {
	r.Cut = append(r.Cut, strconv.Itoa(n)+" "+what+" are left out: there are too many to show")
}

// curve is the series in order of time.
func curve(series []soak.Point) []soak.Point {
	points := slices.Clone(series)
	slices.SortStableFunc(points, func(a, b soak.Point) int { return cmp.Compare(a.At, b.At) })
	for len(points) > 600 {
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

// lostKinds are the kinds that the shards counted and nobody tells of.
func lostKinds(m *soak.Merged) (lost []Lost) {
	told := map[string]bool{}
	for _, f := range m.Findings {
		if f.Control == "" {
			told[f.Scenario+" "+batch.Kind(f.Signature)] = true
		}
	}
	for _, id := range sortedIDs(m.Tallies) {
		if isCanary(m.State, id) {
			continue
		}
		for _, kind := range sortedKeys(m.Tallies[id].Failed) {
			if n := m.Tallies[id].Failed[kind]; n > 0 && !told[id+" "+kind] {
				lost = append(lost, Lost{Scenario: line(id, short), Kind: line(kind, long), Runs: n, Verdict: verdictOf(kind)})
			}
		}
	}
	return lost
}

func isCanary(s *soak.State, id string) bool {
	return slices.ContainsFunc(s.Scenarios, func(known batch.Scenario) bool { return known.ID == id && known.Canary })
}

// verdictOf is the verdict that a kind of signature stands for.
func verdictOf(kind string) result.Verdict {
	var v result.Verdict
	if v.UnmarshalText([]byte(kind)) == nil && v != result.Held {
		return v
	}
	return result.Broken
}
