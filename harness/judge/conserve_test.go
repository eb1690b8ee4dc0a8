package judge

import (
	"slices"
	"testing"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/history"
)

func TestConserveMessages(t *testing.T) {
	try(t, Conserve, []trial{
		{name: "no ledger", story: "main said hello"},
		{name: "received", story: "p sent q = 1\nc received q = 1"},
		{name: "refused", story: "p sent q = 1\np turned-away q = 1"},
		{name: "still queued", story: "p sent q = 1\nmain kept q = 1"},
		{name: "ids of two ledgers", story: "p sent q = 1\np sent r = 1\nc received q = 1\nc received r = 1"},
		{name: "from nowhere", story: "@2s c received q = 1",
			want: []string{"c | q: c received 1, which nobody had sent"}},
		{name: "before it was sent", story: "c received q = 1\np sent q = 1",
			want: []string{"c | q: c received 1, which nobody had sent", "p | q: 1 sent = 0 received + 0 refused + 0 still queued, and 1 lost: 1 of p at 0s"}},
		{name: "in another ledger", story: "p sent r = 1\nc received q = 1\nc received r = 1",
			want: []string{"c | q: c received 1, which nobody had sent"}},
		{name: "received twice", story: "p sent q = 1\n@1s c received q = 1\n@2s d received q = 1",
			want: []string{"d | q: d received 1, which c had received at 1s"}},
		{name: "received though refused", story: "p sent q = 1\n@1s p turned-away q = 1\n@2s c received q = 1",
			want: []string{"c | q: c received 1, with which p had been refused at 1s"}},
		{name: "received and still queued", story: "p sent q = 1\n@1s c received q = 1\n@2s main kept q = 1",
			want: []string{"main | q: main found 1 still queued, which c had received at 1s"}},
		{name: "queued twice", story: "p sent q = 1\nmain kept q = 1\nmain kept q = 1",
			want: []string{"main | q: main found 1 still queued, which main had found still queued at 0s"}},
		{name: "refused from nowhere", story: "p turned-away q = 1",
			want: []string{"p | q: p was refused with 1, which nobody had sent"}},
		{name: "sent twice", story: "@1s p sent q = 1\n@2s o sent q = 1\nc received q = 1",
			want: []string{"o | q: o sent 1, which p had sent at 1s"}},
		{name: "lost", story: "p sent q = 1\n@1s o sent q = 2\np sent q = 3\np sent q = 4\nc received q = 1\np turned-away q = 4\nmain kept q = 3",
			want: []string{"o | q: 4 sent = 1 received + 1 refused + 1 still queued, and 1 lost: 2 of o at 1s"}},
		{name: "only the first of several", story: "c received q = 1\nc received q = 2\np sent q = 3\nc received q = 3\nc received q = 3",
			want: []string{"c | q: c received 1, which nobody had sent"}},
		{name: "a stalled run may still receive it", story: "p sent q = 1\nstalled"},
		{name: "so may an endless one", story: "p sent q = 1\nendless"},
		{name: "and a crashed one", story: "p sent q = 1\ncrashed boom"},
		{name: "but not twice", story: "p sent q = 1\nc received q = 1\nc received q = 1\nstalled",
			want: []string{"c | q: c received 1, which c had received at 0s"}},
	})
}

