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

// R12 lets all kinds of misbehaviour of the device come together: the extension
// stands it, and each bug of the readers that people write first is caught by
// name.
var R12 = harness.Scenario{
	ID: "R12", Title: "the naive readers",
	Source:     ToastCaseStudy,
	Properties: []string{"P-CONSERVE", "P-LEAK", "P-STARVE", "P-ERROR"},
	Faults: []explore.Allow{
		harness.Strike("fakes/cardreader/command", faults.Error|faults.Drop|faults.CancelTask),
		harness.Strike("fakes/cardreader/listen", faults.Delay),
		harness.Strike("fakes/cardreader/payload", faults.Corrupt),
		harness.Strike("fakes/cardreader/callback", faults.Error|faults.Drop|faults.Duplicate|faults.Late),
	},
	Facts: []string{
		answeredAfter("was answered"), answeredAfter("timed out"), answeredAfter("failed by an error"),
		answeredAfter("failed by garbage"), answeredAfter("was cancelled"),
		"unplugged",
	},
	Durations: []time.Duration{readerTimeout - readerLatency, readerTimeout - 100*time.Millisecond},
	Body:      func(r *harness.Run) { everyStorm(r, withExtension) },
	Controls: []harness.Control{
		naiveBug("endless-loop", "without a callback the polling loop never ends", "its callback was lost", withNaive),
		naiveBug("hang-after-unplug", "the polling loop ignores OnUSBDisconnected", "although the cable was pulled", withNaive),
		naiveBug("error-left-for-next-call", "the second of two errors fails the next call", ", which was over, had left behind", withNaive),
		crossing("duplicate-answers-next-call", "the second of two answers is the next call's", "which had answered till/call-", withNaive),
		naiveBug("accepts-garbage", "the polling loop does not look at the answer", "took garbage for an answer", withNaive),
		crossing("crossed-callers", "of two callers one takes the other's answer from the shared field", " still waits", withNaive),
		crossing("stale-event-answers-next-call", "a loop with a deadline: the late answer is the next call's", ", on which till/call-", withImpatient),
		naiveBug("busy-after-cancel", "a loop with a flag that a cancelled call leaves set", "had been cancelled", withBusy),
		naiveBug("busy-after-timeout", "a loop with a flag that a call which timed out leaves set", "had timed out", withBusy),
		naiveBug("blocked-for-ever", "without a callback the signal never comes", "its callback was lost", withSignal),
		naiveBug("lost-wake-up", "a callback that comes before its caller listens is lost", "although the device made its callback", withSignal),
		naiveBug("signal-lost-at-unplug", "no signal is given for OnUSBDisconnected", "although the cable was pulled", withSignal),
		naiveBug("signal-accepts-garbage", "the signal hands the answer on as it is", "took garbage for an answer", withSignal),
	},
}

func naiveBug(name, story, message string, open openReader) harness.Control {
	return harness.Control{
		Name: name, Story: story, Breaks: "P-EXPECT", Task: message,
		Body: func(r *harness.Run) { everyStorm(r, open) },
	}
}

// crossing is a bug that gives a call the answer to another.
func crossing(name, story, message string, open openReader) harness.Control {
	c := naiveBug(name, story, message, open)
	c.Breaks = "P-CONSERVE"
	return c
}

func everyStorm(r *harness.Run, open openReader) {
	latency := readerLatency
	if r.Int("the device answers at once", 0, 3) == 3 {
		latency = 0
	}
	t := openTill(r, open, latency, faults.Error|faults.Drop|faults.CancelTask|faults.Delay|faults.Corrupt|faults.Duplicate|faults.Late)
	t.holdUp(20 * time.Second)
	pull := r.Duration("cable is pulled after", 0, 0, 0, 100*time.Millisecond, 400*time.Millisecond)
	n, inTurn := r.Int("calls", 1, 8), r.Int("all at once", 0, 3) < 3
	pause := r.Duration("pause", 0, 100*time.Millisecond)
	r.Expect(t.serve(func(s *scope.Scope) {
		if pull > 0 {
			t.pullAfter(s, pull)
		}
		if inTurn {
			t.inTurn(s, n, pause)
		} else {
			t.together(s, n, pause)
		}
	})).To(gomega.Succeed())
	if !t.close() {
		return
	}
	r.Sometimes(answeredAfter("was answered"), t.followed((*tillCall).answered, (*tillCall).answered))
	r.Sometimes(answeredAfter("timed out"), t.followed((*tillCall).timedOut, (*tillCall).answered))
	r.Sometimes(answeredAfter("failed by an error"), t.followed((*tillCall).failedByError, (*tillCall).answered))
	r.Sometimes(answeredAfter("failed by garbage"), t.followed((*tillCall).failedByGarbage, (*tillCall).answered))
	r.Sometimes(answeredAfter("was cancelled"), t.followed((*tillCall).wasCancelled, (*tillCall).answered))
	r.Sometimes("unplugged", t.count((*tillCall).unplugged) > 0)
}

func answeredAfter(what string) string { return "a call was answered after one that " + what }

func (c *tillCall) failedByError() bool {
	s := strikeBehind(failureOf(c.result))
	return s != nil && s.Fault.Is(faults.Error)
}

func (c *tillCall) failedByGarbage() bool {
	var garbage *cardreader.PayloadError
	err := failureOf(c.result)
	return errors.As(err, &garbage) || errors.Is(err, cardreader.ErrGarbled)
}
