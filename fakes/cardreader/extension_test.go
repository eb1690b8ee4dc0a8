package cardreader_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
	"github.com/squall-go/squall/fakes/cardreader"
)

const (
	latency = 20 * time.Millisecond
	timeout = time.Second
)

// bubble runs test with a reader, in a bubble that everything has to leave.
func bubble(t *testing.T, latency time.Duration, test func(g *WithT, c *cardreader.Controller, e *cardreader.Extension)) {
	synctest.Test(t, func(t *testing.T) {
		c := cardreader.New(latency)
		test(NewWithT(t), c, cardreader.NewExtension(c, timeout))
		c.Close(context.Background())
	})
}

func TestOneCallOneAnswer(t *testing.T) {
	bubble(t, latency, func(g *WithT, c *cardreader.Controller, e *cardreader.Extension) {
		begin := time.Now()
		result := e.DeviceInfo(context.Background())
		g.Expect(result).To(Equal(cardreader.DeviceInfoSuccess{Info: cardreader.DeviceInfo{
			Battery: 87, Firmware: "4.11.2", Serial: "TST-0042", Reading: 1,
		}}))
		g.Expect(time.Since(begin)).To(Equal(latency))
		g.Expect(e.Stats()).To(Equal(cardreader.ExtensionStats{Calls: 1, Answered: 1}))
		g.Expect(c.Stats()).To(Equal(cardreader.Stats{Commands: 1, Delivered: 1}))
	})
}

func TestStartUSB(t *testing.T) {
	bubble(t, latency, func(g *WithT, c *cardreader.Controller, e *cardreader.Extension) {
		ctx := context.Background()
		g.Expect(e.StartUSB(ctx)).To(Equal(cardreader.StartUSBSuccess{}))
		g.Expect(e.StartUSB(ctx)).To(Equal(cardreader.StartUSBAlreadyConnected{}))
		c.Unplug()
		g.Expect(e.StartUSB(ctx)).To(Equal(cardreader.StartUSBFailure{Err: cardreader.ErrUnplugged}))
		c.Replug()
		g.Expect(e.StartUSB(ctx)).To(Equal(cardreader.StartUSBSuccess{}))
	})
}

func TestSlowDeviceTimesOutAtTheDeadline(t *testing.T) {
	bubble(t, 2*timeout, func(g *WithT, c *cardreader.Controller, e *cardreader.Extension) {
		begin := time.Now()
		g.Expect(e.DeviceInfo(context.Background())).To(Equal(cardreader.DeviceInfoTimeout{After: timeout}))
		g.Expect(time.Since(begin)).To(Equal(timeout))
		g.Expect(e.StartUSB(context.Background())).To(Equal(cardreader.StartUSBTimeout{After: timeout}))
		time.Sleep(2 * timeout)
		g.Expect(e.Stats()).To(Equal(cardreader.ExtensionStats{Calls: 2, TimedOut: 2, Late: 2}))
	})
}

func TestAnswerOneNanosecondBeforeAndAfterTheDeadline(t *testing.T) {
	bubble(t, timeout-1, func(g *WithT, _ *cardreader.Controller, e *cardreader.Extension) {
		g.Expect(e.DeviceInfo(context.Background())).To(BeAssignableToTypeOf(cardreader.DeviceInfoSuccess{}))
	})
	bubble(t, timeout+1, func(g *WithT, _ *cardreader.Controller, e *cardreader.Extension) {
		g.Expect(e.DeviceInfo(context.Background())).To(BeAssignableToTypeOf(cardreader.DeviceInfoTimeout{}))
	})
}

func TestUnplugEndsTheCallAtOnceAndReplugHeals(t *testing.T) {
	bubble(t, latency, func(g *WithT, c *cardreader.Controller, e *cardreader.Extension) {
		time.AfterFunc(latency/2, c.Unplug)
		begin := time.Now()
		g.Expect(e.DeviceInfo(context.Background())).To(Equal(cardreader.DeviceInfoFailure{Err: cardreader.ErrUnplugged}))
		g.Expect(time.Since(begin)).To(Equal(latency / 2))
		g.Expect(e.DeviceInfo(context.Background())).To(Equal(cardreader.DeviceInfoFailure{Err: cardreader.ErrUnplugged}))
		c.Replug()
		g.Expect(e.DeviceInfo(context.Background())).To(BeAssignableToTypeOf(cardreader.DeviceInfoSuccess{}))
		g.Expect(c.Stats()).To(Equal(cardreader.Stats{Commands: 3, Delivered: 2, Lost: 1}))
	})
}

func TestCancelMidCallFreesTheReader(t *testing.T) {
	bubble(t, latency, func(g *WithT, c *cardreader.Controller, e *cardreader.Extension) {
		gone := errors.New("the customer left")
		ctx, cancel := context.WithTimeoutCause(context.Background(), latency/2, gone)
		defer cancel()
		g.Expect(e.DeviceInfo(ctx)).To(Equal(cardreader.DeviceInfoFailure{Err: gone}))
		next := e.DeviceInfo(context.Background())
		g.Expect(next).To(HaveField("Info.Reading", 2), "the next call was given the cancelled call's answer")
		g.Expect(e.Stats()).To(Equal(cardreader.ExtensionStats{Calls: 2, Answered: 1, Cancelled: 1, Late: 1}))
		g.Expect(c.Stats().Listeners).To(BeZero())
	})
}

