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

// R7 has callbacks that come, on the device's goroutine, when their caller has
// given its command and does not listen yet. They lie there until it does.
var R7 = harness.Scenario{
	ID: "R7", Title: "the early callback",
	Source:     ToastCaseStudy,
	Properties: []string{"P-CONSERVE", "P-LEAK", "P-STARVE", "P-ERROR"},
	Faults: []explore.Allow{
		harness.Strike("fakes/cardreader/listen", faults.Delay),
	},
	Facts: []string{
		"an answer waited for its caller", "a caller waited for its answer",
		"an answer waited for its caller for longer than a call may take", "an early answer was followed by another",
	},
	Durations: []time.Duration{readerLatency, readerTimeout},
	Body:      func(r *harness.Run) { deviceIsFaster(r, withExtension) },
	Controls: []harness.Control{{
		Name: "lost-wake-up", Story: "a callback hands its answer only to a caller who stands there",
		Breaks: "P-EXPECT", Task: "although the device made its callback",
		Body: func(r *harness.Run) { deviceIsFaster(r, withSignal) },
	}, {
		Name: "listens-after-the-command", Story: "the listener is installed when the command is under way",
		Breaks: "P-EXPECT", Task: "timed out, and the device always answers",
		Body: func(r *harness.Run) { deviceIsFaster(r, withTardy(r)) },
	}, {
		Name: "drops-early-answers", Story: "a reader that clears the last answer when it begins to listen, after the command",
		Breaks: "P-EXPECT", Task: "timed out, and the device always answers",
		Body: func(r *harness.Run) { deviceIsFaster(r, withClearing(r)) },
	}},
}

func deviceIsFaster(r *harness.Run, open openReader) {
	t := openTill(r, open, r.Duration("latency", 0, readerLatency), 0)
	t.holdUp(20 * time.Second)
	n, pause := r.Int("calls", 1, 4), r.Duration("pause", 0, 100*time.Millisecond)
	inTurn := !r.Bool("all at once")
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
	r.Expect(t.count((*tillCall).answered)).To(gomega.Equal(n), "every call was answered")
	r.Expect(t.device.Stats()).To(gomega.Equal(cardreader.Stats{Commands: n, Delivered: n}))
	early := func(c *tillCall) bool { return t.alone(c) && c.took() > t.latency+readerNoise }
	for _, c := range t.calls {
		r.Sometimes("an answer waited for its caller", early(c))
		r.Sometimes("an answer waited for its caller for longer than a call may take", early(c) && c.took() > t.latency+readerTimeout)
		r.Sometimes("a caller waited for its answer", t.latency > 0 && t.alone(c) && !early(c))
	}
	r.Sometimes("an early answer was followed by another", t.followed(early, (*tillCall).answered))
}
