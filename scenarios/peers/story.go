package peers

import (
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
)

// Story is one story that every library is put through.
type Story struct {
	ID, Title string
	Questions []Question
	// MayKill: its faults can end the process of a library that lets them.
	MayKill bool
	faults  faults.Kind
}

// Question is one property of a story: a cell for each library.
type Question struct {
	Property string
	form     func(Library) Form
	body     func(*stage, Form)
	judges   []func(Library) judge.Property // asked in this order
	terms    judge.Terms
	facts    []string
	remarks  []remark
}

// allow lets the story's faults strike a child just before its function.
func (s Story) allow() []explore.Allow {
	return []explore.Allow{{Sites: "harness/run", Kinds: s.faults}, {Sites: "scope/run", Kinds: s.faults}}
}

// promptly is how long a cancelled child may take to end: it takes none, but the
// clock may move while it is on its way.
const promptly = 20 * time.Millisecond

func failFast(l Library) Form  { return l.FailFast }
func supervise(l Library) Form { return l.Supervise }
func grow(l Library) Form      { return l.Grow }

// Stories are the columns of the table.
var Stories = []Story{
	{
		ID: "S1", Title: "fan-out, all-or-nothing", faults: faults.Error | faults.Delay | faults.Hang,
		Questions: allOrNothing(),
	}, {
		ID: "S3", Title: "fan-out in which a failure stays alone", faults: faults.Error | faults.Delay,
		Questions: []Question{
			{Property: "P-BLAST", form: supervise, body: keepApart, facts: keptApart, terms: failedAlone,
				judges: []func(Library) judge.Property{known(judge.Blast), othersGoOn}},
			{Property: "P-ERROR", form: supervise, body: keepApart, facts: append(keptApart, "two children failed"),
				judges: []func(Library) judge.Property{allAreReported}},
		},
	}, {
		ID: "S7", Title: "a group ends after its children", faults: faults.Delay,
		Questions: []Question{
			{Property: "P-LEAK", form: grow, body: growLate, facts: []string{"a child was started while the group was waited for"},
				judges: []func(Library) judge.Property{known(judge.Leak)}},
		},
	}, {
		ID: "S11", Title: "cancelling parents and children", faults: faults.Delay,
		Questions: []Question{
			{Property: "P-CANCEL", form: failFast, body: cancelParent, terms: judge.Terms{EndWithin: promptly},
				facts:  []string{"the parent was cancelled while children of children ran"},
				judges: []func(Library) judge.Property{known(judge.Cancel)}},
			{Property: "P-BLAST", form: failFast, body: cancelChild, facts: cancelledWhileRunning,
				judges: []func(Library) judge.Property{cancelledAlone}},
			{Property: "P-ERROR", form: failFast, body: cancelChild, facts: cancelledWhileRunning,
				judges: []func(Library) judge.Property{cancelledIsNoFailure}},
		},
	},
	{ID: "panic", Title: "a child panics", faults: faults.Panic | faults.Delay, MayKill: true, Questions: allOrNothing()},
	{ID: "goexit", Title: "a child calls runtime.Goexit", faults: faults.Goexit | faults.Delay, Questions: allOrNothing()},
}

// allOrNothing are the questions to a fan-out, whatever way its children fail.
func allOrNothing() []Question {
	facts := []string{"a child failed while another ran", "every child answered"}
	return []Question{
		{Property: "P-CANCEL", form: failFast, body: fanOut, facts: facts, remarks: []remark{startsLate, tellsWhy},
			judges: []func(Library) judge.Property{siblingsStop}},
		{Property: "P-ERROR", form: failFast, body: fanOut, facts: facts, remarks: []remark{howItArrived},
			judges: []func(Library) judge.Property{firstIsTheGroups}},
		{Property: "P-LEAK", form: failFast, body: fanOut, facts: facts,
			judges: []func(Library) judge.Property{known(judge.Leak)}},
	}
}
