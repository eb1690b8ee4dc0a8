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
	// MayKill: it can end the process of a library that lets it.
	MayKill bool
	// Bubbles is in how many bubbles of one process a tape of it is replayed.
	Bubbles int

	forms  func(Library) []*Form // the first that the library has
	body   func(*stage)
	faults faults.Kind
	terms  judge.Terms
	facts  []string
}

// Question is one property of a story: a cell for each library.
type Question struct {
	Property string
	judge    func(Library) judge.Property
	remarks  []remark
}

// form is how the library is used for the story, nil if it has nothing for it.
func (s Story) form(l Library) *Form {
	if f := l.Special[s.ID]; f != nil {
		return f
	}
	for _, f := range s.forms(l) {
		if f != nil {
			return f
		}
	}
	return nil
}

// How says how the library is used for the story, as one writes it.
func (s Story) How(l Library) string {
	if f := s.form(l); f != nil {
		return f.How
	}
	return ""
}

// Guarantee is what the question asks for.
func (q Question) Guarantee(l Library) string { return q.judge(l).Guarantee }

// allow lets the story's faults strike a child just before its function.
func (s Story) allow() []explore.Allow {
	if s.faults == 0 {
		return nil
	}
	return []explore.Allow{{Sites: "harness/run", Kinds: s.faults}, {Sites: "scope/run", Kinds: s.faults}}
}

// promptly is how long a cancelled child may take to end: it takes none, but the
// clock may move while it is on its way.
const promptly = 20 * time.Millisecond

func failFast(l Library) []*Form  { return []*Form{l.FailFast} }
func supervise(l Library) []*Form { return []*Form{l.Supervise} }
func grow(l Library) []*Form      { return []*Form{l.Grow} }
func bounded(l Library) []*Form   { return []*Form{l.Bounded} }
func saturated(l Library) []*Form { return []*Form{l.Saturated, l.Bounded} }
func closable(l Library) []*Form  { return []*Form{l.Closable} }
func futures(l Library) []*Form   { return []*Form{l.Futures} }
func share(l Library) []*Form     { return []*Form{l.Share, l.Bounded} }
func global(l Library) []*Form    { return append([]*Form{l.Global}, any1(l)...) }

// cancellable is any form that has a context; any1 any form.
func cancellable(l Library) []*Form { return []*Form{l.FailFast, l.Supervise} }
func any1(l Library) []*Form        { return []*Form{l.FailFast, l.Plain, l.Supervise} }

