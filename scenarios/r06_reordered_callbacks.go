package scenarios

import (
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/scope"
)

// R6 has callbacks that overtake each other: one comes after that of the next
// command, or never if none follows, and some of the commands are of another
// kind. Whatever comes, a call is given the answer to its own command or none.
var R6 = harness.Scenario{
	ID: "R6", Title: "reordered and crossed callbacks",
	Source:     ToastCaseStudy,
	Properties: []string{"P-CONSERVE", "P-LINEAR", "P-LEAK", "P-STARVE", "P-ERROR"},
	Faults: []explore.Allow{
		harness.Strike("fakes/cardreader/callback", faults.Reorder|faults.Error),
	},
	Facts: []string{
		"an overtaken callback came while the next call waited", "two callbacks in a row were overtaken by a third",
		"a callback was never overtaken", "the callback of a start was overtaken by that of another command",
		"a call that failed overtook another",
	},
	Body: func(r *harness.Run) { crossCallbacks(r, withExtension) },
	Controls: []harness.Control{{
		Name: "matched-by-arrival", Story: "all commands at once, and the first callback is taken for the answer to the first of them",
		Breaks: "P-CONSERVE", Task: " still waits",
		Body: func(r *harness.Run) { crossCallbacks(r, withPipelined(r)) },
	}, {
		Name: "whoever-calls-is-answered", Story: "a loop with a deadline: an overtaken callback overwrites the answer to the next call",
		Breaks: "P-CONSERVE", Task: " had given up at ",
		Body: func(r *harness.Run) { crossCallbacks(r, withImpatient) },
	}, {
		Name: "answers-in-no-order", Story: "the same loop, seen from outside: its answers fit into no order of its calls",
		Breaks: "P-LINEAR", Task: "reader",
		Body: func(r *harness.Run) { crossCallbacks(r, withImpatient) },
	}},
}

func crossCallbacks(r *harness.Run, open openReader) {
	t := openTill(r, open, readerLatency, faults.Reorder|faults.Error)
	t.oneByOne()
	n, pause := r.Int("calls", 2, 6), r.Duration("pause", 0, 100*time.Millisecond)
	connects, inTurn := r.Int("every n-th one connects", 1, 4), !r.Bool("all at once")
	r.Expect(t.serve(func(s *scope.Scope) { t.mixed(s, n, connects, inTurn, pause) })).To(gomega.Succeed())
	if !t.close() {
		return
	}
	timedOut := t.count((*tillCall).timedOut)
	r.Expect(t.count((*tillCall).succeeded)+t.count((*tillCall).erred)+timedOut).To(gomega.Equal(n), "every call was answered, failed by the device, or timed out")
	r.Sometimes("a callback was never overtaken", t.device.Stats().Lost > 0)
	if !t.keepsBooks() {
		return
	}
	r.Expect(t.device.Stats().Lost+t.extension().Late).To(gomega.Equal(timedOut), "callbacks that nothing overtook or that came too late, and calls that timed out")
	for i, c := range t.calls {
		if i == 0 || !inTurn || c.timedOut() || !t.calls[i-1].timedOut() {
			continue
		}
		r.Expect(c.late()).To(gomega.BeNumerically(">", 0), "%s overtook a callback, which then came to nobody", c.path)
		r.Sometimes("an overtaken callback came while the next call waited", c.succeeded())
		r.Sometimes("two callbacks in a row were overtaken by a third", c.late() > 1)
		r.Sometimes("the callback of a start was overtaken by that of another command", t.calls[i-1].isStart() && !c.isStart())
		r.Sometimes("a call that failed overtook another", c.erred())
	}
}
