package scenarios

import (
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/scope"
)

// R5 has callbacks that are made twice: the second one is discarded and counted,
// whoever waits by then.
var R5 = harness.Scenario{
	ID: "R5", Title: "duplicate callback",
	Source:     ToastCaseStudy,
	Properties: []string{"P-CONSERVE", "P-LEAK", "P-STARVE", "P-ERROR"},
	Faults: []explore.Allow{
		harness.Strike("fakes/cardreader/callback", faults.Duplicate),
		harness.Strike("fakes/cardreader/usb", faults.Delay),
	},
	Facts: []string{
		"the second callback came while the next call waited for its own", "the second callback came when nobody waited",
		"both callbacks came after the deadline",
	},
	Durations: []time.Duration{readerTimeout - readerLatency, readerTimeout},
	Body:      func(r *harness.Run) { stutteringDevice(r, withExtension) },
	Controls: []harness.Control{{
		Name: "next-call-answered-by-it", Story: "the account's polling loop: what lies in the shared field is the next call's answer",
		Breaks: "P-CONSERVE", Task: "which had answered till/call-",
		Body: func(r *harness.Run) { stutteringDevice(r, withNaive) },
	}},
}

func stutteringDevice(r *harness.Run, open openReader) {
	t := openTill(r, open, readerLatency, faults.Duplicate|faults.Delay)
	n, pause := r.Int("calls", 2, 5), r.Duration("pause", 0, 100*time.Millisecond, time.Second)
	r.Expect(t.serve(func(s *scope.Scope) { t.inTurn(s, n, pause) })).To(gomega.Succeed())
	if !t.close() {
		return
	}
	timedOut, during := t.count((*tillCall).timedOut), 0
	device, reader := t.device.Stats(), t.extension()
	r.Expect(t.count((*tillCall).answered)+timedOut).To(gomega.Equal(n), "every call was answered or timed out")
	if !t.keepsBooks() {
		return
	}
	r.Expect(reader.Duplicate+reader.Late-timedOut).To(gomega.Equal(device.Duplicated), "second callbacks discarded, and made")
	for i, c := range t.calls {
		during += c.again()
		r.Sometimes("the second callback came while the next call waited for its own", i > 0 && c.again() > 0 && c.answered())
	}
	r.Sometimes("the second callback came when nobody waited", during < reader.Duplicate)
	r.Sometimes("both callbacks came after the deadline", reader.Late > timedOut)
}
