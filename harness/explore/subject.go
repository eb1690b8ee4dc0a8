package explore

import (
	"context"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/judge"
)

// Subject is what is run: a scenario, or one of its controls.
type Subject struct {
	ID      string // of the scenario
	Title   string
	Version int    // tapes of another version are not replayed
	Control string // name of the broken variant; "" for the real one
	Body    func(ctx context.Context, e *engine.Engine)
	// Faults says which faults may strike where. None: the scenario is about
	// schedules alone, and is not vacuous without a strike.
	Faults     []Allow
	Properties []judge.Property // judged in this order; the first finding counts
	Terms      judge.Terms
	Facts      []string        // must be seen at least once over the runs
	Durations  []time.Duration // of the scenario, for delays that fall on them
	Budget     time.Duration   // virtual time of a run; 0 is the engine's default
	MaxSteps   int             // of a run; 0 is the engine's default
	Mode       engine.Mode
}

// Allow lets faults strike at the failpoints that match Sites; see
// [faults.Site.Matches]. They strike where the failpoint allows them too.
type Allow struct {
	Sites string
	Kinds faults.Kind
}

// allowed is the table that the engine wants: faults by site id. It also says
// of which patterns nothing can strike, and why.
func (s *Subject) allowed() (table []faults.Kind, union faults.Kind, dead []string) {
	sites := faults.Sites()
	table = make([]faults.Kind, len(sites))
	for _, a := range s.Faults {
		for i, site := range sites {
			if site.Matches(a.Sites) {
				table[i] |= a.Kinds & site.Allows
				union |= table[i]
			}
		}
		if why := a.impossible(sites); why != "" {
			dead = append(dead, why)
		}
	}
	return table, union, dead
}

// Strikable is which faults may strike where, by the failpoint's name.
func (s *Subject) Strikable() map[string]faults.Kind {
	table, _, _ := s.allowed()
	kinds := map[string]faults.Kind{}
	for i, site := range faults.Sites() {
		if table[i] != 0 {
			kinds[site.String()] = table[i]
		}
	}
	return kinds
}
