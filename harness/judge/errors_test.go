package judge

import (
	"testing"

	"github.com/squall-go/squall/faults"
)

func TestErrorsOfLaunchedJobs(t *testing.T) {
	in := func(kind string) string {
		return "fan opened " + kind + "\nfan started\nfan/A opened launch\nfan/A started\n"
	}
	const rule = ": a launched job's failure goes to its parent or to a handler, once"
	try(t, Errors, []trial{
		{name: "the parent is told", story: in(Scope) + "fan delivered parent of fan/A: boom\nfan/A ended: boom\nfan ended"},
		{name: "a handler is told", story: in(Supervisor) + "fan/A delivered handler of fan/A: boom\nfan/A ended: boom\nfan ended"},
		{name: "the process handler is told", story: in(Supervisor) + "fan/A delivered process handler of fan/A: boom\nfan/A ended: boom\nfan ended"},
		{name: "the program crashes", story: in(Supervisor) + "fan/A delivered crash of fan/A: boom\nfan/A ended: boom\nfan ended"},
		{name: "nobody is told", story: in(Supervisor) + "fan/A ended: boom\nfan ended",
			want: []string{"fan/A | fan/A failed (boom), and nobody was told" + rule}},
		{name: "two are told", story: in(Scope) + "fan delivered parent of fan/A: boom\nfan/A delivered handler of fan/A: boom\nfan/A ended: boom\nfan ended",
			want: []string{"fan/A | fan/A failed once (boom), and it was reported 2 times (parent, handler)" + rule}},
		{name: "one is told twice", story: in(Scope) + "fan delivered parent of fan/A: boom\nfan delivered parent of fan/A: boom\nfan/A ended: boom\nfan ended",
			want: []string{"fan/A | fan/A failed once (boom), and it was reported 2 times (parent, parent)" + rule}},
		{name: "a stranger is told", story: in(Scope) + "fan delivered caller of fan/A: boom\nfan/A ended: boom\nfan ended",
			want: []string{"fan/A | fan/A failed (boom), and fan was told" + rule}},
		{name: "no failure, nobody to tell", story: in(Scope) + "fan/A ended\nfan ended"},
		{name: "told in a later step than the end", story: in(Supervisor) + "fan/A ended: boom\nfan/A delivered handler of fan/A: boom\nfan ended"},
		{name: "an unfinished run proves nothing", story: in(Supervisor) + "fan/A ended: boom\nendless"},
		{name: "nor does a stalled one", story: in(Supervisor) + "fan/A ended: boom\nstalled"},
		{name: "but what was reported twice was", story: in(Scope) + "fan delivered parent of fan/A: boom\nfan delivered parent of fan/A: boom\nfan/A ended: boom\nendless",
			want: []string{"fan/A | fan/A failed once (boom), and it was reported 2 times (parent, parent)" + rule}},
		{name: "a failure of one that is cancelled", story: in(Supervisor) + "fan cancelled: stop\n& fan done: stop\n& fan/A done: stop\nfan/A ended: boom\nfan ended",
			want: []string{"fan/A | fan/A failed (boom), and nobody was told" + rule}},
		{name: "a layer that tells a cancellation at the end", story: in(Supervisor) + "fan cancelled: stop\n& fan done: stop\n& fan/A done: stop\nfan/A ended: stop\nfan ended"},
		{name: "its own timeout", story: in(Supervisor) + "@1ms fan/A done: timeout(A)\nfan/A ended: timeout(A)\nfan ended",
			want: []string{"fan/A | fan/A failed (A timed out), and nobody was told" + rule}},
		{name: "a refused launch need not be told", story: in(Scope) + "fan/A ended\nfan/B opened launch\nfan/B refused: closed\nfan/B ended: wrap(closed)\nfan ended"},
		{name: "one that a dispatcher refused must", story: in(Supervisor) + "fan/A ended\nfan/B opened launch\nfan/B queued io\nfan/B refused io: closed\nfan/B ended: closed\nfan ended",
			want: []string{"fan/B | fan/B failed (closed), and nobody was told" + rule}},
		{name: "an island's goes to a handler", story: "I opened detached\nI started\nI delivered handler of I: boom\nI ended: boom"},
		{name: "an island's goes nowhere", story: "I opened detached\nI started\nI ended: boom",
			want: []string{"I | I failed (boom), and nobody was told: an island's failure goes to a handler, once"}},
		{name: "an island's goes to a parent", story: "I opened detached\nI started\nmain delivered parent of I: boom\nI ended: boom",
			want: []string{"I | I failed (boom), and main was told: an island's failure goes to a handler, once"}},
		{name: "a job that runs twice", story: in(Scope) + "fan/A started\nfan/A ended\nfan ended",
			want: []string{"fan/A | fan/A started 2 times"}},
		{name: "a job that ends twice", story: in(Scope) + "fan/A ended\nfan/A ended\nfan ended",
			want: []string{"fan/A | fan/A ended 2 times"}},
		{name: "a task of an unknown kind is not judged", story: "x opened thing\nx started\nx ended: boom"},
		{name: "a worker is not judged", story: "x started\nx ended: boom"},
	})
}

