package judge

import (
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/linear"
)

// Linear is P-LINEAR: the history of every object that the scenario made by
// Run.Object is linearizable. An operation that never returned may have taken
// effect or not. It tells of the first object that is not, else of the first
// one of which it could not be decided; see [Finding.Undecided].
var Linear = property("P-LINEAR", "linearizability",
	"operations on a shared object take effect one at a time, each between its call and its return",
	(*view).linear).onlyAbout("call Call and Return of a Run.Object in the body", history.Called)

func (v *view) linear() []Finding {
	var undecided []Finding
	for _, o := range v.run.Objects {
		r := linear.Check(o, len(v.run.Events))
		f := Finding{Property: "P-LINEAR", Object: o.Name, Message: oneLine(r.Message)}
		switch {
		case r.Verdict == linear.Broken:
			if r.Op != nil {
				f.Subject = r.Op.Task.Path
			}
			return []Finding{f}
		case r.Verdict == linear.Undecided && undecided == nil:
			f.Undecided = true
			undecided = []Finding{f}
		}
	}
	return undecided
}
