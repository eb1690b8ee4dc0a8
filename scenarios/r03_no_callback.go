package scenarios

import (
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/scope"
)

// R3 has a device that says nothing: the call times out at its deadline, not
// before and not after, and the next one is answered.
var R3 = harness.Scenario{
	ID: "R3", Title: "no callback at all",
	Source:     ToastCaseStudy,
	Properties: []string{"P-CONSERVE", "P-LEAK", "P-STARVE", "P-ERROR"},
	Faults: []explore.Allow{
		harness.Strike("fakes/cardreader/command", faults.Drop),
		harness.Strike("fakes/cardreader/callback", faults.Drop|faults.Late),
	},
	Facts: []string{
		"a call that timed out was followed by an answered one", "two calls in a row timed out",
		"an answer came at the very deadline",
	},
	Durations: []time.Duration{readerTimeout - readerLatency},
	Body:      func(r *harness.Run) { silentDevice(r, withExtension) },
	Controls: []harness.Control{{
		Name: "endless-loop", Story: "the account's polling loop: \"could be an infinite loop\"",
		Breaks: "P-EXPECT", Task: "its callback was lost, and it has no timeout",
		Body: func(r *harness.Run) { silentDevice(r, withNaive) },
	}, {
		Name: "late-timeout", Story: "a polling loop with a deadline that it looks at now and then",
		Breaks: "P-EXPECT", Task: "returned after",
		Body: func(r *harness.Run) {
			silentDevice(r, withPolling(cardreader.NewImpatient, 3*accountPoll))
		},
	}, {
		Name: "early-timeout", Story: "a caller who gives up before the deadline",
		Breaks: "P-EXPECT", Task: "before its timeout",
		Body: func(r *harness.Run) { silentDevice(r, withHasty) },
	}},
}

func silentDevice(r *harness.Run, open openReader) {
	t := openTill(r, open, readerLatency, faults.Drop|faults.Late)
	n, pause := r.Int("calls", 1, 4), r.Duration("pause", 0, 100*time.Millisecond, time.Second)
	r.Expect(t.serve(func(s *scope.Scope) { t.inTurn(s, n, pause) })).To(gomega.Succeed())
	if !t.close() {
		return
	}
	timedOut := t.count((*tillCall).timedOut)
	r.Expect(t.count((*tillCall).answered)+timedOut).To(gomega.Equal(n), "every call was answered or timed out")
	if t.keepsBooks() {
		r.Expect(t.device.Stats().Lost+t.extension().Late).To(gomega.Equal(timedOut), "callbacks that were lost or came too late, and calls that timed out")
	}
	r.Sometimes("a call that timed out was followed by an answered one", t.followed((*tillCall).timedOut, (*tillCall).answered))
	r.Sometimes("two calls in a row timed out", t.followed((*tillCall).timedOut, (*tillCall).timedOut))
	for _, c := range t.calls {
		r.Sometimes("an answer came at the very deadline", c.answered() && c.took() == readerTimeout)
	}
}
