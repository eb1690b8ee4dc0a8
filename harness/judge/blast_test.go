package judge

import (
	"strings"
	"testing"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/history"
)

// twoIn opens a scope of that kind with two jobs, the second of which is struck.
func twoIn(kind string) string {
	return `
		fan opened ` + kind + `
		fan started
		fan/A opened async
		fan/A started
		fan/B opened launch
		fan/B started
		fan/B struck scope/run #1 error "boom"
	`
}

func TestBlastIsContainedBySupervisors(t *testing.T) {
	supervised := twoIn(Supervisor) + `
		fan/B delivered handler of fan/B: boom
		fan/B ended: boom
	`
	try(t, Blast, []trial{
		{name: "the child alone", story: supervised + "fan/A ended\nfan ended"},
		{name: "the sibling is cancelled", story: supervised + `
			@1ms fan/A done: boom
			fan/A ended
			fan ended`,
			want: []string{"fan/A | fan/A was cancelled (cause: boom in fan/B), allowed radius {fan/B}, observed {fan/A, fan/B}"}},
		{name: "the supervisor is cancelled", story: supervised + `
			fan cancelled: boom
			& fan done: boom
			& fan/A done: boom
			fan/A ended
			fan ended`,
			want: []string{"fan | fan was cancelled (cause: boom in fan/B), allowed radius {fan/B}, observed {fan, fan/A, fan/B}"}},
		{name: "the supervisor is cancelled with the failure wrapped", story: supervised + `
			fan done: wrap(boom)
			& fan/A done: wrap(boom)
			fan/A ended
			fan ended`,
			want: []string{"fan | fan was cancelled (cause: boom in fan/B), allowed radius {fan/B}, observed {fan, fan/A, fan/B}"}},
		{name: "the supervisor fails with it", story: supervised + "fan/A ended\nfan ended: boom",
			want: []string{"fan | fan failed (cause: boom in fan/B), allowed radius {fan/B}, observed {fan, fan/B}"}},
		{name: "and its caller's failure is no excuse", story: `
			job opened launch
			job started
			job/fan opened supervisor
			job/fan started
			job/fan/B opened launch
			job/fan/B started
			job/fan/B struck scope/run #1 panic "boom"
			job/fan/B delivered handler of job/fan/B: boom
			job/fan/B ended: boom
			job delivered caller of job/fan: boom
			job/fan ended: boom
			job ended: boom`,
			want: []string{"job/fan | job/fan failed (cause: boom in job/fan/B), allowed radius {job/fan/B}, observed {job, job/fan, job/fan/B}"}},
		{name: "the sibling fails with it and was told by nobody", story: supervised + "fan/A ended: boom\nfan ended",
			want: []string{"fan/A | fan/A failed (cause: boom in fan/B), allowed radius {fan/B}, observed {fan/A, fan/B}"}},
		{name: "the root is cancelled", story: supervised + "fan/A ended\nmain done: boom\nfan ended",
			want: []string{"main | main was cancelled (cause: boom in fan/B), allowed radius {fan/B}, observed {main, fan/B}"}},
		{name: "what is below the child goes with it", story: twoIn(Supervisor) + `
			fan/B/in opened scope
			fan/B/in started
			fan/B/in done: boom
			fan/B/in ended
			fan/B delivered handler of fan/B: boom
			fan/B ended: boom
			fan/A ended
			fan ended`},
		{name: "the supervisor's function awaited it and failed", story: `
			fan opened supervisor
			fan started
			fan/A opened launch
			fan/A started
			fan/B opened async
			fan/B started
			fan/B struck scope/run #1 error "boom"
			fan/B ended: boom
			fan delivered await of fan/B: boom
			fan cancelled: wrap(boom)
			& fan done: wrap(boom)
			& fan/A done: wrap(boom)
			fan/A ended
			main delivered caller of fan: wrap(boom)
			fan ended: wrap(boom)`},
		{name: "a sibling awaited it and failed, no other", story: `
			fan opened supervisor
			fan started
			fan/A opened launch
			fan/A started
			fan/C opened launch
			fan/C started
			fan/B opened async
			fan/B started
			fan/B struck scope/run #1 error "boom"
			fan/B ended: boom
			fan/A delivered await of fan/B: boom
			fan/A ended: boom
			fan/C done: boom
			fan/C ended
			fan ended`,
			want: []string{"fan/C | fan/C was cancelled (cause: boom in fan/B), allowed radius {fan/A, fan/B}, observed {fan/A, fan/C, fan/B}"}},
		{name: "two failures, of which one oversteps", story: supervised + `
			fan/A struck scope/run #1 error "bang"
			fan/A ended: bang
			fan/C opened launch
			fan/C started
			fan/C done: bang
			fan/C ended
			fan ended`,
			want: []string{"fan/C | fan/C was cancelled (cause: bang in fan/A), allowed radius {fan/A}, observed {fan/A, fan/C}"}},
	})
}

