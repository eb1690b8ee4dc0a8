package judge

import (
	"testing"
	"time"

	"github.com/squall-go/squall/harness/history"
)

func TestStarveReportsStalls(t *testing.T) {
	try(t, Starve, []trial{
		{name: "who waits for whom", story: `
			w opened scope
			w/A opened launch
			w/A started
			w/B opened launch
			w/B started
			w/A acquired io
			@1ms w/B waiting io
			@2ms stalled`,
			want: []string{"w/B | nothing can run since 1ms: w/B waits for io since 1ms (w/A holds io since 0s)"}},
		{name: "the cycle", story: `
			w opened scope
			w/A opened launch
			w/A started
			w/B opened launch
			w/B started
			w/A acquired m
			w/B acquired n
			w waiting its children
			@1ms w/A waiting n
			@2ms w/B waiting m
			stalled`,
			want: []string{"w/A | nothing can run since 2ms: w/A waits for n since 1ms (w/B holds n since 0s), w/B waits for m since 2ms (w/A holds m since 0s), w waits for its children since 0s (w/A has not ended, w/B has not ended); the cycle is w/A → w/B → w/A"}},
		{name: "a cycle through a scope and its child", story: `
			w opened scope
			w/A opened launch
			w/A started
			w acquired m
			w waiting its children
			w/A waiting m
			stalled`,
			want: []string{"w/A | nothing can run since 0s: w/A waits for m since 0s (w holds m since 0s), w waits for its children since 0s (w/A has not ended); the cycle is w/A → w → w/A"}},
		{name: "a pool full of those who wait for it", story: `
			w opened scope
			w/A opened launch
			w/A queued io
			w/A running io
			w/A started
			w/A/x opened launch
			w/A/x queued io
			w/A waiting w/A/x
			stalled`,
			want: []string{"w/A/x | nothing can run since 0s: w/A/x waits for io since 0s (w/A holds io since 0s), w/A waits for w/A/x since 0s (w/A/x has not ended); the cycle is w/A/x → w/A → w/A/x"}},
		{name: "a pool full of work that waits for work on it", story: `
			r/A queued io
			r/A running io
			r/A/B queued io
			r/A waiting r/A/B
			stalled`,
			want: []string{"r/A/B | nothing can run since 0s: r/A/B waits for io since 0s (r/A holds io since 0s), r/A waits for r/A/B since 0s (r/A/B has not ended); the cycle is r/A/B → r/A → r/A/B"}},
		{name: "part of what is waited for", story: "a acquired db connection 1\nb acquired dbx\nc waiting db\nstalled",
			want: []string{"c | nothing can run since 0s: c waits for db since 0s (a holds db connection 1 since 0s)"}},
		{name: "what was released is not held", story: "a acquired m\na released m\nb waiting m\nstalled",
			want: []string{"b | nothing can run since 0s: b waits for m since 0s"}},
		{name: "who went on does not wait", story: "a waiting m\na step scope/lock-resume\nb waiting n\nwaits a chan receive\nstalled",
			want: []string{"b | nothing can run since 0s: b waits for n since 0s, a is chan receive"}},
		{name: "who got it does not wait", story: "a waiting m\na acquired m\nb waiting m\nstalled",
			want: []string{"b | nothing can run since 0s: b waits for m since 0s (a holds m since 0s)"}},
		{name: "an injected hang, which nobody ends", story: `
			w opened scope
			w/A opened launch
			w/A started
			@1ms w/A struck scope/run #1 hang
			w waiting its children
			waits w/A select after scope/run
			stalled`,
			want: []string{"w/A | nothing can run since 1ms: w/A hangs at scope/run since 1ms (injected), w waits for its children since 1ms (w/A has not ended)"}},
		{name: "a hang that is over", story: `
			w/A struck scope/run #1 hang
			w/A step harness/resume
			b waiting m
			stalled`,
			want: []string{"b | nothing can run since 0s: b waits for m since 0s"}},
		{name: "a wedge is wedged", story: "a struck scope/run #1 wedge\nb waiting a\nstalled",
			want: []string{"a | nothing can run since 0s: a is wedged at scope/run since 0s (injected), b waits for a since 0s"}},
		{name: "who said nothing", story: "a started\n@3ms a said hello\nwaits - select\nwaits a chan receive after scope/run\n@9ms stalled",
			want: []string{"a | nothing can run since 3ms: a is chan receive after scope/run"}},
		{name: "nobody", story: "stalled",
			want: []string{" | nothing can run since 0s, and nobody said what for"}},
		{name: "an expected one", story: "a waiting m\nstalled", terms: Terms{AllowStall: func(*history.Run) bool { return true }}},
		{name: "another than expected", story: "a waiting m\nstalled", terms: Terms{AllowStall: func(*history.Run) bool { return false }},
			want: []string{"a | nothing can run since 0s: a waits for m since 0s"}},
		{name: "a run that ended did not stall", story: "a waiting m\ncomplete"},
		{name: "an endless run proves nothing", story: "a waiting m\nendless"},
	})
}

