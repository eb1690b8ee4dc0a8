package scenarios

import (
	"context"
	"errors"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// R10 has a customer who leaves in the middle of a call: the call ends at once,
// the reader is free for the next one, and that is not given the answer which
// the customer did not wait for. A call that does not return at all frees the
// reader too.
var R10 = harness.Scenario{
	ID: "R10", Title: "cancel mid-call",
	Source:     ToastCaseStudy,
	Properties: []string{"P-CONSERVE", "P-CANCEL", "P-HEAL", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("fakes/cardreader/subscribe", faults.Cancels),
		harness.Strike("fakes/cardreader/command", faults.Cancels|faults.Panic|faults.Goexit),
		harness.Strike("fakes/cardreader/listen", faults.Cancels|faults.Delay),
		harness.Strike("fakes/cardreader/callback", faults.Late|faults.Drop),
	},
	Terms: judge.Terms{EndWithin: readerNoise, HealWithin: readerLatency + readerNoise},
	Facts: []string{
		"a call was cancelled with its command under way", "a call was cancelled before its turn",
		"a call was answered although it had been cancelled", "the next call was answered after a cancelled one",
		"the answer to a cancelled call came while the next one waited",
		"the next call was answered after one that a panic or Goexit carried off",
	},
	Durations: []time.Duration{readerLatency, readerTimeout},
	Body:      func(r *harness.Run) { customerLeaves(r, withExtension) },
	Controls: []harness.Control{{
		Name: "reader-stays-busy", Story: "one call at a time, by a flag that a cancelled call leaves set",
		Breaks: "P-HEAL", Task: "nothing answered normally again",
		Body: func(r *harness.Run) { customerLeaves(r, withBusy) },
	}, {
		Name: "deaf-to-cancellation", Story: "the account's polling loop, which does not look at its context",
		Breaks: "P-CANCEL", Task: "till/call-",
		Body: func(r *harness.Run) { customerLeaves(r, withNaive) },
	}, {
		Name: "next-call-answered-by-it", Story: "a loop that ends when its context is done, and leaves the fields to the next call",
		Breaks: "P-CONSERVE", Task: ", on which till/call-",
		Body: func(r *harness.Run) { customerLeaves(r, withImpatient) },
	}},
}

var errCustomerLeft = errors.New("the customer left")

func customerLeaves(r *harness.Run, open openReader) {
	t := openTill(r, open, readerLatency, faults.Cancels|faults.Panic|faults.Goexit|faults.Late|faults.Drop|faults.Delay)
	t.holdUp(20 * time.Second)
	leaves := r.Duration("the first customer leaves after", 0, 100*time.Millisecond, readerLatency, 400*time.Millisecond)
	n, inTurn := r.Int("calls", 1, 4), !r.Bool("all at once")
	err := t.serve(func(s *scope.Scope) {
		first := t.call(s)
		if leaves > 0 {
			s.Launch("customer", func(ctx context.Context) error {
				if r.Sleep(ctx, leaves) == nil {
					first.job.Cancel(errCustomerLeft)
				}
				return nil
			})
		}
		if inTurn {
			t.wait(s, first)
			t.inTurn(s, n-1, 0)
		} else {
			t.together(s, n-1, 0)
		}
	})
	r.Expect(err == nil || t.mayCancel(err)).To(gomega.BeTrue(), "the till failed: %v", err)

	r.Heal()
	ctx := context.WithoutCancel(r.Context())
	if next := t.askOnce(ctx); resultIs[cardreader.DeviceInfoSuccess](next) {
		r.Recovered("the reader")
	} else {
		r.Say(ctx, "%s", inWords(next))
	}
	if t.close() {
		t.cancelFacts()
	}
}

func (t *till) cancelFacts() {
	t.r.Sometimes("the next call was answered after one that a panic or Goexit carried off", t.followed((*tillCall).carriedOff, (*tillCall).answered))
	for i, c := range t.calls {
		previous := i > 0 && t.calls[i-1].wasCancelled()
		t.r.Sometimes("a call was cancelled with its command under way", c.wasCancelled() && t.alone(c) && c.done > c.given)
		t.r.Sometimes("a call was cancelled before its turn", c.wasCancelled() && c.done == c.given)
		t.r.Sometimes("a call was answered although it had been cancelled", c.answered() && c.cause != nil)
		t.r.Sometimes("the next call was answered after a cancelled one", previous && c.answered())
		if !t.keepsBooks() {
			continue
		}
		t.r.Sometimes("the answer to a cancelled call came while the next one waited", previous && c.answered() && t.alone(c) && c.late() > 0)
	}
}

// carriedOff: the call did not return, and was not cancelled.
func (c *tillCall) carriedOff() bool { return c.result == nil && c.cause == nil && c.err != nil }
