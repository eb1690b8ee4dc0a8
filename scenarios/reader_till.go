package scenarios

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scope"
)

const (
	// readerTimeout is how long a call to the card reader may take.
	readerTimeout = time.Second
	// readerLatency is how long the device takes; two looks of a polling loop
	// and a half.
	readerLatency = 250 * time.Millisecond
	// readerNoise is more than the clock is moved by choice between two events
	// that belong to one instant.
	readerNoise = 20 * time.Millisecond
	// readerPatience is more than any call takes that nothing holds up, in a
	// queue too.
	readerPatience = 10 * time.Second
	// readerSettles is more than the longest way of a callback: two injected
	// delays and two latencies.
	readerSettles = time.Minute
)

// tillReader is what stands between a till and the device.
type tillReader interface {
	DeviceInfo(ctx context.Context) cardreader.DeviceInfoResult
}

// usbReader is a reader that can connect to the device.
type usbReader interface {
	StartUSB(ctx context.Context) cardreader.StartUSBResult
}

// openReader puts a reader before the device.
type openReader func(c *cardreader.Controller) tillReader

// withExtension is the reader that nothing is wrong with.
func withExtension(c *cardreader.Controller) tillReader {
	return cardreader.NewExtension(c, readerTimeout)
}

// till makes calls to a card reader, and keeps what came of them.
type till struct {
	r       *harness.Run
	ledger  *harness.Ledger // of readings
	object  *harness.Object // nil: the reader's linearizability is not looked at
	device  *cardreader.Controller
	reader  tillReader
	latency time.Duration
	// may is the faults that the scenario allows: what an outcome can be put down to.
	may faults.Kind
	// held is how long injected delays may hold a caller up; see holdUp.
	held        time.Duration
	patience    time.Duration
	calls       []*tillCall
	only        []flaw       // nil: every flaw counts
	switchedOff bool         // the device was closed, and calls go on
	starts      int          // calls of StartUSB that are over; they come before all others
	pulled      atomic.Int64 // when the cable was pulled by hand, in ns; 0 is never
}

// tillCall is one call. It is written by its job, and read when that is over.
type tillCall struct {
	path         string
	job          *scope.Deferred[any]
	result       any   // a DeviceInfoResult or a StartUSBResult; nil: the job did not get that far
	err          error // of the job
	cause        error // of the job's context, when the call returned
	began, ended time.Time
	given, done  int // readings that were asked for when the call began and ended
	asked        []reading
	before       cardreader.ExtensionStats
	after        cardreader.ExtensionStats
	hung         bool
	atHang       cardreader.Stats
}

// reading is one of the device's, by its number.
type reading int

func (n reading) String() string { return fmt.Sprintf("reading %d", int(n)) }

func openTill(r *harness.Run, open openReader, latency time.Duration, may faults.Kind) *till {
	c := cardreader.New(latency)
	t := &till{r: r, ledger: r.Ledger("reader"), device: c, reader: open(c), latency: latency, may: may, patience: readerPatience}
	c.Asked = t.asked
	return t
}

type tillCallKey struct{}

// asked notes which call asked the device for a reading.
func (t *till) asked(ctx context.Context, number int) {
	c := ctx.Value(tillCallKey{}).(*tillCall)
	c.asked = append(c.asked, reading(number))
	t.ledger.Asked(ctx, reading(number))
}

// ask makes the call c in the task of ctx, and enters in the ledger what comes of
// it, whatever that is.
func (t *till) ask(ctx context.Context, c *tillCall, call func(ctx context.Context) any) (result any) {
	returned := t.asks(ctx, c)
	defer func() {
		t.settle(ctx, c, result)
		returned(result)
	}()
	return call(context.WithValue(ctx, tillCallKey{}, c))
}

// settle closes the entries of a call that is over.
func (t *till) settle(ctx context.Context, c *tillCall, result any) {
	got := reading(-1)
	if answer, ok := result.(cardreader.DeviceInfoSuccess); ok {
		got = reading(answer.Info.Reading)
		t.ledger.Answered(ctx, got)
	}
	for _, n := range c.asked {
		if n != got {
			t.ledger.Unanswered(ctx, n, endOf(result))
		}
	}
}

var errTimedOut = errors.New("timed out")

// endOf is why a call ended that was not given its answer.
func endOf(result any) error {
	switch err := failureOf(result); {
	case resultIs[cardreader.DeviceInfoTimeout](result):
		return errTimedOut
	case result == nil:
		return errors.New("it did not return")
	default:
		return err
	}
}

// askOnce asks for device info in the run's own task, beside the calls of the till.
func (t *till) askOnce(ctx context.Context) cardreader.DeviceInfoResult {
	return t.ask(ctx, &tillCall{}, t.deviceInfo).(cardreader.DeviceInfoResult)
}

func (t *till) deviceInfo(ctx context.Context) any { return t.reader.DeviceInfo(ctx) }

// holdUp allows for injected delays of callers, of at most d a call.
func (t *till) holdUp(d time.Duration) {
	t.held = d
	t.patience += 5 * d
}

// serve runs what fn starts, and waits for all calls.
func (t *till) serve(fn func(s *scope.Scope)) error {
	return scope.Supervise(t.r.Context(), "till", func(s *scope.Scope) error {
		fn(s)
		for _, c := range t.calls {
			t.wait(s, c)
		}
		return nil
	})
}

