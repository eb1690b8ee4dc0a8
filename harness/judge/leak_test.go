package judge

import (
	"testing"

	"github.com/squall-go/squall/harness/history"
)

func TestLeak(t *testing.T) {
	exempt := func(state string) Terms {
		return Terms{AllowLeft: func(l history.Live) bool { return l.State == state }}
	}
	const tidy = "fan opened scope\nfan started\nfan/A opened launch\nfan/A started\nfan/A ended\nfan ended\n"
	try(t, Leak, []trial{
		{name: "nothing left", story: tidy},

		{name: "a task's goroutine", story: tidy + "left fan/A chan receive",
			want: []string{"fan/A | fan/A was left, chan receive"}},
		{name: "a goroutine of nobody", story: tidy + "left - select",
			want: []string{" | a goroutine was left, select"}},
		{name: "several", story: tidy + "left fan/A select\nleft - select\nleft fan select",
			want: []string{"fan/A | fan/A was left, select (and 2 more like it)"}},
		{name: "one that the scenario allows", story: tidy + "left fan/A wedged", terms: exempt("wedged")},
		{name: "and one that it does not", story: tidy + "left fan/A wedged\nleft - select", terms: exempt("wedged"),
			want: []string{" | a goroutine was left, select"}},

		{name: "a job that never ended", story: tidy + "x opened launch\nx started",
			want: []string{"x | x never ended"}},
		{name: "a job that never started", story: tidy + "x opened launch",
			want: []string{"x | x never ended"}},
		{name: "a body that nobody opened", story: tidy + "x started",
			want: []string{"x | x never ended"}},
		{name: "a job that was refused", story: tidy + "x opened launch\nx refused: closed"},
		{name: "a job that a dispatcher refused has to end", story: tidy + "x opened launch\nx queued io\nx refused io: closed",
			want: []string{"x | x never ended"}},
		{name: "a call that never began", story: tidy + "x opened call"},
		{name: "a call that began", story: tidy + "x opened call\nx started",
			want: []string{"x | x never ended"}},
		{name: "an island", story: tidy + "x opened detached\nx started",
			want: []string{"x | x never ended"}},
		{name: "allowed", story: tidy + "x opened launch", terms: exempt("not ended")},

		{name: "a lock", story: tidy + "@2ms fan/A acquired m",
			want: []string{"fan/A | fan/A holds m since 2ms and never released it"}},
		{name: "a lock released", story: tidy + "fan/A acquired m\nfan/A released m"},
		{name: "a lock released by another", story: tidy + "fan/A acquired m\nfan released m"},
		{name: "a lock released before", story: tidy + "fan/A released m\nfan/A acquired m",
			want: []string{"fan/A | fan/A holds m since 0s and never released it"}},
		{name: "another lock released", story: tidy + "fan/A acquired m\nfan/A released n",
			want: []string{"fan/A | fan/A holds m since 0s and never released it"}},
		{name: "two, of which one is released", story: tidy + "fan/A acquired m\nfan acquired m\nfan/A released m",
			want: []string{"fan | fan holds m since 0s and never released it"}},
		{name: "two of one task, of which one is released", story: tidy + "fan/A acquired m\nfan/A acquired m\nfan/A released m",
			want: []string{"fan/A | fan/A holds m since 0s and never released it"}},
		{name: "a lock that may be kept", story: tidy + "fan/A acquired m", terms: exempt("holds m")},

		{name: "queued", story: tidy + "@2ms w queued io",
			want: []string{"w | w is queued at io since 2ms, and was neither run nor refused"}},
		{name: "queued and run", story: tidy + "w queued io\nw running io"},
		{name: "queued and refused", story: tidy + "w queued io\nw refused io: closed"},
		{name: "queued and run elsewhere", story: tidy + "w queued io\nw running cpu",
			want: []string{"w | w is queued at io since 0s, and was neither run nor refused"}},
		{name: "run before it was queued again", story: tidy + "w queued io\nw running io\nw queued io",
			want: []string{"w | w is queued at io since 0s, and was neither run nor refused"}},
		{name: "queued, as allowed", story: tidy + "w queued io", terms: exempt("queued at io")},

		{name: "a child outlives its scope", story: "fan opened scope\nfan started\nfan/A opened launch\nfan/A started\n@1ms fan ended\n@2ms fan/A ended",
			want: []string{"fan/A | fan/A ended at 2ms, after fan, which it belongs to, had ended at 1ms"}},
		{name: "a child starts after its scope", story: "fan opened scope\nfan started\nfan/A opened launch\n@1ms fan ended\n@2ms fan/A started\nfan/A ended",
			want: []string{"fan/A | fan/A started at 2ms, after fan, which it belongs to, had ended at 1ms"}},
		{name: "a section outlives its scope", story: "fan opened scope\nfan/S opened noncancellable\nfan ended\nfan/S ended",
			want: []string{"fan/S | fan/S ended at 0s, after fan, which it belongs to, had ended at 0s"}},
		{name: "an island does", story: "fan opened scope\nfan/I opened detached\nfan/I started\nfan ended\nfan/I ended"},
		{name: "a refused job does", story: "fan opened scope\nfan ended\nfan/A opened launch\nfan/A refused: closed\nfan/A ended: closed"},
		{name: "a wedged child does, as allowed", story: "fan opened scope\nfan/A opened call\nfan/A started\nfan ended\nfan/A ended", terms: exempt("not ended")},

		{name: "all at once", story: "fan opened scope\nfan started\nfan acquired m\nw queued io\nleft fan select",
			want: []string{
				"fan | fan was left, select",
				"fan | fan never ended",
				"fan | fan holds m since 0s and never released it",
				"w | w is queued at io since 0s, and was neither run nor refused",
			}},
		{name: "a stalled run is not over", story: "fan opened scope\nfan acquired m\nleft fan select\nstalled"},
		{name: "nor is an endless one", story: "fan opened scope\nfan acquired m\nleft fan select\nendless"},
		{name: "nor is one that crashed", story: "fan opened scope\nfan acquired m\nleft fan select\ncrashed boom"},
	})
}
