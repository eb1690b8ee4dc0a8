package judge

import (
	"testing"
	"time"

	"github.com/squall-go/squall/harness/history"
)

// family is a scope with a job that has a scope of its own.
const family = `
	fan opened scope
	fan started
	fan/A opened launch
	fan/A started
	fan/A/in opened scope
	fan/A/in started
	fan/A/in/X opened launch
	fan/A/in/X started
	fan/B opened launch
	fan/B started
`

const familyEnds = `
	fan/A/in/X ended
	fan/A/in ended
	fan/A ended
	fan/B ended
	fan ended
`

func TestCancelReachesEveryDescendant(t *testing.T) {
	try(t, Cancel, []trial{
		{name: "all are done at once with the cause", story: family + `
			@1ms fan cancelled: stop
			& fan done: stop
			& fan/A done: stop
			& fan/A/in done: stop
			& fan/A/in/X done: wrap(stop)
			& fan/B done: stop` + familyEnds},
		{name: "a child is not done", story: family + `
			@1ms fan cancelled: stop
			& fan done: stop
			& fan/A done: stop
			& fan/A/in done: stop
			& fan/A/in/X done: stop` + familyEnds,
			want: []string{"fan/B | fan/B was not cancelled when fan was, at 1ms (cause: stop)"}},
		{name: "a grandchild is not done", story: family + `
			@1ms fan cancelled: stop
			& fan done: stop
			& fan/A done: stop
			& fan/A/in done: stop
			& fan/B done: stop` + familyEnds,
			want: []string{"fan/A/in/X | fan/A/in/X was not cancelled when fan/A/in was, at 1ms (cause: stop)"}},
		{name: "a child is done later", terms: Terms{EndWithin: time.Second}, story: family + `
			@1ms fan cancelled: stop
			& fan done: stop
			& fan/A done: stop
			& fan/A/in done: stop
			& fan/A/in/X done: stop
			@3ms fan/B done: stop` + familyEnds,
			want: []string{"fan/B | fan/B was cancelled at 3ms, fan already at 1ms (cause: stop)"}},
		{name: "a child is done with another cause", story: family + `
			@1ms fan cancelled: stop
			& fan done: stop
			& fan/A done: stop
			& fan/A/in done: canceled
			& fan/A/in/X done: canceled
			& fan/B done: stop` + familyEnds,
			want: []string{"fan/A/in | fan/A/in was cancelled with another cause than fan/A: context canceled, not stop"}},
		{name: "an injected cause is not taken for context.Canceled", story: family + `
			@1ms fan struck scope/lock #1 cancel-task
			& fan cancelled: cancel-task
			& fan done: cancel-task
			& fan/A done: cancel-task
			& fan/A/in done: cancel-task
			& fan/A/in/X done: cancel-task
			& fan/B done: canceled` + familyEnds,
			want: []string{"fan/B | fan/B was cancelled with another cause than fan: context canceled, not cancel-task"}},
		{name: "one that was done before keeps its cause", terms: Terms{EndWithin: time.Second}, story: family + `
			@1ms fan/B cancelled: own
			& fan/B done: own
			@2ms fan cancelled: stop
			& fan done: stop
			& fan/A done: stop
			& fan/A/in done: stop
			& fan/A/in/X done: stop` + familyEnds},
		{name: "one that was cancelled first in the same step keeps its cause", story: family + `
			@1ms fan/B cancelled: own
			& fan cancelled: stop
			& fan done: stop
			& fan/A done: stop
			& fan/A/in done: stop
			& fan/A/in/X done: stop
			& fan/B done: own` + familyEnds},
		{name: "one that was done before, in a step in which time passed, keeps its cause", terms: Terms{EndWithin: time.Second}, story: family + `
			@1ms fan/B cancelled: own
			& fan/B done: own
			& @2ms fan done: timeout(fan)
			& fan/A done: timeout(fan)
			& fan/A/in done: timeout(fan)
			& fan/A/in/X done: timeout(fan)` + familyEnds},
		{name: "its own deadline at the same instant is its own cause", story: family + `
			@1ms fan done: timeout(fan)
			& fan/A done: timeout(fan)
			& fan/A/in done: timeout(fan)
			& fan/A/in/X done: timeout(fan)
			& fan/B done: timeout(B)` + familyEnds},
		{name: "one that had ended is left alone", story: family + `
			fan/B ended
			@1ms fan cancelled: stop
			& fan done: stop
			& fan/A done: stop
			& fan/A/in done: stop
			& fan/A/in/X done: stop
			fan/A/in/X ended
			fan/A/in ended
			fan/A ended
			fan ended`},
		{name: "tidying up after the end is no cancellation", story: family + familyEnds + `
			fan/B done: canceled
			fan/A done: canceled
			fan done: canceled`},
		{name: "the root reaches everything", story: family + `
			@1ms main done: stop
			& fan done: stop
			& fan/A done: stop
			& fan/A/in done: stop
			& fan/A/in/X done: stop` + familyEnds,
			want: []string{"fan/B | fan/B was not cancelled when fan was, at 1ms (cause: stop)"}},
		{name: "the root does not reach the scope", story: `
			fan opened scope
			fan started
			@1ms main done: stop
			fan ended`,
			want: []string{"fan | fan was not cancelled when main was, at 1ms (cause: stop)"}},
		{name: "a task without a body to look at is looked through", story: `
			fan opened scope
			fan started
			fan/call opened call
			fan/call/in opened scope
			fan/call/in started
			fan cancelled: stop
			& fan done: stop
			fan/call/in ended
			fan/call ended
			fan ended`,
			want: []string{"fan/call/in | fan/call/in was not cancelled when fan was, at 0s (cause: stop)"}},
	})
}