func TestConserveCalls(t *testing.T) {
	try(t, Conserve, []trial{
		{name: "answered", story: "a asked r = 1\na answered r = 1"},
		{name: "given up", story: "a asked r = 1\na unanswered r = 1"},
		{name: "given up by who looks after it", story: "a asked r = 1\nmain unanswered r = 1"},
		{name: "crossed", story: "a asked r = 1\nb asked r = 2\n@1s b answered r = 1\na answered r = 2",
			want: []string{"b | r: b was given the answer to 1, for which a still waits"}},
		{name: "stale", story: "a asked r = 1\n@1s a unanswered r = 1\nb asked r = 2\n@2s b answered r = 1\nb unanswered r = 2",
			want: []string{"b | r: b was given the answer to 1, on which a had given up at 1s"}},
		{name: "again, to another", story: "a asked r = 1\n@1s a answered r = 1\nb asked r = 2\n@2s b answered r = 1\nb unanswered r = 2",
			want: []string{"b | r: b was given the answer to 1, which had answered a at 1s"}},
		{name: "again, to the same", story: "a asked r = 1\na answered r = 1\n@1s a answered r = 1",
			want: []string{"a | r: a was given the answer to 1, which had answered a at 0s"}},
		{name: "given up and answered", story: "a asked r = 1\na unanswered r = 1\n@1s a answered r = 1",
			want: []string{"a | r: a was given the answer to 1, on which a had given up at 0s"}},
		{name: "answered and given up", story: "a asked r = 1\na answered r = 1\n@1s a unanswered r = 1",
			want: []string{"a | r: a gave up on 1, which had answered a at 0s"}},
		{name: "never asked", story: "a answered r = 1",
			want: []string{"a | r: a was given the answer to 1, which nobody had asked"}},
		{name: "asked twice", story: "a asked r = 1\na answered r = 1\nb asked r = 1",
			want: []string{"b | r: b asked 1, which a had asked at 0s"}},
		{name: "without an end", story: "a asked r = 1\nb asked r = 2\n@1s c asked r = 3\na answered r = 1\nb unanswered r = 2",
			want: []string{"c | r: 3 asked = 1 answered + 1 given up, and 1 without an end: 3 of c at 1s"}},
		{name: "messages and calls are two accounts", story: "a asked r = 1\np sent r = 2",
			want: []string{
				"p | r: 1 sent = 0 received + 0 refused + 0 still queued, and 1 lost: 2 of p at 0s",
				"a | r: 1 asked = 0 answered + 0 given up, and 1 without an end: 1 of a at 0s",
			}},
		{name: "a child is not who asked", story: "a asked r = 1\na/child answered r = 1",
			want: []string{"a/child | r: a/child was given the answer to 1, for which a still waits"}},
	})
}

// TestEveryBookingCounts alters a ledger that holds, one event at a time.
func TestEveryBookingCounts(t *testing.T) {
	const story = `
		p sent q = 1
		p sent q = 2
		c received q = 1
		p sent q = 3
		p turned-away q = 3
		a asked r = 1
		b asked r = 2
		b answered r = 2
		a unanswered r = 1
		main kept q = 2
	`
	g := gomega.NewWithT(t)
	g.Expect(verdict(Conserve, tell(story), Terms{})).To(gomega.BeEmpty())
	told := lines(story)
	for name, m := range map[string]struct {
		alter     func(run *history.Run, e *history.Event, i int)
		unnoticed []string
	}{
		"dropped":    {alter: func(run *history.Run, e *history.Event, i int) { run.Events = slices.Delete(run.Events, i, i+1) }},
		"told twice": {alter: func(run *history.Run, e *history.Event, i int) { run.Events = slices.Insert(run.Events, i, *e) }},
		"of another id": {
			alter: func(run *history.Run, e *history.Event, i int) { e.Value = "9" },
		},
		"of another ledger": {
			alter: func(run *history.Run, e *history.Event, i int) { e.Name = "s" },
		},
		"at the end": {
			alter: func(run *history.Run, e *history.Event, i int) {
				moved := *e
				run.Events = append(slices.Delete(run.Events, i, i+1), moved)
			},
			// Whatever settles may come last.
			unnoticed: []string{"c received q = 1", "p turned-away q = 3", "b answered r = 2", "a unanswered r = 1", "main kept q = 2"},
		},
		"of another task": {
			alter: func(run *history.Run, e *history.Event, i int) { e.Task = run.Tasks[0] },
			// Anybody may send, receive, and give up for somebody.
			unnoticed: []string{"p sent q = 1", "p sent q = 2", "c received q = 1", "p sent q = 3", "p turned-away q = 3", "a asked r = 1", "a unanswered r = 1", "main kept q = 2"},
		},
	} {
		var unnoticed []string
		for i := range told {
			run := tell(story)
			m.alter(run, &run.Events[i], i)
			if len(Conserve.Check(run, Terms{})) == 0 {
				unnoticed = append(unnoticed, told[i])
			}
		}
		g.Expect(unnoticed).To(gomega.Equal(m.unnoticed), name)
	}
}