func TestErrorsOfAsyncJobs(t *testing.T) {
	in := func(kind string) string {
		return "fan opened " + kind + "\nfan started\nfan/A opened async\nfan/A started\n"
	}
	const (
		plainRule = ": an async job's failure goes to its parent, once, and to its awaiters"
		superRule = ": in a supervisor an async job's failure goes to its awaiters alone"
	)
	try(t, Errors, []trial{
		{name: "parent and awaiters", story: in(Scope) + `
			fan delivered parent of fan/A: boom
			fan/A ended: boom
			fan delivered await of fan/A: boom
			fan/B delivered await of fan/A: boom
			fan ended`},
		{name: "the parent alone", story: in(Scope) + "fan delivered parent of fan/A: boom\nfan/A ended: boom\nfan ended"},
		{name: "an awaiter and not the parent", story: in(Scope) + "fan/A ended: boom\nfan delivered await of fan/A: boom\nfan ended",
			want: []string{"fan/A | fan/A failed (boom), and nobody was told" + plainRule}},
		{name: "the parent twice", story: in(Scope) + "fan delivered parent of fan/A: boom\nfan delivered parent of fan/A: boom\nfan/A ended: boom\nfan ended",
			want: []string{"fan/A | fan/A failed once (boom), and it was reported 2 times (parent, parent)" + plainRule}},
		{name: "a handler too", story: in(Scope) + "fan delivered parent of fan/A: boom\nfan/A delivered process handler of fan/A: boom\nfan/A ended: boom\nfan ended",
			want: []string{"fan/A | fan/A failed (boom), and the process handler was told" + plainRule}},
		{name: "an awaiter twice", story: in(Scope) + `
			fan delivered parent of fan/A: boom
			fan/A ended: boom
			fan delivered await of fan/A: boom
			fan delivered await of fan/A: boom
			fan ended`,
			want: []string{"fan/A | fan/A failed once (boom), and its awaiter fan was told twice"}},
		{name: "in a supervisor, an awaiter", story: in(Supervisor) + "fan/A ended: boom\nfan delivered await of fan/A: boom\nfan ended"},
		{name: "in a supervisor, nobody", story: in(Supervisor) + "fan/A ended: boom\nfan ended",
			want: []string{"fan/A | fan/A failed (boom), and nobody was told" + superRule}},
		{name: "in a supervisor that has not ended, nobody yet", story: in(Supervisor) + "fan/A ended: boom"},
		{name: "in a supervisor, the parent", story: in(Supervisor) + "fan delivered parent of fan/A: boom\nfan/A ended: boom\nfan delivered await of fan/A: boom\nfan ended",
			want: []string{"fan/A | fan/A failed (boom), and fan was told" + superRule}},
		{name: "in a supervisor, a handler", story: in(Supervisor) + "fan/A delivered handler of fan/A: boom\nfan/A ended: boom\nfan ended",
			want: []string{"fan/A | fan/A failed (boom), and the handler was told" + superRule}},
		{name: "one that was cancelled and awaited", story: in(Supervisor) + "fan/A cancelled: stop\n& fan/A done: stop\nfan/A ended\nfan delivered await of fan/A: stop\nfan ended"},
	})
}