func TestCancelTakesEffect(t *testing.T) {
	const job = "fan opened scope\nfan started\n@1ms fan cancelled: stop\n"
	try(t, Cancel, []trial{
		{name: "at once", story: job + "& fan done: stop\nfan ended"},
		{name: "never", story: job + "fan ended",
			want: []string{"fan | fan was cancelled at 1ms (cause: stop), and its context is not done"}},
		{name: "later", story: job + "@2ms fan done: stop\nfan ended",
			want: []string{"fan | fan was cancelled at 1ms (cause: stop), and its context is done only at 2ms"}},
		{name: "with another cause", story: job + "& fan done: canceled\nfan ended",
			want: []string{"fan | fan was cancelled at 1ms (cause: stop), and its context gives another cause: context canceled"}},
		{name: "never, and nobody looked", story: job + "fan ended", terms: Terms{Unwatched: true}},
		{name: "never, for one that ended in that step", story: job + "& fan ended"},
		{name: "never, for one that had not started", story: "fan opened scope\nfan cancelled: stop\nfan ended"},
		{name: "before, by its own timeout", story: "fan opened scope\nfan started\n@1ms fan done: timeout(fan)\nfan cancelled: timeout(fan)\nfan ended: timeout(fan)"},
		{name: "a child's that was not seen, as nobody looked", terms: Terms{Unwatched: true},
			story: "fan opened scope\nfan started\nfan/A opened launch\nfan/A started\nfan done: stop\nfan/A ended\nfan ended"},
	})
}

func TestCancelStopsAtSectionsAndIslands(t *testing.T) {
	const shielded = `
		fan opened scope
		fan started
		fan/S opened noncancellable
		fan/S started
		fan/S/in opened scope
		fan/S/in started
		fan/I opened detached
		fan/I started
		fan/I detached
		@1ms fan cancelled: stop
		& fan done: stop
	`
	try(t, Cancel, []trial{
		{name: "they are not done, and the scope waits for the section", story: shielded + `
			fan/S/late opened launch
			fan/S/late started
			fan/S/late ended
			@5ms fan/S/in ended
			fan/S ended
			fan ended
			@9ms fan/I ended`},
		{name: "what is below a section is judged from there", terms: Terms{EndWithin: time.Second}, story: shielded + `
			@5ms fan/S done: overran
			fan/S/in ended
			fan/S ended
			fan ended
			fan/I ended`,
			want: []string{"fan/S/in | fan/S/in was not cancelled when fan/S was, at 5ms (cause: overran)"}},
		{name: "the scope has to end when the section has", story: shielded + `
			@5ms fan/S/in ended
			fan/S ended
			@6ms fan ended
			fan/I ended`,
			want: []string{"fan | fan ended 5ms after it was cancelled at 1ms (cause: stop; bound 4ms)"}},
	})
}