func TestBlastInPlainScopes(t *testing.T) {
	down := twoIn(Scope) + `
		fan delivered parent of fan/B: boom
		& fan cancelled: boom
		& fan/B ended: boom
		& fan done: boom
		& fan/A done: boom
		fan/A ended
	`
	try(t, Blast, []trial{
		{name: "everything in the scope", story: down + "main delivered caller of fan: boom\nfan ended: boom"},
		{name: "with the failures of others attached", story: down + "main delivered caller of fan: list(boom, bang)\nfan ended: list(boom, bang)"},
		{name: "another scope of the root", story: "other opened scope\nother started\n" + down + `
			main delivered caller of fan: boom
			fan ended: boom
			other done: boom
			other ended`,
			want: []string{"other | other was cancelled (cause: boom in fan/B), allowed radius {fan, fan/A, fan/B}, observed {other, fan, fan/A, fan/B}"}},
		{name: "it came from above, and is listed with a failure of its own", story: `
			top opened scope
			top started
			top/J opened launch
			top/J started
			top/J/in opened scope
			top/J/in started
			top struck scope/leave #1 error "boom"
			top cancelled: boom
			& top done: boom
			& top/J done: boom
			& top/J/in done: boom
			top/J/in struck scope/leave #1 error "bang"
			top/J delivered caller of top/J/in: list(boom, bang)
			top/J/in ended: list(boom, bang)
			top/J ended
			top/J done: bang
			main delivered caller of top: boom
			top ended: boom`},
		{name: "and its own reaches no further", story: `
			top opened scope
			top started
			top/J opened launch
			top/J started
			top/J/in opened scope
			top/J/in started
			top struck scope/leave #1 error "boom"
			top cancelled: boom
			& top done: boom
			& top/J done: boom
			& top/J/in done: boom
			top/J/in struck scope/leave #1 error "bang"
			top/J/in ended: list(boom, bang)
			top/J ended
			other opened scope
			other done: bang
			other ended
			top ended: boom`,
			want: []string{"other | other was cancelled (cause: bang in top/J/in), allowed radius {top/J/in}, observed {top/J/in, other}"}},
		{name: "it began where it struck, whoever ended first", story: twoIn(Scope) + `
			fan cancelled: boom
			& fan done: boom
			& fan/A done: boom
			& fan/B done: boom
			fan/A ended: boom
			fan/B ended: boom
			fan ended: boom`},
	})
}