// Stories are the rows of the table.
var Stories = []Story{
	{
		ID: "S1", Title: "fan-out, all-or-nothing", forms: failFast, body: fanOut, facts: answers,
		faults: faults.Error | faults.Delay | faults.Hang, Questions: allOrNothing,
	}, {
		ID: "panic", Title: "a child panics", forms: any1, body: fanOut, facts: answers, MayKill: true,
		faults: faults.Panic | faults.Delay, Questions: allOrNothing,
	}, {
		ID: "goexit", Title: "a child calls runtime.Goexit", forms: any1, body: fanOut, facts: answers,
		faults: faults.Goexit | faults.Delay, Questions: allOrNothing,
	}, {
		ID: "S3", Title: "fan-out in which a failure stays alone", forms: supervise, body: keepApart,
		faults: faults.Error | faults.Delay, facts: []string{"a child failed while another ran", "two children failed"},
		Questions: []Question{{Property: "P-BLAST", judge: othersGoOn}, {Property: "P-ERROR", judge: allAreReported}},
	}, {
		ID: "S6", Title: "each child's result is waited for, twice", forms: futures, body: awaitEach,
		faults: faults.Error | faults.Delay, facts: []string{"one child failed and another did not"},
		Questions: []Question{{Property: "P-ERROR", judge: eachToItsAwaiter}},
	}, {
		ID: "S7", Title: "children that are started while the group is waited for", forms: grow, body: growLate,
		faults: faults.Delay, facts: []string{"a child was handed over while the group was waited for"},
		Questions: []Question{{Property: "P-LEAK", judge: leaks, remarks: []remark{howRefused}}},
	}, {
		ID: "S11", Title: "the parent is cancelled, with a cause", forms: cancellable, body: cancelParent,
		faults: faults.Delay, terms: judge.Terms{EndWithin: promptly},
		facts:     []string{"the parent was cancelled while children of children ran"},
		Questions: []Question{{Property: "P-CANCEL", judge: reachesAll}, {Property: "P-ERROR", judge: theCauseArrives}},
	}, {
		ID: "S11-child", Title: "one child is cancelled", forms: cancellable, body: cancelChild,
		faults: faults.Delay, facts: []string{"the child was cancelled while it and another ran"},
		Questions: []Question{{Property: "P-BLAST", judge: cancelledAlone}, {Property: "P-ERROR", judge: cancelledIsNoFailure}},
	}, {
		ID: "stubborn", Title: "a child ignores cancellation", forms: any1, body: stubborn,
		faults: faults.Delay, facts: []string{"a child ran on for long after the cancellation"},
		Questions: []Question{{Property: "P-LEAK", judge: leaks}},
	}, {
		ID: "S15", Title: "start and cancel, again and again", forms: any1, body: cycles,
		faults: faults.Delay, facts: []string{"a cycle was cancelled midway"},
		Questions: []Question{{Property: "P-LEAK", judge: leaks}},
	}, {
		ID: "unjoined", Title: "the group is never joined", forms: any1, body: unjoined,
		facts:     []string{"nobody waited"},
		Questions: []Question{{Property: "P-LEAK", judge: leaks}},
	}, {
		ID: "late", Title: "a child is handed over after the join", forms: any1, body: late,
		facts:     []string{"a child was handed over after the join"},
		Questions: []Question{{Property: "P-CONSERVE", judge: lateIsRefused, remarks: []remark{howRefused}}},
	}, {
		ID: "queue", Title: "work in line when another child fails, limit 1", forms: bounded, body: queued,
		faults: faults.Error | faults.Delay, facts: []string{"a child failed while another waited in line"},
		Questions: []Question{{Property: "P-CANCEL", judge: noneStartsAfterwards}},
	}, {
		ID: "blocked", Title: "the parent is cancelled while a submit is blocked, limit 1", forms: bounded, body: blocked,
		facts:     []string{"the parent was cancelled while a child waited in line"},
		Questions: []Question{{Property: "P-CANCEL", judge: submitIsFreed}},
	}, {
		ID: "D2", Title: "one more than there are places, all blocked", forms: saturated, body: oneTooMany,
		facts:     []string{"all places were taken"},
		Questions: []Question{{Property: "P-STARVE", judge: waitingIsTold, remarks: []remark{howRefused}}},
	}, {
		ID: "D3", Title: "producers, consumers and a small queue on two places", forms: bounded, body: exchange,
		facts:     []string{"producers took all places"},
		Questions: []Question{{Property: "P-STARVE", judge: comesToAnEnd, remarks: []remark{howRefused}}},
	}, {
		ID: "D6", Title: "a limit is kept (of a share of a pool, where there are shares)", forms: share, body: crowd,
		faults: faults.Delay, facts: []string{"all places were taken"},
		Questions: []Question{{Property: "P-STARVE", judge: limitIsKept}},
	}, {
		ID: "D9", Title: "a child hands over another, limit 1", forms: bounded, body: nested,
		facts:     []string{"a child was handed over from inside the only place"},
		Questions: []Question{{Property: "P-STARVE", judge: comesToAnEnd, remarks: []remark{howRefused}}},
	}, {
		ID: "D9-await", Title: "a child hands over another and waits for it, limit 1", forms: bounded, body: nestedAwait,
		facts:     []string{"a child was handed over from inside the only place"},
		Questions: []Question{{Property: "P-STARVE", judge: comesToAnEnd, remarks: []remark{howRefused}}},
	}, {
		ID: "D10", Title: "closed at once, with work in line, limit 1", forms: closable, body: closeFull,
		facts:     []string{"it was closed while a child waited in line"},
		Questions: []Question{{Property: "P-CONSERVE", judge: noneIsDropped, remarks: []remark{howRefused}}},
	}, {
		ID: "bubbles", Title: "used in two bubbles of one process, one after the other", forms: global, body: shortly,
		MayKill: true, Bubbles: 2, facts: []string{"the join returned"},
		Questions: []Question{{Property: "P-LEAK", judge: leaks}},
	},
}

var answers = []string{"a child failed while another ran", "every child answered"}

// allOrNothing are the questions to a fan-out, whatever way its children fail.
var allOrNothing = []Question{
	{Property: "P-CANCEL", judge: siblingsStop, remarks: []remark{startsLate, tellsWhy}},
	{Property: "P-ERROR", judge: firstIsTheGroups, remarks: []remark{howItArrived}},
	{Property: "P-LEAK", judge: leaks},
}

// noLimit is why a story of limits does not apply to a library without one.
const noLimit = "no limit: each child has a goroutine of its own"

// Applies says why a question does not apply to the library, "" if it does.
func (s Story) Applies(l Library, q Question) (not string) {
	if why, ok := lookup(l.Not, s.ID, q.Property); ok {
		return why
	}
	if s.form(l) == nil && l.Bounded == nil {
		return noLimit
	}
	return ""
}