// inTurn makes n calls, each when the one before is over and pause has passed.
func (t *till) inTurn(s *scope.Scope, n int, pause time.Duration) {
	for range n {
		t.wait(s, t.call(s))
		_ = t.r.Sleep(s.Context(), pause)
	}
}

// together makes n calls that do not wait for each other.
func (t *till) together(s *scope.Scope, n int, gap time.Duration) {
	for range n {
		t.call(s)
		_ = t.r.Sleep(s.Context(), gap)
	}
}

// call asks for device info.
func (t *till) call(s *scope.Scope) *tillCall {
	return t.launch(s, "call", t.deviceInfo)
}

// connect connects to the device, if the reader can do that; else it is a call.
func (t *till) connect(s *scope.Scope) *tillCall {
	if e, ok := t.reader.(usbReader); ok {
		return t.launch(s, "start", func(ctx context.Context) any { return e.StartUSB(ctx) })
	}
	return t.call(s)
}

// start connects n times, one after the other, if the reader can do that.
func (t *till) start(s *scope.Scope, n int) {
	e, ok := t.reader.(usbReader)
	if !ok {
		return
	}
	for range n {
		t.wait(s, t.launch(s, "start", func(ctx context.Context) any { return e.StartUSB(ctx) }))
		t.starts++
	}
}

func (t *till) launch(s *scope.Scope, what string, call func(ctx context.Context) any) *tillCall {
	name := fmt.Sprintf("%s-%d", what, len(t.calls)+1)
	c := &tillCall{path: "till/" + name}
	t.calls = append(t.calls, c)
	c.job = scope.Async(s, name, func(ctx context.Context) (any, error) {
		c.began, c.given, c.before = time.Now(), t.device.Stats().Commands-t.starts, t.extension()
		defer func() {
			c.ended, c.done, c.after = time.Now(), t.device.Stats().Commands-t.starts, t.extension()
			if ctx.Err() != nil {
				c.cause = context.Cause(ctx)
			}
		}()
		result := t.ask(ctx, c, call)
		t.r.Say(ctx, "%s", inWords(result))
		return result, nil
	})
	return c
}

// late and again are how many callbacks the extension discarded during the call.
func (c *tillCall) late() int  { return c.after.Late - c.before.Late }
func (c *tillCall) again() int { return c.after.Duplicate - c.before.Duplicate }

// wait waits for c; if that takes too long, nobody waits for anything any more.
func (t *till) wait(s *scope.Scope, c *tillCall) {
	if c.result != nil || c.err != nil {
		return
	}
	if !t.returned(s, c.job.Done()) {
		c.hung, c.atHang = true, t.device.Stats()
		t.abandon()
	}
	c.result, c.err = c.job.Await(context.WithoutCancel(s.Context()))
}

// returned waits until done is closed, for no longer than the till's patience.
func (t *till) returned(s *scope.Scope, done <-chan struct{}) bool {
	timer := time.NewTimer(t.patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
	t.r.Step(s.Context())
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// abandon ends the calls of a reader that does not end them itself.
func (t *till) abandon() {
	if x, ok := t.reader.(interface{ Abandon() }); ok {
		x.Abandon()
	}
}

// keepsBooks: the reader counts what became of its calls and callbacks.
func (t *till) keepsBooks() bool {
	_, ok := t.reader.(*cardreader.Extension)
	return ok
}

// extension is the extension's books, empty if the reader is another.
func (t *till) extension() cardreader.ExtensionStats {
	if e, ok := t.reader.(*cardreader.Extension); ok {
		return e.Stats()
	}
	return cardreader.ExtensionStats{}
}

// pullAfter lets a hand pull the cable after d.
func (t *till) pullAfter(s *scope.Scope, d time.Duration) {
	s.Launch("hand", func(ctx context.Context) error {
		if t.r.Sleep(ctx, d) == nil {
			t.device.Unplug()
			t.pulled.Store(time.Now().UnixNano())
		}
		return nil
	})
}

func (t *till) pulledAt() time.Time {
	if at := t.pulled.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// close waits for callbacks that are still on their way, closes the device,
// judges the calls and compares the books; it reports whether all is well.
func (t *till) close() bool {
	ctx := context.WithoutCancel(t.r.Context())
	_ = t.r.Sleep(ctx, readerSettles)
	device := t.device.Stats()
	t.device.Close(ctx)
	if !t.judge() {
		return false
	}
	if t.keepsBooks() {
		t.books(device)
	}
	return true
}

// books compares what the device made with what the extension took.
func (t *till) books(device cardreader.Stats) {
	t.r.Expect(device.Pending).To(gomega.BeZero(), "callbacks on their way, after %v", readerSettles)
	t.r.Expect(device.Listeners).To(gomega.BeZero(), "listeners left behind")
	t.r.Expect(device.Delivered+device.Unheard+device.Lost+device.Held).
		To(gomega.Equal(device.Commands+device.Duplicated), "the device's callbacks, by where they went and by where they came from: %+v", device)
	reader := t.extension()
	t.r.Expect(reader.Answered+reader.TimedOut+reader.Cancelled+reader.Failed).
		To(gomega.Equal(reader.Calls), "calls, by how they ended: %+v", reader)
	if t.pulledAt().IsZero() && t.may&faults.Close == 0 {
		t.r.Expect(reader.Answered+reader.Late+reader.Duplicate).
			To(gomega.Equal(device.Delivered), "callbacks, by who took them and by who made them: %+v, %+v", reader, device)
	}
	t.r.Expect(device.Unheard).To(gomega.BeZero(), "callbacks that no call heard")
}
