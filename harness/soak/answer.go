package soak

import (
	"slices"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

// answers reports whether a finding is one of the batch. One that says that all is
// well, or that is of another scenario, would count for nothing.
func answers(b batch.Batch, f *batch.Finding) bool {
	return f.Batch == b.Index && f.Scenario == b.Scenario && f.Control == b.Control && f.Verdict != "" && f.Verdict != result.Held
}

// fulfils reports whether an outcome is that of the whole batch: runs that nobody
// accounts for would be runs that held.
func fulfils(b batch.Batch, o *batch.Outcome) bool {
	if o.Index != b.Index || o.Scenario != b.Scenario || o.Control != b.Control || o.Runs < 0 || o.Steps < 0 ||
		slices.ContainsFunc(o.Failed, func(f batch.Failed) bool { return f.Count < 0 }) ||
		slices.ContainsFunc(o.Struck, func(s batch.Struck) bool { return s.Count < 0 }) {
		return false
	}
	whole := b.Control == "" && b.Tape == "" && !b.Autopsy // the others end when they have shown what they are for
	return !whole || o.Runs+int64(len(b.Skip)) == int64(b.Runs)
}
