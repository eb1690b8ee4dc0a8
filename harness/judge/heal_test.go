package judge

import (
	"testing"
	"time"
)

func TestHeal(t *testing.T) {
	within := Terms{HealWithin: 2 * time.Millisecond}
	try(t, Heal, []trial{
		{name: "nothing was healed", story: "main said hello\n@1h complete"},
		{name: "on the bound", terms: within, story: "@1ms main healed\n@3ms main recovered the till"},
		{name: "too late", terms: within, story: "@1ms main healed\n@4ms main recovered the till",
			want: []string{"main | the faults stopped at 1ms, and the till answered normally again only 3ms later (bound 2ms)"}},
		{name: "never", terms: within, story: "@1ms main healed\n@9ms stalled",
			want: []string{"main | the faults stopped at 1ms, and nothing answered normally again by 9ms (bound 2ms)"}},
		{name: "never asked", terms: within, story: "@1ms main healed\ncomplete",
			want: []string{"main | the faults stopped at 1ms, and nothing answered normally again by 1ms (bound 2ms)"}},
		{name: "before it was healed", terms: within, story: "@1ms main recovered the till\nmain healed\ncomplete",
			want: []string{"main | the faults stopped at 1ms, and nothing answered normally again by 1ms (bound 2ms)"}},
		{name: "at once", story: "@1ms main healed\nmain recovered the till"},
		{name: "the strictest bound", story: "@1ms main healed\n@1001us main recovered the till",
			want: []string{"main | the faults stopped at 1ms, and the till answered normally again only 1µs later (bound 0s)"}},
		{name: "an unfinished run, in time", terms: within, story: "@1ms main healed\n@3ms endless"},
		{name: "an unfinished run, out of time", terms: within, story: "@1ms main healed\n@4ms endless",
			want: []string{"main | the faults stopped at 1ms, and nothing answered normally again by 4ms (bound 2ms)"}},
		{name: "each time", terms: within, story: "main healed\nmain recovered the till\n@5ms main healed\n@9ms complete",
			want: []string{"main | the faults stopped at 5ms, and nothing answered normally again by 9ms (bound 2ms)"}},
		{name: "the clock's own moves are added", terms: Terms{Slack: slackOf(time.Millisecond)}, story: "main healed\n@1ms main recovered the till"},
	})
}
