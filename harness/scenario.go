package harness

import (
	"fmt"
	"slices"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
)

// Scenario is a story: a workload, the faults that may strike it, the
// guarantees that must hold whatever strikes, and the controls that prove that
// each guarantee can be seen to fail.
type Scenario struct {
	ID     string // "S3"; what --focus and tapes name
	Title  string // "supervisor fan-out"
	Source string // the account that tells the story
	// Version goes up when a change of the scenario makes old tapes meaningless.
	Version int
	// Faults says which faults may strike where.
	Faults []explore.Allow
	// Properties are judged in every run, in this order, by id: "P-BLAST". The
	// scenario's own expectations (P-EXPECT) and crashes are always judged.
	Properties []string
	// Terms are the bounds that the properties need.
	Terms judge.Terms
	// Facts must be seen, by Run.Sometimes, at least once over the runs.
	Facts []string
	// Durations of the workload, for injected delays that fall on them.
	Durations []time.Duration
	// Runs is the default number of runs; 0 is 500.
	Runs int
	// Budget is the virtual time of one run; 0 is an hour.
	Budget time.Duration
	// Mode is Controlled unless the scenario needs real parts (Wall).
	Mode engine.Mode
	// Body tells the story once.
	Body func(r *Run)
	// Controls are broken variants that must be caught. A scenario without one
	// says in NoControl why none can exist; exactly one of both is given.
	Controls  []Control
	NoControl string
}

// Control is a deliberately broken variant of a scenario.
type Control struct {
	Name  string // "cancels-siblings"
	Story string // what is wrong with it, in a few words
	// Breaks is the property that must catch it; another one, or a data race, does
	// not. P-SOMETIMES is one: then the verdict has to be vacuous, since no run shows
	// the fact Task.
	Breaks string
	// Task is a substring of the path of the task that the finding must name, or
	// of what it says.
	Task string
	Body func(r *Run)
	// Terms, if not nil, replace the scenario's.
	Terms *judge.Terms
	// Runs is the number of runs within which it must be caught; 0 is 1,000.
	Runs int
}

// Strike lets the faults in kinds strike at the failpoints that match sites: a
// full name, or a prefix that ends in "...".
func Strike(sites string, kinds faults.Kind) explore.Allow {
	return explore.Allow{Sites: sites, Kinds: kinds}
}

const (
	defaultRuns        = 500
	defaultControlRuns = 1000
)

// subject is the scenario itself, as the explorer runs it.
func (s *Scenario) subject() explore.Subject {
	return explore.Subject{
		ID: s.ID, Title: s.Title, Version: max(s.Version, 1), Body: adapt(s.Body),
		Faults: s.Faults, Properties: properties(s.Properties), Terms: s.Terms,
		Facts: s.Facts, Durations: s.Durations, Budget: s.Budget, Mode: mode(s.Mode),
	}
}

// control is one of the controls, as the explorer runs it: judged by the
// property that must catch it, and by nothing else.
func (s *Scenario) control(c Control) explore.Subject {
	subject := s.subject()
	subject.Control = c.Name
	subject.Body = adapt(c.Body)
	if c.Breaks == factsID {
		subject.Facts, subject.Properties = []string{c.Task}, nil
	} else {
		subject.Facts, subject.Properties = nil, []judge.Property{about(property(c.Breaks), c.Task)}
	}
	if c.Terms != nil {
		subject.Terms = *c.Terms
	}
	return subject
}

// otherwise is a control that was not caught, judged by all that the scenario is
// judged by, whichever task it is about.
func (s *Scenario) otherwise(c Control) explore.Subject {
	ids := slices.Clone(s.Properties)
	if !slices.Contains(ids, c.Breaks) {
		ids = append(ids, c.Breaks)
	}
	subject := s.control(c)
	subject.Facts, subject.Properties = nil, properties(ids)
	return subject
}

// caught reports whether the exploration of the control came to what it has to.
func (c *Control) caught(report *explore.Report) bool {
	if c.Breaks == factsID {
		return report.Verdict == explore.Vacuous && slices.Contains(report.Unseen, c.Task)
	}
	if report.Verdict != explore.Broken || report.Counterexample == nil {
		return false
	}
	broken := report.Counterexample.Findings[0].Property
	// Expectations may name other properties. A data race is found whatever is
	// judged, and catches nothing.
	return broken == c.Breaks || c.Breaks == judge.Expect.ID && broken != explore.RaceID
}

// check panics if the control cannot be caught at all: that is misuse.
func (c *Control) check(s *Scenario) {
	if c.Breaks != factsID {
		checkProperty(c.Breaks, fmt.Sprintf("control %q of scenario %q", c.Name, s.ID))
	} else if !slices.Contains(s.Facts, c.Task) {
		panic(fmt.Sprintf("harness: control %q of scenario %q breaks %s, and %q is none of the scenario's Facts", c.Name, s.ID, factsID, c.Task))
	}
}
