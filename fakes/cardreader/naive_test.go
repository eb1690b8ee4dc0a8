package cardreader_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/fakes/internal/storm"
)

const poll = 5 * time.Millisecond

type naive interface {
	DeviceInfo(ctx context.Context) (cardreader.DeviceInfo, error)
	Abandon()
}

type answer struct {
	Info cardreader.DeviceInfo
	Err  error
}

func polling(ctx context.Context, c *cardreader.Controller) (naive, error) {
	return cardreader.NewNaive(ctx, c, poll)
}

func impatient(ctx context.Context, c *cardreader.Controller) (naive, error) {
	return cardreader.NewImpatient(ctx, c, poll)
}

func busy(ctx context.Context, c *cardreader.Controller) (naive, error) {
	return cardreader.NewBusy(ctx, c, poll)
}

func signal(ctx context.Context, c *cardreader.Controller) (naive, error) {
	return cardreader.NewSignal(ctx, c)
}

func TestNaiveCallersWorkOnAGoodDay(t *testing.T) {
	for name, make := range map[string]func(context.Context, *cardreader.Controller) (naive, error){
		"polling": polling, "impatient": impatient, "busy": busy, "signal": signal,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, ctx := NewWithT(t), context.Background()
				c := cardreader.New(latency)
				n, err := make(ctx, c)
				g.Expect(err).NotTo(HaveOccurred())
				for i := range 3 {
					g.Expect(n.DeviceInfo(ctx)).To(HaveField("Reading", i+1))
				}
				c.Close(ctx)
			})
		})
	}
}

// struck makes two calls of a naive caller, each limited to patience, the second
// a while after the first. Whoever has not returned an hour later is abandoned.
func struck(t *testing.T, make func(context.Context, *cardreader.Controller) (naive, error), plan string, patience, between time.Duration) (out [2]answer) {
	storm.Run(t, 1, plan, func(ctx context.Context) {
		c := cardreader.New(latency)
		n, err := make(ctx, c)
		if err != nil {
			panic(err)
		}
		calls := storm.Go(ctx, "calls", func(ctx context.Context) {
			for i := range out {
				limited, cancel := context.WithTimeout(ctx, patience)
				out[i].Info, out[i].Err = n.DeviceInfo(limited)
				cancel()
				storm.Sleep(ctx, between)
			}
		})
		storm.Sleep(ctx, time.Minute)
		n.Abandon()
		calls()
		c.Close(ctx)
	})
	return out
}

func strike(fault string) string {
	return "fakes/cardreader/callback #1 in story/calls/GetDeviceInfo: " + fault
}

func TestBugsOfTheNaive(t *testing.T) {
	const long = 50 * time.Millisecond
	abandoned := HaveField("Err", MatchError(cardreader.ErrAbandoned))
	reading := func(n int) OmegaMatcher {
		return And(HaveField("Err", BeNil()), HaveField("Info.Reading", n))
	}
	for _, c := range []struct {
		bug           string
		make          func(context.Context, *cardreader.Controller) (naive, error)
		plan          string
		patience      time.Duration
		first, second OmegaMatcher
	}{
		{"endless loop", polling, strike("drop"), time.Second, abandoned, abandoned},
		{"hang after unplug", polling, "fakes/cardreader/usb #1 in story/calls/GetDeviceInfo: close", time.Second, abandoned, abandoned},
		{"error left for the next call", polling, "fakes/cardreader/command #1 in story/calls: error \"jam\"\n" + strike("duplicate"), time.Hour,
			HaveField("Err", MatchError(ContainSubstring("jam"))), HaveField("Err", MatchError(ContainSubstring("jam")))},
		{"duplicate answers the next call", polling, strike("duplicate"), time.Hour, reading(1), reading(1)},
		{"garbage accepted", polling, strike("corrupt"), time.Hour, HaveField("Info.Battery", 300), reading(2)},
		{"stale event", impatient, strike("late 100ms"), 80 * time.Millisecond, HaveField("Err", MatchError(context.DeadlineExceeded)), reading(1)},
		{"reader stays busy", busy, strike("drop"), 80 * time.Millisecond, HaveField("Err", MatchError(context.DeadlineExceeded)), HaveField("Err", MatchError(cardreader.ErrBusy))},
		{"blocked for ever", signal, strike("drop"), time.Second, abandoned, abandoned},
		{"lost wake-up", signal, "fakes/cardreader/listen #1 in story/calls: delay 30ms", time.Second, abandoned, abandoned},
	} {
		t.Run(c.bug, func(t *testing.T) {
			out := struck(t, c.make, c.plan, c.patience, long)
			NewWithT(t).Expect(out[0]).To(c.first)
			NewWithT(t).Expect(out[1]).To(c.second)
		})
	}
}