func TestCallersAreServedInTurn(t *testing.T) {
	bubble(t, latency, func(g *WithT, _ *cardreader.Controller, e *cardreader.Extension) {
		callers := make(chan int, 5)
		for i := range 5 {
			go func() {
				e.DeviceInfo(context.Background())
				callers <- i
			}()
			synctest.Wait()
		}
		begin := time.Now()
		for i := range 5 {
			g.Expect(<-callers).To(Equal(i))
		}
		g.Expect(time.Since(begin)).To(Equal(5 * latency))
	})
}

func TestCancelWhileQueued(t *testing.T) {
	bubble(t, latency, func(g *WithT, c *cardreader.Controller, e *cardreader.Extension) {
		ctx, cancel := context.WithCancel(context.Background())
		results := make(chan cardreader.DeviceInfoResult, 3)
		for _, ctx := range []context.Context{context.Background(), ctx, context.Background()} {
			go func() { results <- e.DeviceInfo(ctx) }()
			synctest.Wait()
		}
		cancel()
		g.Expect(<-results).To(Equal(cardreader.DeviceInfoFailure{Err: context.Canceled}))
		g.Expect(<-results).To(HaveField("Info.Reading", 1))
		g.Expect(<-results).To(HaveField("Info.Reading", 2))
		g.Expect(c.Stats().Commands).To(Equal(2), "the cancelled call must not have reached the device")
	})
}

func TestDeviceThatAnswersAtOnce(t *testing.T) {
	bubble(t, 0, func(g *WithT, _ *cardreader.Controller, e *cardreader.Extension) {
		for i := range 100 {
			g.Expect(e.DeviceInfo(context.Background())).To(HaveField("Info.Reading", i+1))
		}
	})
}

func TestClosedController(t *testing.T) {
	bubble(t, latency, func(g *WithT, c *cardreader.Controller, e *cardreader.Extension) {
		c.Close(context.Background())
		g.Expect(e.DeviceInfo(context.Background())).To(Equal(cardreader.DeviceInfoFailure{Err: cardreader.ErrClosed}))
		g.Expect(e.Stats()).To(Equal(cardreader.ExtensionStats{Calls: 1, Failed: 1}))
	})
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, ctx := NewWithT(t), context.Background()
		c := cardreader.New(time.Hour)
		c.GetDeviceInfo(ctx)
		c.StartUSB(ctx)
		begin := time.Now()
		c.Close(ctx)
		g.Expect(time.Since(begin)).To(BeZero())
		g.Expect(c.Stats()).To(Equal(cardreader.Stats{Commands: 2, Lost: 2}))
		c.GetDeviceInfo(ctx)
		g.Expect(c.Stats().Commands).To(Equal(2))
	})
}

func TestCommandWithoutAListener(t *testing.T) {
	bubble(t, latency, func(g *WithT, c *cardreader.Controller, _ *cardreader.Extension) {
		c.GetDeviceInfo(context.Background())
		time.Sleep(2 * latency)
		g.Expect(c.Stats()).To(Equal(cardreader.Stats{Commands: 1, Unheard: 1}))
	})
}

func TestMisuse(t *testing.T) {
	NewWithT(t).Expect(func() { cardreader.NewExtension(cardreader.New(0), 0) }).
		To(PanicWith("cardreader: the timeout of an extension must be positive, and 0s is not"))
}

func TestValidate(t *testing.T) {
	good := cardreader.DeviceInfo{Battery: 100, Firmware: "4.11.2", Serial: "x"}
	for want, spoil := range map[string]func(i *cardreader.DeviceInfo){
		`cardreader: the device answered with the battery "300"`:      func(i *cardreader.DeviceInfo) { i.Battery = 300 },
		`cardreader: the device answered with the battery "-1"`:       func(i *cardreader.DeviceInfo) { i.Battery = -1 },
		`cardreader: the device answered with the serial ""`:          func(i *cardreader.DeviceInfo) { i.Serial = "" },
		`cardreader: the device answered with the firmware "4.11"`:    func(i *cardreader.DeviceInfo) { i.Firmware = "4.11" },
		`cardreader: the device answered with the firmware "4.x.2"`:   func(i *cardreader.DeviceInfo) { i.Firmware = "4.x.2" },
		`cardreader: the device answered with the firmware "4.11.2."`: func(i *cardreader.DeviceInfo) { i.Firmware = "4.11.2." },
	} {
		bad := good
		spoil(&bad)
		NewWithT(t).Expect(bad.Validate()).To(MatchError(want))
	}
	NewWithT(t).Expect(good.Validate()).To(Succeed())
}

func Example() {
	ctx := context.Background()
	device := cardreader.New(0)
	defer device.Close(ctx)
	reader := cardreader.NewExtension(device, time.Minute)
	switch result := reader.DeviceInfo(ctx).(type) {
	case cardreader.DeviceInfoSuccess:
		fmt.Println("battery", result.Info.Battery)
	case cardreader.DeviceInfoFailure:
		fmt.Println("failed:", result.Err)
	case cardreader.DeviceInfoTimeout:
		fmt.Println("nothing for", result.After)
	}
	// Output: battery 87
}

func TestAskedTellsWhoAskedForWhichReading(t *testing.T) {
	bubble(t, latency, func(g *WithT, c *cardreader.Controller, e *cardreader.Extension) {
		type caller struct{}
		var told []string
		c.Asked = func(ctx context.Context, reading int) {
			told = append(told, fmt.Sprintf("%v asked for %d, with %d on their way", ctx.Value(caller{}), reading, c.Stats().Pending))
		}
		for _, who := range []string{"anna", "ben"} {
			e.DeviceInfo(context.WithValue(context.Background(), caller{}, who))
		}
		e.StartUSB(context.Background())
		g.Expect(told).To(Equal([]string{"anna asked for 1, with 1 on their way", "ben asked for 2, with 1 on their way"}))
	})
}
