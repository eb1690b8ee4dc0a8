package scenarios

import (
	"context"
	"fmt"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// R8 connects to the device, and then somebody pulls the cable: the call under
// way ends at once, those that wait for their turn end too, and when the cable
// is in again the reader works as before.
var R8 = harness.Scenario{
	ID: "R8", Title: "USB: start, unplug, replug",
	Source:     ToastCaseStudy,
	Properties: []string{"P-CONSERVE", "P-HEAL", "P-LEAK", "P-STARVE", "P-ERROR"},
	Faults: []explore.Allow{
		harness.Strike("fakes/cardreader/usb", faults.Close|faults.Delay),
		harness.Strike("fakes/cardreader/command", faults.Error|faults.Drop),
		harness.Strike("fakes/cardreader/callback", faults.Error|faults.Drop|faults.Late),
	},
	Terms: judge.Terms{HealWithin: 2*readerLatency + readerNoise},
	Facts: []string{
		"connected", "already connected", "starting failed", "starting timed out",
		"the cable was pulled in the middle of a call", "a call that had waited for its turn met the pulled cable",
		"a call timed out with the cable pulled",
	},
	Durations: []time.Duration{readerTimeout - readerLatency},
	Body:      func(r *harness.Run) { pullCable(r, withExtension) },
	Controls: []harness.Control{{
		Name: "hangs-after-unplug", Story: "a polling loop that ignores OnUSBDisconnected",
		Breaks: "P-EXPECT", Task: "although the cable was pulled",
		Body: func(r *harness.Run) { pullCable(r, withNaive) },
	}, {
		Name: "unplug-waits-for-the-deadline", Story: "a loop that ignores OnUSBDisconnected and has a timeout",
		Breaks: "P-EXPECT", Task: "returned",
		Body: func(r *harness.Run) { pullCable(r, withImpatient) },
	}},
}

func pullCable(r *harness.Run, open openReader) {
	t := openTill(r, open, readerLatency, faults.Error|faults.Drop|faults.Late|faults.Delay|faults.Close)
	pull := r.Duration("cable is pulled after", 0, 100*time.Millisecond, 400*time.Millisecond, 900*time.Millisecond, 3*time.Second)
	n, inTurn := r.Int("calls", 1, 4), !r.Bool("all at once")
	r.Expect(t.serve(func(s *scope.Scope) {
		if pull > 0 {
			t.pullAfter(s, pull)
		}
		t.start(s, 2)
		if inTurn {
			t.inTurn(s, n, 0)
		} else {
			t.together(s, n, 0)
		}
	})).To(gomega.Succeed())
	if !t.judge() || inTurn && !t.endedAtOnce() {
		return
	}
	t.judgeStarts()
	t.judgeUnplugged()
	t.unplugFacts(inTurn)

	r.Heal()
	t.device.Unplug()
	t.device.Replug()
	t.replugged(r.Context())
	t.close()
}

// replugged is the second act: a reader whose cable was pulled and put in again.
func (t *till) replugged(ctx context.Context) {
	if e, ok := t.reader.(usbReader); ok {
		t.r.Expect(e.StartUSB(ctx)).To(gomega.Equal(cardreader.StartUSBSuccess{}), "the first StartUSB after the cable was put in again")
	}
	answer := t.askOnce(ctx)
	t.r.Expect(answer).To(gomega.BeAssignableToTypeOf(cardreader.DeviceInfoSuccess{}))
	t.r.Recovered("the reader")
}

// endedAtOnce: the call that the cable was pulled away from did not go on.
func (t *till) endedAtOnce() bool {
	pulled := t.pulledAt()
	if pulled.IsZero() {
		return true
	}
	for _, c := range t.calls {
		if c.unplugged() && c.ended.Before(pulled) {
			return true // it had been pulled before
		}
		if c.began.Before(pulled.Add(-readerNoise)) && c.ended.After(pulled.Add(readerNoise)) {
			return t.broken(tillFinding{"P-EXPECT", fmt.Sprintf("%s returned %v after the cable was pulled", c.path, c.ended.Sub(pulled))})
		}
	}
	return true
}

// judgeStarts: the device is connected at most once, and is never said to be
// before it was.
func (t *till) judgeStarts() {
	if t.starts == 0 {
		return
	}
	first, second := t.calls[0], t.calls[1]
	connected := endedAs[cardreader.StartUSBSuccess]
	already := endedAs[cardreader.StartUSBAlreadyConnected]
	t.r.Expect(already(first)).To(gomega.BeFalse(), "the first StartUSB found the device connected")
	t.r.Expect(connected(first) && connected(second)).To(gomega.BeFalse(), "the device was connected twice")
	t.r.Sometimes("connected", connected(first))
	t.r.Sometimes("already connected", connected(first) && already(second))
	t.r.Sometimes("starting failed", first.erred() && !first.unplugged())
	t.r.Sometimes("starting timed out", first.timedOut())
}

// judgeUnplugged: without a cable nothing is answered.
func (t *till) judgeUnplugged() {
	pulled := t.pulledAt()
	for _, c := range t.calls {
		if c.unplugged() && (pulled.IsZero() || c.ended.Before(pulled)) {
			pulled = c.ended
		}
	}
	for _, c := range t.calls {
		if !pulled.IsZero() && c.began.After(pulled) {
			t.r.Expect(c.timedOut() || c.erred()).To(gomega.BeTrue(), "%s began %v after the cable was pulled: %s", c.path, c.began.Sub(pulled), inWords(c.result))
			t.r.Sometimes("a call timed out with the cable pulled", c.timedOut())
		}
	}
}

func (t *till) unplugFacts(inTurn bool) {
	for _, c := range t.calls[t.starts:] {
		t.r.Sometimes("the cable was pulled in the middle of a call", inTurn && c.unplugged() && c.took() > 0 && c.took() < t.latency)
		t.r.Sometimes("a call that had waited for its turn met the pulled cable", c.unplugged() && c.took() > t.latency+readerNoise)
	}
}