func TestCancelStartsNothingAfterwards(t *testing.T) {
	const cancelledScope = `
		fan opened scope
		fan started
		fan/A opened launch
	`
	try(t, Cancel, []trial{
		{name: "a child starts before", story: cancelledScope + `
			fan/A started
			fan cancelled: stop
			& fan done: stop
			& fan/A done: stop
			fan/A ended
			fan ended`},
		{name: "a child starts afterwards", story: cancelledScope + `
			@1ms fan cancelled: stop
			& fan done: stop
			fan/A started
			fan/A ended
			fan ended`,
			want: []string{"fan/A | fan/A started at 1ms, after fan had been cancelled at 1ms (cause: stop)"}},
		{name: "a child that never starts is fine", story: cancelledScope + `
			fan cancelled: stop
			& fan done: stop
			fan/A ended
			fan ended`},
		{name: "in the step of the cancellation is not afterwards", story: cancelledScope + `
			fan cancelled: stop
			& fan/A started
			& fan done: stop
			& fan/A done: stop
			fan/A ended
			fan ended`},
		{name: "a grandchild below one that had its own cause", story: cancelledScope + `
			fan/A started
			fan/A cancelled: own
			& fan/A done: own
			fan cancelled: stop
			& fan done: stop
			fan/A/in opened scope
			fan/A/in started
			fan/A/in ended
			fan/A ended
			fan ended`,
			want: []string{"fan/A/in | fan/A/in started at 0s, after fan/A had been cancelled at 0s (cause: own)"}},
		{name: "a call starts on a closed resource", story: cancelledScope + `
			fan cancelled: stop
			& fan done: stop
			fan/C opened call
			fan/C started
			& fan/C done: stop
			fan/C ended
			fan/A ended
			fan ended`},
	})
}

