// Package readercontract is what every reader of the card device has to keep to,
// whoever wrote it: promises as specs, to put another reader through in its own
// suite.
//
//	var _ = readercontract.Describe("mine", func(r *harness.Run, c *cardreader.Controller, timeout time.Duration) readercontract.Reader {
//		return myreader.New(c, timeout)
//	})
//
//	func TestReader(t *testing.T) { harness.RunSpecs(t, "my reader") }
//
// It stands here and not beside the fake because it needs the harness, of which
// the layers know nothing.
//
// # The promises
//
// Each is told so that what breaks another one does not show: callers come one
// after the other unless the promise is about several. In brackets, which of the
// readers of *Coroutine Case Study & Lessons Learned* break it: the polling loop,
// its two repairs (impatient: it looks at its context; busy: one call at a time, by
// a flag), and the one that waits for a signal. They are the spec's controls, and
// have to be caught in your suite too. What is not in the brackets they keep.
//
//   - one-answer: one call, one answer, as soon as it is there (polling, impatient,
//     busy).
//   - device-error: an error fails its own call, as a value, and no other (all four).
//   - timeout: a call without a callback times out at its deadline, not before and
//     not after (polling, signal).
//   - late-callback: an answer that is too late answers nothing (impatient).
//   - duplicate-callback: a second callback answers nothing (all four).
//   - reordered-callbacks: a callback that was overtaken answers nothing (impatient).
//   - early-callback: an answer that comes before its caller listens is not lost
//     (signal).
//   - unplugged: a pulled cable ends the call at once, and when it is in again the
//     reader works (all four).
//   - turns: one call at a time, first come, first served (all four).
//   - cancel: a call that is cancelled ends, and the reader is free (polling, busy,
//     signal).
//   - garbage: nonsense is a typed failure (all four).
//
// Rows R1 to R11 are the same stories with all that may happen at once, and with
// the books of cardreader.Extension.
//
// # What a reader has to bring
//
//   - DeviceInfo, which returns a cardreader.DeviceInfoResult.
//   - The caller's context reaches Controller.GetDeviceInfo: it says whose command
//     it is. It belongs to the fake, not to the device.
//   - The timeout is the given one and counts from the call's turn on.
//   - Behind each wait there is a failpoint, or the run's Step: what follows a wait
//     must not be left to chance. See package harness.
//   - Failures wrap what the device said, and the cause of a cancelled context.
//   - Abandon, if calls can hang: the run ends them with it. Without it, such a call
//     is a stall, which fails the spec too.
package readercontract

import (
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scenarios"
)

// Reader is what is put to the test.
type Reader = scenarios.CardReader

// Open puts a reader before the device, all of whose calls take at most timeout
// from their turn on. It is called once a run; the run is for its Step.
type Open = scenarios.OpenCardReader

// Specs is the contract for the reader that open makes, one scenario a promise.
// Their ids are the name, a dash and the promise.
func Specs(name string, open Open) []harness.Scenario {
	return scenarios.CardReaderContract(name, open)
}

// Describe adds [Specs] to the suite. It always returns true.
func Describe(name string, open Open, decorators ...any) bool {
	for _, s := range Specs(name, open) {
		harness.Describe(s, decorators...)
	}
	return true
}

// Naive lists the readers of the account, which are the controls.
func Naive() []scenarios.NaiveReader { return scenarios.NaiveReaders() }
