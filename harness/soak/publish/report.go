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
	Complete bool     // every shard is there, whole, at its end, and of one soak with the others
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
	ReplayIn      string  // the directory that the replay commands are to be typed in, "" if any will do
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
func Of(m *soak.Merged, given ...Option) *Report {
	o := optionsOf(given)
	r := &Report{
		Version: cmp.Or(line(m.Version, short), "unknown"), Seed: strconv.FormatUint(m.Seed, 10), Begun: moment(m.Begun), Elapsed: m.Elapsed,
		Complete: complete(m), Problems: m.Problems, Blind: m.Blind(), Curve: curve(m.Series),
	}
	r.Runs, r.Steps = m.Totals()
	r.incidents(m.Incidents)
	r.shards(m.Shards)
	r.findings(m, o.replay)
	if m.Short > 0 {
		r.Cut = append(r.Cut, "the dumps and pictures of "+plural(int64(m.Short), "finding", "findings")+" are left out: all together are too large; the shards' own files have them")
	}
	r.ReplayIn = line(o.dir, long)
	r.scenarios(m)
	r.controls(m)
	r.Coverage = coverageOf(m.State)
	r.Verdict = judge(m)
	r.Problems = r.sentences(r.Problems, "problems")
	r.Blind = r.sentences(r.Blind, "reasons why it was blind")
	if r.Coverage.Cut > 0 {
		r.left(r.Coverage.Cut, "failpoints and faults")
	}
	return r
}

// complete reports whether everything is there, and belongs there.
func complete(m *soak.Merged) bool {
	return m.Finished && m.Unlike == 0 && m.Torn == 0
}

// judge is the verdict: the worst of what was found; at least inconclusive if the
// soak is not complete.
func judge(m *soak.Merged) result.Verdict {
	verdict := soak.Verdict(m.State, m.Findings)
	if !complete(m) {
		verdict = result.Worst(verdict, result.Inconclusive)
	}
	return verdict
}

func (r *Report) shards(infos []soak.ShardInfo) {
	for _, s := range infos {
		r.Shards = append(r.Shards, Shard{
			Dir: line(s.Dir, short), Seed: strconv.FormatUint(s.Seed, 10), Name: s.Shard.String(),
			Runs: s.Runs, Elapsed: s.Elapsed, Finished: s.Finished,
		})
	}
	r.Shards = atMost(r, r.Shards, maxShards, "shards")
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

// curve is the series in order of time; package soak has thinned it.
func curve(series []soak.Point) []soak.Point {
	points := slices.Clone(series)
	slices.SortStableFunc(points, func(a, b soak.Point) int { return cmp.Compare(a.At, b.At) })
	return points
}

// lostKinds are the kinds that the shards counted and nobody tells of.
func lostKinds(m *soak.Merged) (lost []Lost) {
	for _, l := range soak.Lost(m.State, m.Findings) {
		lost = append(lost, Lost{Scenario: line(l.Scenario, short), Kind: line(l.Kind, long), Runs: l.Runs, Verdict: l.Verdict})
	}
	return lost
}

func isCanary(s *soak.State, id string) bool {
	return slices.ContainsFunc(s.Scenarios, func(known batch.Scenario) bool { return known.ID == id && known.Canary })
}
