package judge

import (
	"testing"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/history"
)

func TestExpect(t *testing.T) {
	for _, c := range []struct {
		name, story string
		want        []Finding
	}{
		{"all held", "main said hello", nil},
		{"one failed, under the property it names", "fan opened scope\nfan expected P-CONSERVE: 2 received, 3 sent",
			[]Finding{{Property: "P-CONSERVE", Subject: "fan", Message: "2 received, 3 sent"}}},
		{"one failed under no name", "main expected: no page",
			[]Finding{{Property: "P-EXPECT", Subject: "main", Message: "no page"}}},
		{"one without a message", "main expected P-ERROR",
			[]Finding{{Property: "P-ERROR", Subject: "main", Message: "expectation failed"}}},
		{"the first of each property", "main expected P-ERROR: a\nmain expected P-ERROR: b\nmain expected P-HEAL: c",
			[]Finding{{Property: "P-ERROR", Subject: "main", Message: "a"}, {Property: "P-HEAL", Subject: "main", Message: "c"}}},
		{"a crash comes first", "main expected P-ERROR: a\ncrashed boom",
			[]Finding{{Property: "P-EXPECT", Subject: "", Message: "the run crashed: boom"}, {Property: "P-ERROR", Subject: "main", Message: "a"}}},
		{"a stall is not its business", "stalled", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			gomega.NewWithT(t).Expect(Expect.Check(tell(c.story), Terms{})).To(gomega.Equal(c.want))
		})
	}
}

func TestExpectFoldsLongMessages(t *testing.T) {
	g := gomega.NewWithT(t)
	run := tell("main expected: x\ncrashed x")
	run.Events[0].Err = message("Expected\n    <int>: 1\nto equal\n    <int>: 2")
	run.Panic = "boom\n\ngoroutine 7 [running]:\nmain.main()"
	g.Expect(Expect.Check(run, Terms{})).To(gomega.Equal([]Finding{{Property: "P-EXPECT", Subject: "", Message: "the run crashed: boom"}}))
	run.Outcome = history.Complete
	g.Expect(Expect.Check(run, Terms{})).To(gomega.Equal([]Finding{{Property: "P-EXPECT", Subject: "main", Message: "Expected <int>: 1 to equal <int>: 2"}}))
}

type message string

func (m message) Error() string { return string(m) }