func TestStarveWhileThereIsCapacity(t *testing.T) {
	within := Terms{DispatchWithin: 2 * time.Millisecond}
	const full = `
		a queued io
		a running io
		b queued io
		b running io
		c queued io
	`
	const drains = `
		a finished io
		b finished io
	`
	try(t, Starve, []trial{
		{name: "at once", story: full + "@5ms a finished io\n& c running io\nb finished io\nc finished io"},
		{name: "waiting for a place has no bound unless declared", story: full + "@1h stalled", terms: Terms{AllowStall: func(*history.Run) bool { return true }}},
		{name: "overlooked", terms: within, story: full + "@5ms a finished io\n@8ms c running io\nb finished io\nc finished io",
			want: []string{"c | c waited 3ms of 8ms for io with free places (bound 2ms; it can run 2 at a time)"}},
		{name: "on the bound", terms: within, story: full + "@5ms a finished io\n@7ms c running io\nb finished io\nc finished io"},
		{name: "never run", terms: within, story: full + drains + "@3ms complete",
			want: []string{"c | c waited 3ms of 3ms for io with free places (bound 2ms; it can run 2 at a time)"}},
		{name: "refused in the end", terms: within, story: full + "@3ms a finished io\n@9ms c refused io: closed\nb finished io",
			want: []string{"c | c waited 6ms of 9ms for io with free places (bound 2ms; it can run 2 at a time)"}},
		{name: "nobody runs at all", story: "a queued io\n@1ms a running io\na finished io",
			want: []string{"a | a waited 1ms of 1ms for io with free places (bound 0s; it can run 1 at a time)"}},
		{name: "a declared limit is more than was seen", terms: Terms{Limits: map[string]int{"io": 3}}, story: full + "@1ms c running io\n" + drains,
			want: []string{"c | c waited 1ms of 1ms for io with free places (bound 0s; it can run 3 at a time)"}},
		{name: "a declared limit is less than was seen", terms: Terms{Limits: map[string]int{"io": 1}}, story: full + "a finished io\n@1ms c running io\nb finished io"},
		{name: "another dispatcher's places do not count", story: full + "x queued cpu\nx running cpu\nx finished cpu\n@1ms a finished io\n& c running io\nb finished io"},
		{name: "a worker's delay", story: "a queued io\nio/worker-1 struck dispatcher/worker-start #1 delay 2ms\n@2ms a running io\na finished io"},
		{name: "and no more", story: "a queued io\nio/worker-1 struck dispatcher/worker-start #1 delay 2ms\n@3ms a running io\na finished io",
			want: []string{"a | a waited 3ms of 3ms for io with free places (bound 2ms; it can run 1 at a time)"}},
		{name: "a delay of some other task does not count", story: "x opened launch\na queued io\nx struck scope/run #1 delay 2ms\n@2ms a running io\na finished io",
			want: []string{"a | a waited 2ms of 2ms for io with free places (bound 0s; it can run 1 at a time)"}},
		{name: "one that was struck has a place", story: "a queued io\na running io\na finished io\nb queued io\nb struck dispatcher/run #1 hang\nc queued io\n@9ms b refused io: stop\n& c running io\nc finished io"},
		{name: "the clock's own moves are added", terms: Terms{Slack: slackOf(time.Millisecond)}, story: "a queued io\n@1ms a running io\na finished io"},
	})
}

func TestStarveOfViews(t *testing.T) {
	try(t, Starve, []trial{
		{name: "a view of a base that is full", story: `
			a queued io/db
			a running io/db
			a finished io/db
			x queued io
			x running io
			b queued io/db
			@5ms x finished io
			& b running io/db
			b finished io/db`},
		{name: "a view that is full, of a base that is not", story: `
			x queued io
			x running io
			a queued io/db
			a running io/db
			x finished io
			b queued io/db
			@5ms a finished io/db
			& b running io/db
			b finished io/db`},
		{name: "both have room", story: `
			x queued io
			x running io
			a queued io/db
			a running io/db
			x finished io
			a finished io/db
			b queued io/db
			@5ms b running io/db
			b finished io/db`,
			want: []string{"b | b waited 5ms of 5ms for io/db with free places (bound 0s; it can run 1 at a time)"}},
	})
}

func TestStarveWithABoundOnTheQueue(t *testing.T) {
	bound := Terms{QueuedWithin: 3 * time.Millisecond}
	const full = "a queued io\na running io\nb queued io\n"
	try(t, Starve, []trial{
		{name: "on the bound", terms: bound, story: full + "@3ms a finished io\n& b running io"},
		{name: "beyond", terms: bound, story: full + "@4ms a finished io\n& b running io",
			want: []string{"b | b waited 4ms for io (bound 3ms), which a holds since 0s"}},
		{name: "for ever", terms: bound, story: full + "@1h complete",
			want: []string{"b | b waited 1h0m0s for io (bound 3ms), which a holds since 0s"}},
		{name: "a worker's delay", terms: bound, story: full + "io/worker-1 struck dispatcher/done #1 delay 2ms\n@5ms a finished io\n& b running io"},
		{name: "one that was cancelled meanwhile waits no more", terms: bound, story: full + "@3ms b ended\n@9ms b refused io: stop\na finished io"},
		{name: "the first of several", terms: bound, story: full + "c queued io\n@4ms a finished io\n& b running io\n@6ms b finished io\n& c running io",
			want: []string{"b | b waited 4ms for io (bound 3ms), which a holds since 0s"}},
	})
}