func TestBlastGoesUpByReturning(t *testing.T) {
	nested := func(outer string) string {
		return `
			top opened ` + outer + `
			top started
			top/S opened launch
			top/S started
			top/J opened launch
			top/J started
			top/J/in opened scope
			top/J/in started
			top/J/in/B opened launch
			top/J/in/B started
			top/J/in/B struck scope/run #1 error "boom"
			top/J/in delivered parent of top/J/in/B: boom
			& top/J/in/B ended: boom
			& top/J/in done: boom
			top/J delivered caller of top/J/in: boom
			top/J/in ended: boom
		`
	}
	returned := `
		top delivered parent of top/J: boom
		& top cancelled: boom
		& top/J ended: boom
		& top done: boom
		& top/S done: boom
		top/S ended
		top ended: boom
	`
	try(t, Blast, []trial{
		{name: "the caller handled it", story: nested(Scope) + "top/J ended\ntop/S ended\ntop ended"},
		{name: "the caller handled it, and is cancelled all the same", story: nested(Scope) + "top/J done: boom\ntop/J ended\ntop/S ended\ntop ended",
			want: []string{"top/J | top/J was cancelled (cause: boom in top/J/in/B), allowed radius {top/J/in, top/J/in/B}, observed {top/J, top/J/in, top/J/in/B}"}},
		{name: "the caller returned it, and its scope goes down", story: nested(Scope) + returned},
		{name: "the caller returned it to a supervisor, which goes down", story: nested(Supervisor) + returned,
			want: []string{"top | top was cancelled (cause: boom in top/J/in/B), allowed radius {top/J, top/J/in, top/J/in/B}, observed {top, top/S, top/J, top/J/in, top/J/in/B}"}},
		{name: "an island stops it", story: `
			fan opened scope
			fan started
			fan/I opened detached
			fan/I started
			fan/I struck scope/run #1 error "boom"
			fan/I ended: boom
			fan done: boom
			fan ended`,
			want: []string{"fan | fan was cancelled (cause: boom in fan/I), allowed radius {fan/I}, observed {fan, fan/I}"}},
		{name: "a section returns it to its caller", story: `
			fan opened supervisor
			fan started
			fan/J opened launch
			fan/J started
			fan/J/S opened noncancellable
			fan/J/S started
			fan/J/S struck scope/section-end #1 error "boom"
			fan/J/S ended: boom
			fan/J ended: boom
			fan ended`},
	})
}

func TestBlastOfFailuresThatNobodyInjected(t *testing.T) {
	const two = `
		fan opened supervisor
		fan started
		fan/A opened launch
		fan/A started
		fan/B opened launch
		fan/B started
	`
	try(t, Blast, []trial{
		{name: "each job fails with the same value by itself", story: two + `
			fan/B ended: io
			fan/A ended: io
			fan ended`},
		{name: "a sibling is cancelled because of it", story: two + `
			fan/B ended: io
			fan/A done: io
			fan/A ended
			fan ended`,
			want: []string{"fan/A | fan/A was cancelled (cause: io in fan/B), allowed radius {fan/B}, observed {fan/A, fan/B}"}},
		{name: "the supervisor takes it over", story: two + `
			fan/B ended: io
			fan/A ended
			fan ended: io`,
			want: []string{"fan | fan failed (cause: io in fan/B), allowed radius {fan/B}, observed {fan, fan/B}"}},
		{name: "two Goexits are no one failure", story: two + `
			fan/B ended: goexit
			fan/A ended
			fan ended: goexit`},
		{name: "context.Canceled identifies nothing", story: two + `
			fan/B ended: canceled
			fan/A done: canceled
			fan/A ended
			fan ended`},
		{name: "a cancellation is no failure", story: two + `
			fan cancelled: stop
			& fan done: stop
			& fan/A done: stop
			& fan/B done: stop
			fan/A ended: stop
			fan/B ended: stop
			fan ended`},
		{name: "a job's own timeout is one", story: two + `
			@5ms fan/B done: timeout(B)
			fan/B ended: timeout(B)
			fan/A done: timeout(B)
			fan/A ended
			fan ended`,
			want: []string{"fan/A | fan/A was cancelled (cause: B timed out in fan/B), allowed radius {fan/B}, observed {fan/A, fan/B}"}},
		{name: "what a cancelled task fails with besides is one", story: two + `
			fan/B cancelled: stop
			& fan/B done: stop
			fan/B ended: bang
			fan/A done: bang
			fan/A ended
			fan ended`,
			want: []string{"fan/A | fan/A was cancelled (cause: bang in fan/B), allowed radius {fan/B}, observed {fan/A, fan/B}"}},
		{name: "a refused launch reports the failure and is none", story: `
			fan opened scope
			fan started
			fan/B opened launch
			fan/B started
			fan delivered parent of fan/B: boom
			& fan/B ended: boom
			& fan done: boom
			fan/C opened launch
			fan/C refused: wrap(boom)
			fan/C ended: wrap(boom)
			fan ended: boom`},
		{name: "a fault that struck a worker began in the job that failed with it", story: `
			db/worker-1 struck dispatcher/run #1 error "lost"
			fan opened supervisor
			fan started
			fan/A opened launch
			fan/A started
			fan/B opened launch
			fan/B started
			fan/B ended: lost
			fan/A done: lost
			fan/A ended
			fan ended`,
			want: []string{"fan/A | fan/A was cancelled (cause: lost in fan/B), allowed radius {fan/B}, observed {fan/A, fan/B}"}},
	})
}

