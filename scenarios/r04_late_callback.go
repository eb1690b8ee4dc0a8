package scenarios

import (
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/scope"
)

// R4 has callbacks that arrive when their call has timed out: they are discarded
// and counted, and never answer the next call. It rests on the vendor's one
// promise: callbacks go to the listener that was installed when the command was
// given.
var R4 = harness.Scenario{
	ID: "R4", Title: "the late callback",
	Source:     ToastCaseStudy,
	Properties: []string{"P-CONSERVE", "P-LEAK", "P-STARVE", "P-ERROR"},
	Faults: []explore.Allow{
		harness.Strike("fakes/cardreader/callback", faults.Late|faults.Delay),
		harness.Strike("fakes/cardreader/usb", faults.Delay),
	},
	Facts: []string{
		"a late answer came while the next call waited for its own", "a late answer came between two calls",
		"an answer came at the very deadline",
	},
	Durations: []time.Duration{readerTimeout - readerLatency, 2*readerTimeout - readerLatency},
	Body:      func(r *harness.Run) { lateDevice(r, withExtension) },
	Controls: []harness.Control{{
		Name: "stale-event-delivered", Story: "a polling loop that gives up at its deadline, and leaves the fields to the next call",
		Breaks: "P-CONSERVE", Task: ", on which till/call-",
		Body: func(r *harness.Run) { lateDevice(r, withImpatient) },
	}},
}

func lateDevice(r *harness.Run, open openReader) {
	t := openTill(r, open, readerLatency, faults.Late|faults.Delay)
	n, pause := r.Int("calls", 2, 5), r.Duration("pause", 0, 100*time.Millisecond, time.Second)
	r.Expect(t.serve(func(s *scope.Scope) { t.inTurn(s, n, pause) })).To(gomega.Succeed())
	if !t.close() {
		return
	}
	timedOut, during := t.count((*tillCall).timedOut), 0
	r.Expect(t.count((*tillCall).answered)+timedOut).To(gomega.Equal(n), "every call was answered or timed out")
	for _, c := range t.calls {
		r.Sometimes("an answer came at the very deadline", c.took() == readerTimeout && c.answered())
	}
	if !t.keepsBooks() {
		return
	}
	r.Expect(t.extension().Late).To(gomega.Equal(timedOut), "callbacks discarded as late, and calls that timed out")
	for i, c := range t.calls {
		during += c.late()
		r.Sometimes("a late answer came while the next call waited for its own", i > 0 && c.late() > 0 && c.answered() && t.calls[i-1].timedOut())
	}
	r.Sometimes("a late answer came between two calls", during < timedOut)
}