func TestCancelEndsWithinItsBound(t *testing.T) {
	const stopped = `
		fan opened scope
		fan started
		fan/A opened launch
		fan/A started
		@1ms fan cancelled: stop
		& fan done: stop
		& fan/A done: stop
	`
	bound := Terms{EndWithin: 2 * time.Millisecond}
	try(t, Cancel, []trial{
		{name: "on the bound", terms: bound, story: stopped + "@3ms fan/A ended\nfan ended"},
		{name: "the lowest that is late is named", terms: bound, story: stopped + "@4ms fan/A ended\nfan ended",
			want: []string{"fan/A | fan/A ended 3ms after it was cancelled at 1ms (cause: stop; bound 2ms)"}},
		{name: "the scope alone is late", terms: bound, story: stopped + "@2ms fan/A ended\n@4ms fan ended",
			want: []string{"fan | fan ended 3ms after it was cancelled at 1ms (cause: stop; bound 2ms)"}},
		{name: "never", terms: bound, story: stopped + "@9ms stalled",
			want: []string{"fan/A | fan/A was cancelled at 1ms (cause: stop) and has not ended by 9ms (bound 2ms)"}},
		{name: "never, within the bound, when nothing more can happen", terms: bound, story: stopped + "complete",
			want: []string{"fan/A | fan/A was cancelled at 1ms (cause: stop) and has not ended by 1ms (bound 2ms)"}},
		{name: "an unfinished run proves nothing within the bound", terms: bound, story: stopped + "@3ms endless"},
		{name: "an unfinished run proves it beyond", terms: bound, story: stopped + "@4ms endless",
			want: []string{"fan/A | fan/A was cancelled at 1ms (cause: stop) and has not ended by 4ms (bound 2ms)"}},
		{name: "a crashed run proves nothing within the bound", terms: bound, story: stopped + "@2ms crashed boom"},
		{name: "an injected delay afterwards counts for its length", story: stopped + `
			fan/A struck scope/end #1 delay 5ms
			@6ms fan/A ended
			fan ended`},
		{name: "and for no more", story: stopped + `
			fan/A struck scope/end #1 delay 5ms
			@7ms fan/A ended
			fan ended`,
			want: []string{"fan/A | fan/A ended 6ms after it was cancelled at 1ms (cause: stop; bound 5ms)"}},
		{name: "a delay of another task in whose goroutine it is", story: stopped + `
			other/x struck scope/launch #1 delay 5ms of fan/A
			@6ms fan/A ended
			fan ended`},
		{name: "a delay of another task in its own goroutine", story: stopped + `
			other/x struck scope/launch #1 delay 5ms
			@6ms fan/A ended
			fan ended`,
			want: []string{"fan/A | fan/A ended 5ms after it was cancelled at 1ms (cause: stop; bound 0s)"}},
		{name: "a delay that is not over when the run is", story: stopped + `
			fan/A struck scope/end #1 delay 5s
			@9ms fan ended
			complete`, terms: Terms{EndWithin: 10 * time.Millisecond}},
		{name: "a delay that was over when nothing more could happen", story: stopped + `
			fan/A struck scope/end #1 delay 5ms
			@7ms stalled`, terms: Terms{EndWithin: 10 * time.Millisecond},
			want: []string{"fan/A | fan/A was cancelled at 1ms (cause: stop) and has not ended by 7ms (bound 15ms)"}},
		{name: "a delay that it was inside of counts for the rest of it", story: `
			fan opened scope
			fan started
			fan struck scope/enter #1 delay 5ms
			@1ms fan cancelled: stop
			& fan done: stop
			@6ms fan ended`,
			want: []string{"fan | fan ended 5ms after it was cancelled at 1ms (cause: stop; bound 4ms)"}},
		{name: "a delay that was over does not count", story: `
			fan opened scope
			fan started
			fan struck scope/enter #1 delay 1ms
			@2ms fan cancelled: stop
			& fan done: stop
			@3ms fan ended`,
			want: []string{"fan | fan ended 1ms after it was cancelled at 2ms (cause: stop; bound 0s)"}},
		{name: "a hang ends with its context", story: `
			fan opened scope
			fan started
			fan struck scope/run #1 hang
			@2ms fan cancelled: stop
			& fan done: stop
			@3ms fan ended`,
			want: []string{"fan | fan ended 1ms after it was cancelled at 2ms (cause: stop; bound 0s)"}},
		{name: "a wedge excuses it and those above, not its siblings", story: stopped + `
			fan/A struck scope/run #1 wedge
			@9ms stalled`},
		{name: "a wedge elsewhere excuses nobody", story: stopped + `
			fan/B struck scope/run #1 wedge
			@9ms fan ended
			stalled`,
			want: []string{"fan/A | fan/A was cancelled at 1ms (cause: stop) and has not ended by 9ms (bound 0s)"}},
		{name: "the clock's own moves are added", terms: Terms{Slack: slackOf(3 * time.Millisecond)},
			story: stopped + "@4ms fan/A ended\nfan ended"},
		{name: "and no more", terms: Terms{Slack: slackOf(2 * time.Millisecond)},
			story: stopped + "@4ms fan/A ended\nfan ended",
			want:  []string{"fan/A | fan/A ended 3ms after it was cancelled at 1ms (cause: stop; bound 2ms)"}},
	})
}

func slackOf(d time.Duration) func(*history.Run) time.Duration {
	return func(*history.Run) time.Duration { return d }
}

