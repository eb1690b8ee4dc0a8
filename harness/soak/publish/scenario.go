package publish

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/soak"
)

// Scenario is a row of the table of properties.
type Scenario struct {
	ID      string
	Title   string
	Source  string
	Verdict result.Verdict // held if it was run and nothing failed
	Anchor  string         // of a finding with that verdict, "" if there is none
	Runs    int64
	Steps   int64
	Struck  int64
	Failed  int64  // runs
	Caught  int    // controls
	Of      int    // controls
	Without string // why it has no control
	Cells   []Cell // one for each of Report.Properties
	Broken  []string
}

// Cell says what became of a property in a scenario.
type Cell struct {
	Property string
	Status   Status
	Runs     int64  // that broke it
	Anchor   string // of its finding, "" if there is none
}

// Status is one of the closed list below.
type Status string

// What can become of a property.
const (
	NotAsked Status = ""        // the scenario does not have it
	Unrun    Status = "not run" // nothing was run
	Kept     Status = "held"
	Failed   Status = "broken"
)

// Control is a deliberately broken variant.
type Control struct {
	Scenario string
	Name     string
	Done     bool // it was run
	Caught   bool
	Runs     int64
}

// always are judged in every scenario, whatever it declares.
var always = []string{"P-EXPECT"}

func (r *Report) scenarios(m *soak.Merged) {
	list := slices.Clone(m.Scenarios)
	for _, id := range sortedIDs(m.Tallies) {
		if !slices.ContainsFunc(list, func(s batch.Scenario) bool { return s.ID == id }) {
			list = append(list, batch.Scenario{ID: id, Title: "(the shards do not say what it is)"})
		}
	}
	slices.SortStableFunc(list, func(a, b batch.Scenario) int { return result.CompareIDs(a.ID, b.ID) })
	r.Lost = atMost(r, lostKinds(m), maxFindings, "kinds of lost findings")
	r.Properties = atMost(r, propertiesOf(list, m), maxProperties, "properties")
	for _, s := range list {
		if s.Canary {
			r.Canary = canary(m.Tallies[s.ID])
			continue
		}
		r.Scenarios = append(r.Scenarios, r.scenario(s, m))
	}
	r.Scenarios = atMost(r, r.Scenarios, maxScenarios, "scenarios")
}

func canary(t *soak.Tally) string {
	if t == nil || t.Runs == 0 {
		return "not run"
	}
	var failed int64
	for _, n := range t.Failed {
		failed += n
	}
	return fmt.Sprintf("found in %s of %s runs", count(failed), count(t.Runs))
}

// propertiesOf lists them in the order in which the scenarios declare them; what
// only failures name comes last.
func propertiesOf(list []batch.Scenario, m *soak.Merged) (all []string) {
	add := func(id string) {
		if id = line(id, 40); id != "" && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	for _, s := range list {
		for _, p := range s.Properties {
			add(p)
		}
	}
	for _, p := range always {
		add(p)
	}
	for _, f := range m.Findings {
		add(f.Property)
	}
	for _, id := range sortedIDs(m.Tallies) {
		for _, kind := range sortedKeys(m.Tallies[id].Failed) {
			add(propertyOf(kind))
		}
	}
	return all
}

// propertyOf is the property that a kind of signature says was broken, "" if it
// says none.
func propertyOf(kind string) string {
	first, _, _ := strings.Cut(kind, " ")
	switch {
	case strings.HasPrefix(first, "P-"):
		return first
	case first == "crash":
		return "P-CRASH"
	}
	return ""
}

func (r *Report) scenario(s batch.Scenario, m *soak.Merged) Scenario {
	row := Scenario{
		ID: line(s.ID, short), Title: line(s.Title, short), Source: line(s.Source, short), Without: line(s.NoControl, long),
		Verdict: result.Held, Of: len(s.Controls),
	}
	t := m.Tallies[s.ID]
	if t == nil {
		t = &soak.Tally{}
	}
	row.Runs, row.Steps, row.Struck = t.Runs, t.Steps, strikes(t)
	broken := map[string]int64{}
	for kind, n := range t.Failed {
		row.Failed += n
		broken[line(propertyOf(kind), 40)] += n
		if n > 0 {
			row.Verdict = result.Worst(row.Verdict, soak.VerdictOf(kind))
		}
	}
	anchors := map[string]string{}
	for _, f := range r.Findings {
		if f.Scenario == row.ID && f.Control == "" {
			row.Verdict = result.Worst(row.Verdict, f.Verdict)
			anchors[f.Property] = cmp.Or(anchors[f.Property], f.Anchor)
			broken[f.Property] = max(broken[f.Property], 1)
		}
	}
	if row.Runs == 0 {
		row.Verdict = result.Worst(row.Verdict, result.Vacuous)
	}
	for _, name := range s.Controls {
		switch c := m.Controls[s.ID+"/"+name]; {
		case c == nil:
		case c.Caught:
			row.Caught++
		default:
			row.Verdict = result.Worst(row.Verdict, result.Vacuous)
		}
	}
	row.Anchor = r.anchorOf(row)
	for _, p := range r.Properties {
		row.Cells = append(row.Cells, cell(s, p, row.Runs, broken[p], anchors[p]))
	}
	return row
}

// anchorOf is that of the first finding that tells why the row has its verdict.
func (r *Report) anchorOf(row Scenario) string {
	for _, f := range r.Findings {
		if f.Scenario == row.ID && f.Control == "" && f.Verdict == row.Verdict {
			return f.Anchor
		}
	}
	return ""
}

func cell(s batch.Scenario, property string, runs, broken int64, anchor string) Cell {
	c := Cell{Property: property, Runs: broken, Anchor: anchor}
	has := slices.Contains(always, property) || slices.ContainsFunc(s.Properties, func(p string) bool { return line(p, 40) == property })
	switch {
	case broken > 0:
		c.Status = Failed
	case !has:
		c.Status = NotAsked
	case runs == 0:
		c.Status = Unrun
	default:
		c.Status = Kept
	}
	return c
}

func strikes(t *soak.Tally) (sum int64) {
	for _, byFault := range t.Struck {
		for _, n := range byFault {
			sum += n
		}
	}
	return sum
}

func (r *Report) controls(m *soak.Merged) {
	for _, s := range m.Scenarios {
		for _, name := range s.Controls {
			c := Control{Scenario: line(s.ID, short), Name: line(name, short)}
			if got := m.Controls[s.ID+"/"+name]; got != nil {
				c.Done, c.Caught, c.Runs = true, got.Caught, got.Runs
			}
			r.Controls = append(r.Controls, c)
		}
	}
	slices.SortStableFunc(r.Controls, func(a, b Control) int { return result.CompareIDs(a.Scenario, b.Scenario) })
	r.Controls = atMost(r, r.Controls, maxControls, "controls")
}

func sortedIDs[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), result.CompareIDs)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
