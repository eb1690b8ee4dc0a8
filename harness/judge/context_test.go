package judge

import (
	"slices"
	"testing"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/history"
)

func TestContext(t *testing.T) {
	two := `
		request-1 owned trace = t-1
		request-2 owned trace = t-2
		request-1/render step fakes/services/call
		`
	try(t, Context, []trial{
		{name: "nothing was looked at", story: "main said hello"},
		{name: "one's own", story: two + "request-1 carried trace = t-1"},
		{name: "the owner's", story: two + "request-2/render/log carried trace = t-2"},
		{name: "another one's", story: two + "request-2/render step fakes/services/call\nrequest-2/render carried trace = t-1",
			want: []string{`request-2/render | request-2/render carried trace "t-1" at fakes/services/call (that is request-1's); its owner request-2 has "t-2"`}},
		{name: "nothing", story: two + "request-2/render step dispatcher/work\nrequest-2/render carried trace",
			want: []string{`request-2/render | request-2/render carried no trace at dispatcher/work; its owner request-2 has "t-2"`}},
		{name: "nobody's", story: two + "request-2 carried trace = t-3",
			want: []string{`request-2 | request-2 carried trace "t-3" at fakes/services/call in request-1/render; its own is "t-2"`}},
		{name: "where nobody owns it", story: two + "main carried trace = t-1",
			want: []string{`main | main carried trace "t-1" at fakes/services/call in request-1/render (that is request-1's); nobody above it owns one`}},
		{name: "nothing where nobody owns it", story: two + "main carried trace"},
		{name: "of another key", story: two + "request-1 carried token",
			terms: Terms{Unwatched: true}},
		{name: "a key that only somebody else owns", story: two + "request-1 owned token = s\nrequest-2 carried token = s", terms: Terms{Unwatched: true},
			want: []string{`request-2 | request-2 carried token "s" (that is request-1's); nobody above it owns one`}},
		{name: "unwatched, only its own steps count", story: two + "request-1/render carried trace = t-3\nrequest-2 step x", terms: Terms{Unwatched: true},
			want: []string{`request-1/render | request-1/render carried trace "t-3" at fakes/services/call; its owner request-1 has "t-1"`}},
		{name: "an inner task has its own", story: two + "request-2/render owned trace = t-2.1\nrequest-2/render/log carried trace = t-2.1\nrequest-2 carried trace = t-2"},
		{name: "the outer one's in an inner task with its own", story: two + "request-2/render owned trace = t-2.1\nrequest-2/render/log carried trace = t-2",
			want: []string{`request-2/render/log | request-2/render/log carried trace "t-2" at fakes/services/call in request-1/render (that is request-2's); its owner request-2/render has "t-2.1"`}},
		{name: "before it was owned", story: "request-1 carried trace\nrequest-1 owned trace = t-1"},
		{name: "owned anew", story: two + "request-1 owned trace = t-9\nrequest-1 carried trace = t-9\nrequest-1/late carried trace = t-9"},
		{name: "made before it was owned anew", story: two + "request-1 owned trace = t-9\nrequest-1/render/log carried trace = t-1"},
		{name: "made before it was owned anew, with the new value", story: two + "request-1 owned trace = t-9\nrequest-1/render/log carried trace = t-9",
			want: []string{`request-1/render/log | request-1/render/log carried trace "t-9" at fakes/services/call in request-1/render (that is request-1's); its owner request-1 has "t-1"`}},
		{name: "an owner who has none", story: two + "request-1 owned trace\nrequest-1 carried trace = t-1",
			want: []string{`request-1 | request-1 carried trace "t-1" at fakes/services/call in request-1/render; its own is ""`}},
		{name: "only the first is told of", story: "a owned k = 1\na carried k = 2\na carried k = 3\nstalled",
			want: []string{`a | a carried k "2"; its own is "1"`}},
	})
}

// TestEveryStrayValueIsNoticed alters a history that holds, one event at a time.
func TestEveryStrayValueIsNoticed(t *testing.T) {
	const story = `
		a owned trace = t-1
		a owned token = s-1
		b owned trace = t-2
		b owned token = s-2
		a carried trace = t-1
		a/x carried token = s-1
		b/y/z carried trace = t-2
		b/y/z carried token = s-2
		`
	alterations := map[string]func(run *history.Run, i int){
		"dropped":          func(run *history.Run, i int) { run.Events = slices.Delete(run.Events, i, i+1) },
		"of another key":   func(run *history.Run, i int) { run.Events[i].Name = "name" },
		"of another value": func(run *history.Run, i int) { run.Events[i].Value += "0" },
		"of no value":      func(run *history.Run, i int) { run.Events[i].Value = "" },
		"of another task":  func(run *history.Run, i int) { run.Events[i].Task = run.Tasks[0] },
	}
	for name, alter := range alterations {
		t.Run(name, func(t *testing.T) {
			g := gomega.NewWithT(t)
			whole := tell(story)
			g.Expect(Judge(whole, Terms{}, []Property{Context})).To(gomega.BeEmpty(), "unaltered")
			for i, e := range whole.Events {
				altered := tell(story)
				alter(altered, i)
				if name == "dropped" && e.Kind == history.Carried {
					continue // where nobody looks, nothing is seen
				}
				g.Expect(Judge(altered, Terms{}, []Property{Context})).NotTo(gomega.BeEmpty(), "event %d", i)
			}
		})
	}
}