func TestErrorsOfScopes(t *testing.T) {
	in := func(kind string) string { return "fan opened " + kind + "\nfan started\n" }
	const rule = ": a scope's failure goes to its caller, once"
	try(t, Errors, []trial{
		{name: "the caller is told", story: in(Scope) + "main delivered caller of fan: boom\nfan ended: boom"},
		{name: "the caller of a supervisor is told", story: in(Supervisor) + "main delivered caller of fan: boom\nfan ended: boom"},
		{name: "nobody is told", story: in(Scope) + "fan ended: boom",
			want: []string{"fan | fan failed (boom), and nobody was told" + rule}},
		{name: "nobody is told, with children", story: in(Supervisor) + "fan cancelled: boom\n& fan done: boom\nfan ended: boom",
			want: []string{"fan | fan failed (boom), and nobody was told" + rule}},
		{name: "nobody is told of a child's failure", story: in(Scope) + `
			fan/A opened launch
			fan/A started
			fan delivered parent of fan/A: boom
			& fan/A ended: boom
			& fan done: boom
			fan ended: boom`,
			want: []string{"fan | fan failed (boom), and nobody was told" + rule}},
		{name: "the caller is told twice", story: in(Scope) + "main delivered caller of fan: boom\nmain delivered caller of fan: boom\nfan ended: boom",
			want: []string{"fan | fan failed once (boom), and it was reported 2 times (caller, caller)" + rule}},
		{name: "a long-lived one's goes to a handler", story: in(Scope) + "fan delivered handler of fan: boom\nfan ended: boom"},
		{name: "a long-lived one's goes to a handler and to its parent", story: in(Scope) + "fan delivered handler of fan: boom\nmain delivered parent of fan: boom\nfan ended: boom",
			want: []string{"fan | fan failed once (boom), and it was reported 2 times (handler, parent)" + rule}},
		{name: "one whose function left by Goexit has no caller", story: in(Scope) + "fan ended: goexit"},
		{name: "it hands on what else failed", story: in(Scope) + "main delivered parent of fan: boom\nfan ended: list(goexit, boom)"},
		{name: "a section's may be told", story: "s opened noncancellable\ns started\nmain delivered caller of s: boom\ns ended: boom"},
		{name: "a section's need not be noted", story: "s opened noncancellable\ns started\ns ended: boom"},
		{name: "a call's goes to its caller once", story: "c opened call\nc started\nmain delivered caller of c: boom\nmain delivered caller of c: boom\nc ended: boom",
			want: []string{"c | c failed once (boom), and it was reported 2 times (caller, caller): its failure goes to its caller, once"}},
		{name: "a call's goes to a handler", story: "c opened call\nc started\nc delivered handler of c: boom\nc ended: boom",
			want: []string{"c | c failed (boom), and the handler was told: its failure goes to its caller, once"}},
	})
}

