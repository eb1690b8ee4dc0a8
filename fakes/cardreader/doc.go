// Package cardreader is the card reader of *Coroutine Case Study & Lessons
// Learned* (Tom Hanley, Toast): a vendor's API that returns nothing and answers
// later on a goroutine of its own, and what one builds on it.
//
//   - [Controller] and [Listener] are the vendor's half: void commands, and every
//     result and error as a callback.
//   - [Extension] is ours: one call, one answer, as a value.
//   - [Naive] and [Signal] are what people write first. They are controls: each
//     of their bugs is listed, and has to be caught.
//
// # How it differs from the real thing
//
//   - The device answers every command after the same latency. It carries out
//     several at once; commands given at one instant are answered in any order.
//   - Commands take a context. It is who the caller is, never a reason to stop: a
//     command that has been sent is carried out.
//   - [Controller.Unplug] and [Controller.Replug] are the hand on the cable.
//   - [DeviceInfo.Reading] numbers the readings, and [Controller.Asked] tells who
//     asked for which, for judges.
//
// # What we take from the vendor
//
// There is no correlation id: nothing in a callback says which command it
// answers. [Extension] leans on one promise, and on nothing else: the callbacks
// of a command go to the listener that was installed when the command was given,
// whoever is installed by then. So each call installs a listener of its own, and
// an answer that comes too late, twice, or out of order finds the listener of
// the call it belongs to, which is over. A vendor that calls whoever listens at
// the moment breaks this: with such a one, no client can tell a late answer from
// a prompt one, and a reader that has timed out once must be reopened.
//
// A listener must not block and must not call the Controller: callbacks are
// given one at a time.
//
// # Failpoints
//
//   - cardreader/subscribe: before a listener is installed; error: it is not.
//   - cardreader/command: before a command is sent. error: the device answers
//     with an error; drop: nothing comes back.
//   - cardreader/listen: between the command and the wait for its callback. A
//     delay here makes the callback early.
//   - cardreader/wake: after each wait of a caller.
//   - cardreader/usb: on the device's goroutine, when it starts on a command.
//     close: the cable is pulled.
//   - cardreader/device: on that goroutine, after each wait.
//   - cardreader/payload: corrupt makes the device's own data nonsense, by turns
//     the battery, the serial number and the firmware version.
//   - cardreader/callback: before the callback. error: it becomes OnError; drop:
//     it is lost; duplicate: it comes again one latency later; late: it comes
//     that much later; reorder: it comes after the next one, and never if none
//     follows; corrupt: as above, and a callback without data becomes OnError
//     with [ErrGarbled].
//   - cardreader/poll: after each sleep of a naive caller.
package cardreader