func TestCancelAffectsNobodyElse(t *testing.T) {
	const two = `
		fan opened scope
		fan started
		fan/A opened async
		fan/A started
		fan/B opened launch
		fan/B started
	`
	const struckA = `
		fan/A struck scope/run #1 cancel-task
		& fan/A cancelled: cancel-task
		& fan/A done: cancel-task
	`
	const ends = `
		fan/A ended
		fan/B ended
		fan ended
	`
	const toParent = `
		fan cancelled: cancel-task
		& fan done: cancel-task
		& fan/B done: cancel-task
	`
	try(t, Cancel, []trial{
		{name: "the child alone is done", story: two + struckA + ends},
		{name: "the parent is cancelled with it", story: two + struckA + toParent + ends,
			want: []string{"fan | fan was cancelled because fan/A had been cancelled (cause: cancel-task)"}},
		{name: "the sibling is cancelled with it", story: two + struckA + "fan/B done: cancel-task\n" + ends,
			want: []string{"fan/B | fan/B was cancelled because fan/A had been cancelled (cause: cancel-task)"}},
		{name: "the sibling is cancelled by a layer that says so", story: two + struckA + "fan/B cancelled: cancel-task\n& fan/B done: cancel-task\n" + ends,
			want: []string{"fan/B | fan/B was cancelled because fan/A had been cancelled (cause: cancel-task)"}},
		{name: "the root is cancelled with it", story: two + struckA + `
			main done: cancel-task
			& fan done: cancel-task
			& fan/B done: cancel-task` + ends,
			want: []string{"main | main was cancelled because fan/A had been cancelled (cause: cancel-task)"}},
		{name: "the parent awaited it, and failed with what it got", story: two + struckA + "fan step scope/await\n" + toParent + `
			fan/A ended
			fan/B ended
			main delivered caller of fan: cancel-task
			fan ended: cancel-task`},
		{name: "the parent awaited it, and did not fail", story: two + struckA + "fan step scope/await\n" + toParent + ends,
			want: []string{"fan | fan was cancelled because fan/A had been cancelled (cause: cancel-task)"}},
		{name: "a sibling awaited it and failed, which takes the scope down", story: two + struckA + `
			fan/A ended
			fan/B step scope/await
			fan delivered parent of fan/B: cancel-task
			& fan cancelled: cancel-task
			& fan/B ended: cancel-task
			& fan done: cancel-task
			main delivered caller of fan: cancel-task
			fan ended: cancel-task`},
		{name: "a scope fails with it that awaited nothing", story: two + struckA + `
			fan/A ended
			fan/B ended
			fan ended: cancel-task`,
			want: []string{"fan | fan failed because fan/A had been cancelled (cause: cancel-task)"}},
		{name: "a scope that is cancelled returns the cause to its caller, who fails with it", story: `
			job opened launch
			job started
			job/fan opened scope
			job/fan started
			job/fan struck scope/leave #1 cancel-task
			& job/fan cancelled: cancel-task
			& job/fan done: cancel-task
			job/fan ended
			job ended: cancel-task`},
		{name: "shutting down one by one with one cause", story: two + `
			fan/A cancelled: stop
			& fan/A done: stop
			fan/B cancelled: stop
			& fan/B done: stop` + ends},
		{name: "a parent that is cancelled with the very cause of a child", story: two + `
			fan/A cancelled: stop
			& fan/A done: stop
			fan cancelled: stop
			& fan done: stop
			& fan/B done: stop` + ends,
			want: []string{"fan | fan was cancelled because fan/A had been cancelled (cause: stop)"}},
		{name: "context.Canceled, twice", story: two + `
			fan/A cancelled: canceled
			& fan/A done: canceled
			fan cancelled: canceled
			& fan done: canceled
			& fan/B done: canceled` + ends},
		{name: "context.Canceled, from a context above the scope", story: two + `
			fan/A cancelled: canceled
			& fan/A done: canceled
			fan done: canceled
			& fan/B done: canceled` + ends},
		{name: "context.Canceled, in a sibling whose scope goes on", story: two + `
			fan/A cancelled: canceled
			& fan/A done: canceled
			fan/B done: canceled` + ends,
			want: []string{"fan/B | fan/B was cancelled because fan/A had been cancelled (cause: context canceled)"}},
		{name: "a failed job with children cancels itself, then its scope", story: two + `
			fan/B/own opened scope
			fan/B cancelled: boom
			& fan/B done: boom
			fan/B/own ended
			fan delivered parent of fan/B: boom
			& fan cancelled: boom
			& fan/B ended: boom
			& fan done: boom
			& fan/A done: boom
			fan/A ended
			main delivered caller of fan: boom
			fan ended: boom`},
	})
}

