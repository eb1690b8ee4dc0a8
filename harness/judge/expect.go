package judge

import (
	"strings"

	"github.com/squall-go/squall/harness/history"
)

// Expect reports what the run itself found: a crash first, then the
// expectations of the scenario that failed, each under the property that it
// named, the first of each.
var Expect = property("P-EXPECT", "expectations",
	"what the scenario expects of its own results holds, and no panic escapes",
	(*view).expect)

func (v *view) expect() []Finding {
	var found []Finding
	if v.run.Outcome == history.Crashed {
		found = append(found, Finding{Property: "P-EXPECT", Message: "the run crashed: " + firstLine(v.run.Panic)})
	}
	for i := range v.run.Events {
		e := &v.run.Events[i]
		if e.Kind != history.Expected {
			continue
		}
		f := Finding{Property: e.Name, Subject: v.of(e.Task).path(), Message: "expectation failed"}
		if f.Property == "" {
			f.Property = "P-EXPECT"
		}
		if e.Err != nil {
			f.Message = oneLine(e.Err.Error())
		}
		if !has(found, f.Property) {
			found = append(found, f)
		}
	}
	return found
}

func has(found []Finding, property string) bool {
	for _, f := range found {
		if f.Property == property {
			return true
		}
	}
	return false
}

// oneLine folds a message of several lines.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
