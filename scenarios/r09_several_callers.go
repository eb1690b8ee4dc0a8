package scenarios

import (
	"context"
	"fmt"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// R9 has several callers at one reader: it serves one at a time and first come,
// first served. Who leaves while it waits for its turn goes at once, never
// reaches the device, and holds nobody up.
var R9 = harness.Scenario{
	ID: "R9", Title: "several callers",
	Source:     ToastCaseStudy,
	Properties: []string{"P-CONSERVE", "P-LINEAR", "P-CANCEL", "P-STARVE", "P-LEAK"},
	Faults: []explore.Allow{
		harness.Strike("fakes/cardreader/subscribe", faults.CancelTask),
		harness.Strike("fakes/cardreader/command", faults.CancelTask),
		harness.Strike("fakes/cardreader/listen", faults.CancelTask),
		harness.Strike("fakes/cardreader/callback", faults.Drop|faults.Late),
	},
	Terms: judge.Terms{EndWithin: readerNoise},
	Facts: []string{
		"three callers or more waited their turns and were answered", "a caller left while it waited for its turn",
		"the caller behind one that had left was answered", "a caller waited behind one that timed out",
		"a caller left at the instant of its turn",
	},
	Durations: []time.Duration{readerTimeout - readerLatency},
	Body:      func(r *harness.Run) { serveSeveral(r, withExtension) },
	Controls: []harness.Control{{
		Name: "newest-first", Story: "the turn goes to whoever came last",
		Breaks: "P-EXPECT", Task: "was served after it",
		Body: func(r *harness.Run) { serveSeveral(r, withGate(r, newestFirst)) },
	}, {
		Name: "barging", Story: "the turn is free for a moment, and a newcomer takes it from those who wait",
		Breaks: "P-EXPECT", Task: "was served after it",
		Body: func(r *harness.Run) { serveSeveral(r, withGate(r, barging)) },
	}, {
		Name: "deaf-while-queued", Story: "who waits for its turn does not look at its context",
		Breaks: "P-CANCEL", Task: "till/call-",
		Body: func(r *harness.Run) { serveSeveral(r, withGate(r, deafInQueue)) },
	}, {
		Name: "turn-lost-with-the-caller", Story: "who leaves at the instant of its turn takes the turn along",
		Breaks: "P-STARVE", Task: "till/call-",
		Body: func(r *harness.Run) { serveSeveral(r, withGate(r, takesTurnAlong)) },
	}, {
		Name: "several-at-once", Story: "no turns: every caller gives its command at once",
		Breaks: "P-EXPECT", Task: "both were at the device",
		Body: func(r *harness.Run) { serveSeveral(r, withPipelined(r)) },
	}, {
		Name: "answers-in-no-order", Story: "no turns, and callbacks matched to calls as they come: what was answered fits into no order of the calls",
		Breaks: "P-LINEAR", Task: "reader",
		Body: func(r *harness.Run) { serveSeveral(r, withPipelined(r)) },
	}},
}

func serveSeveral(r *harness.Run, open openReader) {
	t := openTill(r, open, readerLatency, faults.CancelTask|faults.Drop|faults.Late)
	t.oneByOne()
	n := r.Int("callers", 2, 6)
	gap := r.Duration("gap", 0, 10*time.Millisecond, 100*time.Millisecond, readerLatency/2, readerLatency)
	leaver := r.Int("who leaves", 0, n)
	after := r.Duration("after", 100*time.Millisecond, readerLatency/2, readerLatency, 400*time.Millisecond)
	r.Expect(t.serve(func(s *scope.Scope) {
		for i := range n {
			c := t.call(s)
			if i+1 == leaver {
				s.Launch("customer", func(ctx context.Context) error {
					if r.Sleep(ctx, after) == nil {
						c.job.Cancel(errCustomerLeft)
					}
					return nil
				})
			}
			_ = r.Sleep(s.Context(), gap)
		}
	})).To(gomega.Succeed())
	if !t.close() || !t.servedInTurn() {
		return
	}
	t.turnFacts()
}

// servedInTurn: one call at a time, in the order of their coming, and nobody
// waits for longer than those before it may take.
func (t *till) servedInTurn() bool {
	served := t.byReading()
	var found []tillFinding
	for i, c := range served {
		if i > 0 {
			if apart := c.ended.Sub(served[i-1].ended); c.answered() && apart < t.latency {
				found = append(found, tillFinding{"P-EXPECT", fmt.Sprintf("%s was answered %v after %s was over, and the device takes %v: both were at the device", c.path, apart, served[i-1].path, t.latency)})
			}
		}
		for _, later := range served[i+1:] {
			if later.began.Before(c.began) {
				found = append(found, tillFinding{"P-STARVE", fmt.Sprintf("%s came %v before %s and was served after it", later.path, c.began.Sub(later.began), c.path)})
			}
		}
	}
	for _, c := range t.calls {
		if limit := time.Duration(t.ahead(c)+1) * readerTimeout; c.took() > limit+readerNoise {
			found = append(found, tillFinding{"P-STARVE", fmt.Sprintf("%s took %v, with %d calls before it that may take %v each", c.path, c.took(), t.ahead(c), readerTimeout)})
		}
	}
	return t.broken(found[:min(1, len(found))]...)
}

// byReading is the calls that the device was asked for, in the order of that.
func (t *till) byReading() []*tillCall {
	served := make([]*tillCall, 0, len(t.calls))
	for n := range reading(t.device.Stats().Commands) {
		for _, c := range t.calls {
			if len(c.asked) > 0 && c.asked[0] == n+1 {
				served = append(served, c)
			}
		}
	}
	return served
}

// ahead counts the calls that were under way when c began.
func (t *till) ahead(c *tillCall) (n int) {
	for _, other := range t.calls {
		if other != c && !other.began.After(c.began) && !other.ended.Before(c.began) {
			n++
		}
	}
	return n
}

func (t *till) turnFacts() {
	waited := 0
	for i, c := range t.calls {
		queued := c.took() > t.latency+readerNoise
		if c.answered() && queued {
			waited++
		}
		left := c.wasCancelled() && len(c.asked) == 0
		t.r.Sometimes("a caller left while it waited for its turn", left && c.took() > 0)
		t.r.Sometimes("a caller left at the instant of its turn", i > 0 && left && c.ended.Equal(t.calls[i-1].ended))
		if i > 0 {
			before := t.calls[i-1]
			t.r.Sometimes("the caller behind one that had left was answered", c.answered() && before.wasCancelled() && len(before.asked) == 0)
			t.r.Sometimes("a caller waited behind one that timed out", c.answered() && c.began.Before(before.ended) && before.timedOut())
		}
	}
	t.r.Sometimes("three callers or more waited their turns and were answered", waited >= 3)
}
