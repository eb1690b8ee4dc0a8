package cardreader_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/fakes/internal/storm"
)

// told is what a story about one reader came to.
type told struct {
	results []cardreader.DeviceInfoResult
	stale   []int // readings that calls were given and had not asked for
	reader  cardreader.ExtensionStats
	device  cardreader.Stats
}

// calls makes n calls one after the other, in the story of seed and plan.
func calls(t *testing.T, seed uint64, n int, plan string) (out told) {
	t.Helper()
	storm.Run(t, seed, plan, func(ctx context.Context) {
		c := cardreader.New(latency)
		e := cardreader.NewExtension(c, timeout)
		for range n {
			out.results = append(out.results, e.DeviceInfo(ctx))
		}
		storm.Sleep(ctx, 5*timeout)
		out.reader = e.Stats()
		c.Close(ctx)
		out.device = c.Stats()
	})
	return out
}

func callback(fault string) string {
	return "fakes/cardreader/callback #1 in story/GetDeviceInfo: " + fault
}

func balance(s cardreader.Stats) int {
	return s.Delivered + s.Unheard + s.Lost + s.Held + s.Pending - s.Duplicated
}

func TestStruckCallbacks(t *testing.T) {
	timedOut := BeAssignableToTypeOf(cardreader.DeviceInfoTimeout{})
	answered := func(reading int) OmegaMatcher { return HaveField("Info.Reading", reading) }
	failed := func(what any) OmegaMatcher { return HaveField("Err", MatchError(what)) }
	for _, c := range []struct {
		name, plan    string
		first, second OmegaMatcher
		late, twice   int
	}{
		{"R2 error", callback(`error "jam"`), failed(ContainSubstring("GetDeviceInfo: jam")), answered(2), 0, 0},
		{"R2 error at the command", `fakes/cardreader/command #1 in story: error "jam"`, failed(ContainSubstring("jam")), answered(2), 0, 0},
		{"R3 drop", callback("drop"), timedOut, answered(2), 0, 0},
		{"R3 drop of the command", "fakes/cardreader/command #1 in story: drop", timedOut, answered(2), 0, 0},
		{"R4 late", callback("late 985ms"), timedOut, answered(2), 1, 0},
		{"R4 late within the deadline", callback("late 500ms"), answered(1), answered(2), 0, 0},
		{"R5 duplicate", callback("duplicate"), answered(1), answered(2), 0, 1},
		{"R6 reorder", callback("reorder"), timedOut, answered(2), 1, 0},
		{"R7 early", "fakes/cardreader/listen #1 in story: delay 500ms", answered(1), answered(2), 0, 0},
		{"R8 unplug", "fakes/cardreader/usb #1 in story/GetDeviceInfo: close", failed(cardreader.ErrUnplugged), failed(cardreader.ErrUnplugged), 0, 0},
		{"R11 garbage", callback("corrupt"), failed(ContainSubstring(`battery "300"`)), answered(2), 0, 0},
		{"R11 garbage in the device", "fakes/cardreader/payload #1 in story/GetDeviceInfo: corrupt", failed(ContainSubstring(`battery "300"`)), answered(2), 0, 0},
		{"subscribe", `fakes/cardreader/subscribe #1 in story: error "no"`, failed(ContainSubstring("cardreader: subscribe: no")), answered(1), 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(30) {
				g := NewWithT(t)
				out := calls(t, seed, 2, c.plan)
				g.Expect(out.results[0]).To(c.first, "seed %d", seed)
				g.Expect(out.results[1]).To(c.second, "seed %d", seed)
				g.Expect(out.reader.Late).To(Equal(c.late), "seed %d: %+v", seed, out.reader)
				g.Expect(out.reader.Duplicate).To(Equal(c.twice), "seed %d: %+v", seed, out.reader)
				g.Expect(balance(out.device)).To(Equal(out.device.Commands), "seed %d: %+v", seed, out.device)
			}
		})
	}
}

func TestEveryShapeOfGarbageIsRefused(t *testing.T) {
	out := calls(t, 1, 4, callback("corrupt")+
		"\nfakes/cardreader/callback #1 in story/GetDeviceInfo~2: corrupt"+
		"\nfakes/cardreader/callback #1 in story/GetDeviceInfo~3: corrupt")
	g := NewWithT(t)
	for i, field := range []string{"battery", "serial", "firmware"} {
		var payload *cardreader.PayloadError
		g.Expect(errors.As(out.results[i].(cardreader.DeviceInfoFailure).Err, &payload)).To(BeTrue())
		g.Expect(payload.Field).To(Equal(field))
	}
	g.Expect(out.results[3]).To(BeAssignableToTypeOf(cardreader.DeviceInfoSuccess{}))
	g.Expect(out.device.Garbled).To(Equal(3))
}

