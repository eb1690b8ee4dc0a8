package scenarios

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/scope"
)

// S19 is a till that gets every outcome of its card reader as a value: success,
// and each way to fail. Each of them is reached, and the till has an answer to
// each; nothing is thrown.
var S19 = harness.Scenario{
	ID: "S19", Title: "errors as values",
	Source:     ToastCaseStudy,
	Properties: []string{"P-CONSERVE", "P-ERROR", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("fakes/cardreader/subscribe", faults.Error|faults.CancelTask),
		harness.Strike("fakes/cardreader/command", faults.Error|faults.CancelTask|faults.Drop),
		harness.Strike("fakes/cardreader/listen", faults.CancelTask),
		harness.Strike("fakes/cardreader/usb", faults.Close),
		harness.Strike("fakes/cardreader/payload", faults.Corrupt),
		harness.Strike("fakes/cardreader/callback", faults.Error|faults.Drop|faults.Corrupt),
	},
	Facts: []string{
		"call: success", "call: timeout", "call: device error", "call: malformed", "call: unplugged", "call: cancelled", "call: refused",
		"start: success", "start: timeout", "start: device error", "start: malformed", "start: unplugged", "start: cancelled", "start: refused",
		"start: already connected",
	},
	Runs: 600,
	Body: func(r *harness.Run) { sellByValue(r, withExtension, handleAll) },
	Controls: []harness.Control{{
		Name: "unhandled-variant", Story: "nobody thought of a device that is connected already",
		Breaks: "P-EXPECT", Task: "as already connected, and the till says nothing",
		Body: func(r *harness.Run) { sellByValue(r, withExtension, except(variantAlready, "")) },
	}, {
		Name: "unhandled-timeout", Story: "success and failure are handled, and a timeout is neither",
		Breaks: "P-EXPECT", Task: "timeout, and the till says nothing",
		Body: func(r *harness.Run) { sellByValue(r, withExtension, except(variantTimeout, "")) },
	}, {
		Name: "one-failure-for-all", Story: "a customer who left is asked to try again",
		Breaks: "P-EXPECT", Task: `cancelled, and the till says "out of order"`,
		Body: func(r *harness.Run) { sellByValue(r, withExtension, except(variantCancelled, "out of order")) },
	}, {
		Name: "thrown", Story: "a reader that throws its failures",
		Breaks: "P-EXPECT", Task: "ended without a result",
		Body: func(r *harness.Run) { sellByValue(r, withExtensionThat(throws), handleAll) },
	}},
}

// variant is one of the outcomes that a till tells apart.
type variant string

const (
	variantSuccess     variant = "success"
	variantAlready     variant = "already connected"
	variantTimeout     variant = "timeout"
	variantDeviceError variant = "device error"
	variantMalformed   variant = "malformed"
	variantUnplugged   variant = "unplugged"
	variantCancelled   variant = "cancelled"
	variantRefused     variant = "refused"
)

// tillSays is what a till has to say to each.
var tillSays = map[variant]string{
	variantSuccess: "ready", variantAlready: "ready", variantTimeout: "try again", variantDeviceError: "out of order", variantMalformed: "try again",
	variantUnplugged: "plug it in", variantCancelled: "good-bye", variantRefused: "closed",
}

// handleAll is the till's code: the result alone tells it what to say.
func handleAll(result any) string {
	switch result := result.(type) {
	case cardreader.DeviceInfoSuccess, cardreader.StartUSBSuccess, cardreader.StartUSBAlreadyConnected:
		return "ready"
	case cardreader.DeviceInfoTimeout, cardreader.StartUSBTimeout:
		return "try again"
	case cardreader.DeviceInfoFailure:
		return handleFailure(result.Err)
	case cardreader.StartUSBFailure:
		return handleFailure(result.Err)
	}
	return ""
}

func handleFailure(err error) string {
	var garbage *cardreader.PayloadError
	var struck *faults.Injected
	switch {
	case errors.As(err, &garbage), errors.Is(err, cardreader.ErrGarbled):
		return "try again"
	case errors.Is(err, cardreader.ErrUnplugged):
		return "plug it in"
	case errors.Is(err, cardreader.ErrClosed):
		return "closed"
	case errors.As(err, &struck) && struck.Strike.Fault.Is(faults.Cancels):
		return "good-bye"
	case errors.As(err, &struck):
		return "out of order"
	}
	return ""
}

// except is the till's code with something else to say to one variant.
func except(v variant, says string) func(result any) string {
	return func(result any) string {
		if variantOf(result) == v {
			return says
		}
		return handleAll(result)
	}
}

// sellByValue has a till that does what it says: a cable that is to be plugged
// in is plugged in.
func sellByValue(r *harness.Run, open openReader, handle func(result any) string) {
	t := openTill(r, open, readerLatency, faults.Error|faults.CancelTask|faults.Drop|faults.Close|faults.Corrupt)
	n, connects := r.Int("calls", 1, 6), r.Int("every n-th one connects", 1, 3)
	off := r.Int("switched off before the last", 0, 3) == 3
	said := make([]string, n)
	r.Expect(t.serve(func(s *scope.Scope) {
		for i := range n {
			if off && i == n-1 {
				t.device.Close(s.Context())
				t.switchedOff = true
			}
			call := t.call
			if connects > 1 && i%connects != 0 {
				call = t.connect
			}
			c := call(s)
			t.wait(s, c)
			if said[i] = handle(c.result); said[i] == "plug it in" {
				t.device.Replug()
			}
			_ = r.Sleep(s.Context(), 10*time.Millisecond)
		}
	})).To(gomega.Succeed())
	if !t.close() {
		return
	}
	for i, c := range t.calls {
		what := variantOf(c.result)
		name := "call"
		if c.isStart() {
			name = "start"
		}
		r.Sometimes(fmt.Sprintf("%s: %s", name, what), true)
		if says := said[i]; says != tillSays[what] {
			t.broken(tillFinding{"P-EXPECT", fmt.Sprintf("%s ended as %s, and the till says %s", c.path, what, quoted(says))})
			return
		}
	}
}

func quoted(says string) string {
	if says == "" {
		return "nothing"
	}
	return strconv.Quote(says)
}

// variantOf tells the outcomes apart; that each is true is for the till to judge.
func variantOf(result any) variant {
	var garbage *cardreader.PayloadError
	err := failureOf(result)
	s := strikeBehind(err)
	switch {
	case resultIs[cardreader.DeviceInfoSuccess](result), resultIs[cardreader.StartUSBSuccess](result):
		return variantSuccess
	case resultIs[cardreader.StartUSBAlreadyConnected](result):
		return variantAlready
	case err == nil:
		return variantTimeout
	case errors.As(err, &garbage), errors.Is(err, cardreader.ErrGarbled):
		return variantMalformed
	case errors.Is(err, cardreader.ErrUnplugged):
		return variantUnplugged
	case errors.Is(err, cardreader.ErrClosed):
		return variantRefused
	case s != nil && s.Fault.Is(faults.Cancels):
		return variantCancelled
	}
	return variantDeviceError
}