func TestCancelIsNoFailure(t *testing.T) {
	const two = `
		sup opened supervisor
		sup started
		sup/A opened launch
		sup/A started
		sup/A struck scope/run #1 cancel-task
		& sup/A cancelled: cancel-task
		& sup/A done: cancel-task
	`
	try(t, Cancel, []trial{
		{name: "nobody is told", story: two + "sup/A ended\nsup ended"},
		{name: "a handler is told", story: two + "sup/A delivered handler of sup/A: cancel-task\nsup/A ended: cancel-task\nsup ended",
			want: []string{"sup/A | sup/A was only cancelled (cause: cancel-task), and the handler was told that it failed"}},
		{name: "a crash is recorded", story: two + "sup/A delivered crash of sup/A: canceled\nsup/A ended: canceled\nsup ended",
			want: []string{"sup/A | sup/A was only cancelled (cause: context canceled), and the program's crash was told that it failed"}},
		{name: "the parent is told of what it did itself", story: `
			fan opened scope
			fan started
			fan/A opened launch
			fan/A started
			fan cancelled: stop
			& fan done: stop
			& fan/A done: stop
			fan delivered parent of fan/A: stop
			fan/A ended: stop
			fan ended`,
			want: []string{"fan/A | fan/A was only cancelled (cause: stop), and fan was told that it failed"}},
		{name: "another failure of a cancelled task is one", story: two + `
			sup/A delivered handler of sup/A: boom
			sup/A ended: boom
			sup ended`},
		{name: "its own timeout is a failure", story: `
			sup opened supervisor
			sup started
			sup/A opened launch
			sup/A started
			@5ms sup/A done: timeout(A)
			sup/A cancelled: timeout(A)
			sup/A delivered handler of sup/A: timeout(A)
			sup/A ended: timeout(A)
			sup ended`},
	})
}

func TestCancelFollowsAFailureInAPlainScope(t *testing.T) {
	const pair = `
		fan opened scope
		fan started
		fan/A opened launch
		fan/A started
		fan/B opened launch
		fan/B started
	`
	const bPasses = `
		@1ms fan/A ended: boom
		@2ms fan/B ended
		fan ended: boom
		main said over
	`
	try(t, Cancel, []trial{
		{name: "the scope is cancelled at once", terms: Terms{EndWithin: time.Second}, story: pair + `
			@1ms fan/A ended: boom
			& fan cancelled: boom
			& fan done: boom
			& fan/B done: boom
			@2ms fan/B ended
			fan ended: boom
			main said over`},
		{name: "the scope goes on", story: pair + bPasses,
			want: []string{"fan | fan was not cancelled when fan/A failed, at 1ms (boom): it is all-or-nothing"}},
		{name: "nobody looked at contexts", terms: Terms{Unwatched: true}, story: pair + bPasses},
		{name: "the scope is cancelled later", terms: Terms{EndWithin: time.Second}, story: pair + `
			@1ms fan/A ended: boom
			@2ms fan cancelled: boom
			& fan done: boom
			& fan/B done: boom
			fan/B ended
			fan ended: boom
			main said over`,
			want: []string{"fan | fan was not cancelled when fan/A failed, at 1ms (boom): it is all-or-nothing"}},
		{name: "the last child fails, and the scope is over at that instant", story: pair + `
			@1ms fan/B ended
			fan/A ended: boom
			fan ended: boom
			main said over`},
		{name: "a supervisor goes on", story: `
			fan opened supervisor
			fan started
			fan/A opened async
			fan/A started
			@1ms fan/A ended: boom
			@2ms fan ended
			main said over`},
		{name: "the run was cut off before anybody could look", story: pair + `
			@1ms fan/A ended: boom
			endless`},
	})
}