func TestCallThatDoesNotReturnFreesTheReader(t *testing.T) {
	for _, fault := range []string{`panic "boom"`, "goexit"} {
		t.Run(fault, func(t *testing.T) {
			var next cardreader.DeviceInfoResult
			var reader cardreader.ExtensionStats
			var device cardreader.Stats
			storm.Run(t, 1, "fakes/cardreader/command #1 in story/first: "+fault, func(ctx context.Context) {
				c := cardreader.New(latency)
				e := cardreader.NewExtension(c, timeout)
				storm.Go(ctx, "first", func(ctx context.Context) {
					defer func() { _ = recover() }()
					e.DeviceInfo(ctx)
				})()
				next = e.DeviceInfo(ctx)
				reader, device = e.Stats(), c.Stats()
				c.Close(ctx)
			})
			g := NewWithT(t)
			g.Expect(next).To(BeAssignableToTypeOf(cardreader.DeviceInfoSuccess{}))
			g.Expect(reader).To(Equal(cardreader.ExtensionStats{Calls: 2, Answered: 1, Failed: 1}))
			g.Expect(device.Listeners).To(BeZero())
		})
	}
}

// TestTurnThatComesWithTheCancellationIsPassedOn: the first call lasts at least
// as long as the second one waits, so the second must never reach the device.
func TestTurnThatComesWithTheCancellationIsPassedOn(t *testing.T) {
	for seed := range uint64(200) {
		var second, third cardreader.DeviceInfoResult
		var commands int
		storm.Run(t, seed, "", func(ctx context.Context) {
			c := cardreader.New(latency)
			e := cardreader.NewExtension(c, time.Hour)
			limited, cancel := context.WithTimeout(ctx, latency)
			defer cancel()
			first := storm.Go(ctx, "first", func(ctx context.Context) { e.DeviceInfo(ctx) })
			storm.Sleep(ctx, latency/2)
			wait := storm.Go(limited, "second", func(ctx context.Context) { second = e.DeviceInfo(ctx) })
			first()
			wait()
			commands = c.Stats().Commands
			third = e.DeviceInfo(ctx)
			c.Close(ctx)
		})
		g := NewWithT(t)
		g.Expect(second).To(Equal(cardreader.DeviceInfoFailure{Err: context.DeadlineExceeded}), "seed %d", seed)
		g.Expect(commands).To(Equal(1), "seed %d: the cancelled call reached the device", seed)
		g.Expect(third).To(BeAssignableToTypeOf(cardreader.DeviceInfoSuccess{}), "seed %d", seed)
	}
}

// TestAnswersAreConserved lets four callers at one reader, with a storm at every
// kind of callback, and cancels one of them: nobody gets another's answer.
func TestAnswersAreConserved(t *testing.T) {
	const plan = `
		fakes/cardreader/callback #1 in story/caller/GetDeviceInfo: late 990ms
		fakes/cardreader/callback #1 in story/caller~2/GetDeviceInfo: duplicate
		fakes/cardreader/callback #1 in story/caller~3/GetDeviceInfo: reorder`
	distinct := map[string]bool{}
	for seed := range uint64(100) {
		out, trace := crowd(t, seed, plan)
		g := NewWithT(t)
		seen := map[int]bool{}
		for _, result := range out.results {
			if success, ok := result.(cardreader.DeviceInfoSuccess); ok {
				g.Expect(seen[success.Info.Reading]).To(BeFalse(), "seed %d: two calls were given reading %d", seed, success.Info.Reading)
				seen[success.Info.Reading] = true
			}
		}
		g.Expect(out.stale).To(BeEmpty(), "seed %d: answers to commands given before the call", seed)
		g.Expect(balance(out.device)).To(Equal(out.device.Commands), "seed %d: %+v", seed, out.device)
		g.Expect(out.reader.Answered+out.reader.TimedOut+out.reader.Cancelled+out.reader.Failed).To(Equal(out.reader.Calls), "seed %d: %+v", seed, out.reader)
		again, trace2 := crowd(t, seed, plan)
		g.Expect(trace2).To(Equal(trace), "seed %d is not deterministic", seed)
		g.Expect(again).To(Equal(out), "seed %d is not deterministic", seed)
		distinct[fmt.Sprint(trace)] = true
	}
	NewWithT(t).Expect(len(distinct)).To(BeNumerically(">", 50), "the schedules are all the same")
}

func crowd(t *testing.T, seed uint64, plan string) (out told, trace []string) {
	s := storm.Run(t, seed, plan, func(ctx context.Context) {
		c := cardreader.New(latency)
		e := cardreader.NewExtension(c, timeout)
		var waits []func()
		for i := range 4 {
			waits = append(waits, storm.Go(ctx, "caller", func(ctx context.Context) {
				if i == 3 {
					limited, cancel := context.WithTimeout(ctx, 15*time.Millisecond)
					defer cancel()
					ctx = limited
				}
				for range 3 {
					given := c.Stats().Commands
					result := e.DeviceInfo(ctx)
					out.results = append(out.results, result)
					if success, ok := result.(cardreader.DeviceInfoSuccess); ok && success.Info.Reading <= given {
						out.stale = append(out.stale, success.Info.Reading)
					}
				}
			}))
		}
		for _, wait := range waits {
			wait()
		}
		storm.Sleep(ctx, 5*timeout)
		out.reader = e.Stats()
		c.Close(ctx)
		out.device = c.Stats()
	})
	return out, s.Trace()
}
