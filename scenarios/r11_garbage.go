package scenarios

import (
	"errors"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/scope"
)

// R11 has a device that talks nonsense: a battery at 300 %, no serial number, a
// version that is none, an answer that cannot be read. Each is a typed failure of
// the call it answers. Nothing of it is trusted, and nothing of it is left for
// the next call.
var R11 = harness.Scenario{
	ID: "R11", Title: "garbage payload",
	Source:     ToastCaseStudy,
	Properties: []string{"P-CONSERVE", "P-LEAK", "P-STARVE", "P-ERROR"},
	Faults: []explore.Allow{
		harness.Strike("fakes/cardreader/payload", faults.Corrupt),
		harness.Strike("fakes/cardreader/callback", faults.Corrupt|faults.Late),
	},
	Facts: []string{
		"a battery was garbage", "a serial was garbage", "a firmware was garbage", "the answer to a start was garbage",
		"a call was answered after garbage", "garbage came too late",
	},
	Durations: []time.Duration{readerTimeout - readerLatency},
	Body:      func(r *harness.Run) { babblingDevice(r, withExtension) },
	Controls: []harness.Control{{
		Name: "accepted", Story: "the account's polling loop does not look at the answer",
		Breaks: "P-EXPECT", Task: "took garbage for an answer",
		Body: func(r *harness.Run) { babblingDevice(r, withNaive) },
	}, {
		Name: "looks-at-the-battery-only", Story: "the check was written for the first garbage that was ever seen",
		Breaks: "P-EXPECT", Task: `the serial ""`,
		Body: func(r *harness.Run) { babblingDevice(r, withImpatientThat(checksBattery)) },
	}, {
		Name: "last-good-answer", Story: "garbage is papered over with the last answer that made sense",
		Breaks: "P-CONSERVE", Task: "which had answered till/call-",
		Body: func(r *harness.Run) { babblingDevice(r, withExtensionThat(remembers())) },
	}, {
		Name: "untyped", Story: "a failure that says no more than that there was one",
		Breaks: "P-EXPECT", Task: "failed with something that nothing in the run explains",
		Body: func(r *harness.Run) { babblingDevice(r, withExtensionThat(sayNoMore)) },
	}},
}

func babblingDevice(r *harness.Run, open openReader) {
	t := openTill(r, open, readerLatency, faults.Corrupt|faults.Late)
	n, pause := r.Int("calls", 1, 6), r.Duration("pause", 0, 100*time.Millisecond)
	connects, inTurn := r.Int("every n-th one connects", 1, 4), !r.Bool("all at once")
	r.Expect(t.serve(func(s *scope.Scope) { t.mixed(s, n, connects, inTurn, pause) })).To(gomega.Succeed())
	if !t.close() {
		return
	}
	garbage, timedOut := t.count((*tillCall).failedByGarbage), t.count((*tillCall).timedOut)
	r.Expect(t.count((*tillCall).succeeded)+garbage+timedOut).To(gomega.Equal(n), "every call was answered, was given garbage, or timed out")
	garbled := t.device.Stats().Garbled
	r.Expect(garbage).To(gomega.BeNumerically("<=", garbled), "calls that failed by garbage, and answers that were")
	r.Expect(garbage+timedOut).To(gomega.BeNumerically(">=", garbled), "calls that failed by garbage or timed out, and answers that were garbage")
	for _, c := range t.calls {
		if success, ok := c.result.(cardreader.DeviceInfoSuccess); ok {
			success.Info.Reading = 0
			r.Expect(success.Info).To(gomega.Equal(cardreader.DeviceInfo{Battery: 87, Firmware: "4.11.2", Serial: "TST-0042"}), c.path)
		}
		var payload *cardreader.PayloadError
		if errors.As(failureOf(c.result), &payload) {
			r.Sometimes("a "+payload.Field+" was garbage", true)
		}
		r.Sometimes("the answer to a start was garbage", c.isStart() && c.failedByGarbage())
	}
	r.Sometimes("a call was answered after garbage", t.followed((*tillCall).failedByGarbage, (*tillCall).succeeded))
	r.Sometimes("garbage came too late", garbled > garbage)
}

// mixed makes n calls, of which every k-th one connects, for k of 2 and more.
func (t *till) mixed(s *scope.Scope, n, k int, inTurn bool, pause time.Duration) {
	for i := range n {
		call := t.call
		if k > 1 && i%k == 0 {
			call = t.connect
		}
		if c := call(s); inTurn {
			t.wait(s, c)
		}
		_ = t.r.Sleep(s.Context(), pause)
	}
}