func TestErrorsKeepTheirChain(t *testing.T) {
	const job = "fan opened supervisor\nfan started\nfan/A opened launch\nfan/A started\n"
	try(t, Errors, []trial{
		{name: "wrapped", story: job + "fan/A delivered handler of fan/A: wrap(boom)\nfan/A ended: boom\nfan ended"},
		{name: "listed with the error of a failing handler", story: job + "fan/A delivered handler of fan/A: list(boom, bang)\nfan/A ended: boom\nfan ended"},
		{name: "a list listed anew", story: job + "fan/A delivered handler of fan/A: list(a, b, c)\nfan/A ended: list(a, b)\nfan ended"},
		{name: "a list of which one is missing", story: job + "fan/A delivered handler of fan/A: list(a, c)\nfan/A ended: list(a, b)\nfan ended",
			want: []string{"fan/A | fan/A failed (2 failures), and the handler was told something else: 2 failures"}},
		{name: "another error", story: job + "fan/A delivered handler of fan/A: bang\nfan/A ended: boom\nfan ended",
			want: []string{"fan/A | fan/A failed (boom), and the handler was told something else: bang"}},
		{name: "unwrapped", story: job + "fan/A delivered handler of fan/A: boom\nfan/A ended: wrap(boom)\nfan ended",
			want: []string{"fan/A | fan/A failed (wrapped: boom), and the handler was told something else: boom"}},
		{name: "no error", story: job + "fan/A delivered handler of fan/A\nfan/A ended: boom\nfan ended",
			want: []string{"fan/A | fan/A failed (boom), and the handler was told of a failure without an error"}},
		{name: "a failure that is none", story: job + "fan/A delivered handler of fan/A: boom\nfan/A ended\nfan ended",
			want: []string{"fan/A | fan/A did not fail, and the handler was told that it did: boom"}},
		{name: "of a task that has not ended", story: job + "fan/A delivered handler of fan/A: boom\nendless"},
		{name: "to an awaiter", story: "fan opened supervisor\nfan started\nfan/A opened async\nfan/A started\nfan/A ended: boom\nfan delivered await of fan/A: bang\nfan ended",
			want: []string{"fan/A | fan/A failed (boom), and fan was told something else: bang"}},
	})
}

func TestErrorsStrikesThatMustFail(t *testing.T) {
	const job = "fan opened supervisor\nfan started\nfan/A opened launch\nfan/A started\n"
	const told = "fan/A delivered handler of fan/A: boom\n"
	anywhere := Terms{MustFail: func(s faults.Strike) bool { return true }}
	try(t, Errors, []trial{
		{name: "it fails with the error", story: job + `fan/A struck scope/run #1 error "boom"` + "\n" + told + "fan/A ended: boom\nfan ended"},
		{name: "it ends well", story: job + `fan/A struck scope/run #1 error "boom"` + "\nfan/A ended\nfan ended",
			want: []string{`fan/A | fan/A ended as if scope/run had not happened: error "boom" swallowed`}},
		{name: "it fails with another", story: job + `fan/A struck scope/run #1 panic "boom"` + "\nfan/A delivered handler of fan/A: bang\nfan/A ended: bang\nfan ended",
			want: []string{`fan/A | fan/A failed with another error (bang): panic "boom" at scope/run swallowed`}},
		{name: "a panic that is wrapped", story: job + `fan/A struck scope/run #1 panic "boom"` + "\nfan/A delivered handler of fan/A: wrap(boom)\nfan/A ended: wrap(boom)\nfan ended"},
		{name: "a Goexit is some failure", story: job + "fan/A struck scope/run #1 goexit\nfan/A delivered handler of fan/A: gone\nfan/A ended: gone\nfan ended"},
		{name: "a Goexit is a success", story: job + "fan/A struck scope/run #1 goexit\nfan/A ended\nfan ended",
			want: []string{"fan/A | fan/A ended as if scope/run had not happened: goexit swallowed"}},
		{name: "a delay is no failure", story: job + "fan/A struck scope/run #1 delay 1ms\nfan/A ended\nfan ended"},
		{name: "elsewhere it may be handled", story: job + `fan/A struck scope/lock #1 error "boom"` + "\nfan/A ended\nfan ended"},
		{name: "unless the scenario says otherwise", terms: anywhere, story: job + `fan/A struck fakes/charge #1 error "boom"` + "\nfan/A ended\nfan ended",
			want: []string{`fan/A | fan/A ended as if fakes/charge had not happened: error "boom" swallowed`}},
		{name: "a task that has not ended", story: job + `fan/A struck scope/run #1 error "boom"` + "\nendless"},
		{name: "a worker has no end to fail with", terms: anywhere, story: `w struck dispatcher/worker-end #1 error "boom"` + "\nw ended"},
	})
}