func TestBlastByTheScenariosOwnRadius(t *testing.T) {
	cancelled := twoIn(Supervisor) + "fan/B ended: boom\nfan/A done: boom\nfan/A ended\nfan ended"
	may := func(names ...string) Terms {
		return Terms{Radius: func(failed, other *history.Task) bool {
			for _, name := range names {
				if other.Name == name && failed.Name == "B" {
					return true
				}
			}
			return false
		}}
	}
	try(t, Blast, []trial{
		{name: "allows what the scopes do not", story: cancelled, terms: may("A")},
		{name: "forbids what the scopes allow", terms: may("fan"),
			story: twoIn(Scope) + "fan/B ended: boom\nfan done: boom\nfan/A done: boom\nfan/A ended\nfan ended: boom",
			want:  []string{"fan/A | fan/A was cancelled (cause: boom in fan/B), allowed radius {fan, fan/B}, observed {fan, fan/A, fan/B}"}},
	})
}

func TestBlastListsAFewOfMany(t *testing.T) {
	g := gomega.NewWithT(t)
	story := twoIn(Supervisor) + "fan/B ended: boom\n"
	for _, name := range []string{"C", "D", "E", "F", "G", "H", "I", "J"} {
		story += "fan/" + name + " opened launch\nfan/" + name + " done: boom\nfan/" + name + " ended\n"
	}
	g.Expect(verdict(Blast, tell(story), Terms{})).To(gomega.ConsistOf(
		"fan/C | fan/C was cancelled (cause: boom in fan/B), allowed radius {fan/B}, observed {fan/B, fan/C, fan/D, fan/E, fan/F, fan/G and 3 more}"))
}

func TestRadius(t *testing.T) {
	for _, c := range []struct {
		name, story     string
		affected, total int
	}{
		{"nothing failed", "fan opened scope\nfan started\nfan ended", 0, 1},
		{"one of a supervisor's", twoIn(Supervisor) + "fan/B ended: boom\nfan/A ended\nfan ended", 1, 3},
		{"all of a plain scope's", twoIn(Scope) + "fan/B ended: boom\n& fan done: boom\n& fan/A done: boom\nfan/A ended\nfan ended: boom", 3, 3},
		{"an injected cancellation", twoIn(Scope) + "fan/A struck scope/end #1 cancel-task\n& fan/A cancelled: cancel-task\n& fan/A done: cancel-task\nfan/A ended\nfan/B ended\nfan ended", 1, 3},
		{"a cancellation of the user's is no fault", "fan opened scope\nfan started\nfan cancelled: stop\n& fan done: stop\nfan ended", 0, 1},
		{"workers do not count", "db/worker-1 running io\nfan opened scope\nfan started\nfan ended", 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			affected, total := Radius(tell(c.story))
			gomega.NewWithT(t).Expect([]int{affected, total}).To(gomega.Equal([]int{c.affected, c.total}))
		})
	}
}

// TestBlastOfACancelledRoot: in free mode nobody sees when the root was cancelled.
func TestBlastOfACancelledRoot(t *testing.T) {
	const story = `
		page opened scope
		page started
		page/call opened call
		page/call started
		page struck scope/await #1 cancel-parent
		page/call ended: cancel-parent
		page ended
		main done: cancel-parent
		complete
		`
	try(t, Blast, []trial{
		{name: "unwatched", story: story, terms: Terms{Unwatched: true}},
		{name: "by a failure, unwatched", story: strings.NewReplacer("#1 cancel-parent", `#1 error "boom"`, "cancel-parent", "boom").Replace(story), terms: Terms{Unwatched: true},
			want: []string{"main | main was cancelled (cause: boom in page), allowed radius {page, page/call}, observed {main, page, page/call}"}},
	})
}
