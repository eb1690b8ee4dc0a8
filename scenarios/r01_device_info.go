package scenarios

import (
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scope"
)

// R1 asks the device about itself, on a good day: one call, one answer, as many
// callers as there are, in any order.
var R1 = harness.Scenario{
	ID: "R1", Title: "device info",
	Source:     ToastCaseStudy,
	Properties: []string{"P-CONSERVE", "P-LEAK", "P-STARVE", "P-ERROR"},
	Facts:      []string{"a call waited for its turn", "a call was answered at once", "a call took what the device takes"},
	Body:       func(r *harness.Run) { askDevice(r, withExtension) },
	Controls: []harness.Control{{
		Name: "crossed-callers", Story: "a polling loop over shared fields: of two callers one takes the other's answer",
		Breaks: "P-CONSERVE", Task: " still waits",
		Body: func(r *harness.Run) { askDevice(r, withNaive) },
	}, {
		Name: "sleeps-over-the-answer", Story: "a polling loop: the answer lies there until the next look",
		Breaks: "P-EXPECT", Task: "the device had answered",
		Body: func(r *harness.Run) { askDevice(r, withNaive) },
	}},
}

func askDevice(r *harness.Run, open openReader) {
	t := openTill(r, open, r.Duration("latency", readerLatency, 0), 0)
	n, pause := r.Int("calls", 1, 6), r.Duration("pause", 0, 100*time.Millisecond)
	inTurn := r.Bool("one after the other")
	r.Expect(t.serve(func(s *scope.Scope) {
		if inTurn {
			t.inTurn(s, n, pause)
		} else {
			t.together(s, n, pause)
		}
	})).To(gomega.Succeed())
	if !t.close() {
		return
	}
	waited := 0
	for _, c := range t.calls {
		r.Expect(c.result).To(gomega.BeAssignableToTypeOf(cardreader.DeviceInfoSuccess{}), c.path)
		info := c.result.(cardreader.DeviceInfoSuccess).Info
		info.Reading = 0
		r.Expect(info).To(gomega.Equal(cardreader.DeviceInfo{Battery: 87, Firmware: "4.11.2", Serial: "TST-0042"}), c.path)
		r.Expect(c.took()).To(gomega.BeNumerically(">=", t.latency), c.path)
		if c.took() > t.latency+readerNoise {
			r.Expect(t.alone(c)).To(gomega.BeFalse(), "%s took %v: the device had answered after %v, and nobody else was at the reader", c.path, c.took(), t.latency)
			waited++
		}
	}
	r.Sometimes("a call waited for its turn", waited > 0)
	r.Sometimes("a call was answered at once", t.latency == 0)
	r.Sometimes("a call took what the device takes", t.latency > 0 && waited < n)
	r.Expect(t.device.Stats()).To(gomega.Equal(cardreader.Stats{Commands: n, Delivered: n}))
	if t.keepsBooks() {
		r.Expect(t.extension()).To(gomega.Equal(cardreader.ExtensionStats{Calls: n, Answered: n}))
	}
}
