package judge

import (
	"fmt"

	"github.com/squall-go/squall/harness/history"
)

// Heal is P-HEAL: every Healed is followed by a Recovered no later than
// [Terms.HealWithin]. A run that did not heal anything has nothing to judge.
var Heal = property("P-HEAL", "recovery",
	"after the faults stop, the system answers normally again within its declared bound",
	(*view).heal).onlyAbout("call Run.Heal in the body, and Run.Recovered behind it", history.Healed)

func (v *view) heal() []Finding {
	for i := range v.run.Events {
		if v.at(i).Kind != history.Healed {
			continue
		}
		if f, ok := v.unhealed(i); ok {
			return []Finding{f}
		}
	}
	return nil
}

func (v *view) unhealed(i int) (Finding, bool) {
	healed, bound := v.at(i), v.terms.HealWithin+v.slack
	finding := func(format string, args ...any) (Finding, bool) {
		return Finding{Property: "P-HEAL", Subject: v.of(healed.Task).path(), Message: fmt.Sprintf(format, args...)}, true
	}
	for j := i + 1; j < len(v.run.Events); j++ {
		e := v.at(j)
		switch {
		case e.Kind != history.Recovered:
		case e.At <= healed.At+bound:
			return Finding{}, false
		default:
			return finding("the faults stopped at %v, and %s answered normally again only %v later (bound %v)", healed.At, e.Name, e.At-healed.At, bound)
		}
	}
	if v.run.Outcome == history.Endless && v.run.End <= healed.At+bound {
		return Finding{}, false
	}
	return finding("the faults stopped at %v, and nothing answered normally again by %v (bound %v)", healed.At, v.run.End, bound)
}
