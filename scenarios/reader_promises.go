package scenarios

import (
	"context"
	"fmt"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/scope"
)

// The stories of the reader's contract. Callers come one after the other unless
// the promise is about several: each story shows one flaw.

// callInTurn makes calls one after the other, and judges them.
func (t *till) callInTurn() bool {
	n, pause := t.r.Int("calls", 1, 5), t.r.Duration("pause", 0, 100*time.Millisecond)
	return t.contracted(func(s *scope.Scope) { t.inTurn(s, n, pause) })
}

// callTogether makes calls that do not wait for each other.
func (t *till) callTogether() bool {
	n, gap := t.r.Int("callers", 2, 5), t.r.Duration("gap", 0, 10*time.Millisecond, 100*time.Millisecond)
	return t.contracted(func(s *scope.Scope) { t.together(s, n, gap) })
}

// contracted runs the calls that fn makes, and judges them.
func (t *till) contracted(fn func(s *scope.Scope)) bool {
	t.r.Expect(t.serve(fn)).To(gomega.Succeed())
	ctx := context.WithoutCancel(t.r.Context())
	_ = t.r.Sleep(ctx, readerSettles)
	t.device.Close(ctx)
	return t.judge()
}

// answeredAtOnce: an answer is not left lying.
func (t *till) answeredAtOnce() {
	for _, c := range t.calls {
		if c.answered() && c.took() > t.latency+readerNoise {
			t.broken(tillFinding{"P-EXPECT", fmt.Sprintf("%s took %v: the device had answered after %v", c.path, c.took(), t.latency)})
			return
		}
	}
}

// pullTheCable pulls it in the middle of a call, and puts it in again.
func (t *till) pullTheCable() {
	r, ctx := t.r, context.WithoutCancel(t.r.Context())
	t.patience = 5 * time.Second
	r.Expect(t.serve(func(s *scope.Scope) {
		t.pullAfter(s, 100*time.Millisecond)
		t.wait(s, t.call(s))
	})).To(gomega.Succeed())
	r.Heal()
	t.device.Replug()
	if resultIs[cardreader.DeviceInfoSuccess](t.askOnce(ctx)) {
		r.Recovered("the reader")
	}
	t.device.Close(ctx)
	if t.judge() {
		t.endedAtOnce()
	}
}

// leaveMidCall cancels the first of some calls.
func (t *till) leaveMidCall() {
	r, ctx := t.r, context.WithoutCancel(t.r.Context())
	leaves, n := r.Duration("the first customer leaves after", 130*time.Millisecond, 330*time.Millisecond), r.Int("calls", 1, 3)
	err := t.serve(func(s *scope.Scope) {
		first := t.call(s)
		s.Launch("customer", func(ctx context.Context) error {
			if r.Sleep(ctx, leaves) == nil {
				first.job.Cancel(errCustomerLeft)
			}
			return nil
		})
		t.wait(s, first)
		t.inTurn(s, n-1, 0)
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	r.Heal()
	if resultIs[cardreader.DeviceInfoSuccess](t.askOnce(ctx)) {
		r.Recovered("the reader")
	}
	_ = r.Sleep(ctx, readerSettles)
	t.device.Close(ctx)
	t.judge()
}
