package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/scope"
)

// flaw is what kind of thing is wrong with a call.
type flaw string

const (
	flawHung        flaw = "hung"        // it did not return
	flawThrown      flaw = "thrown"      // it ended without a result
	flawGarbageUsed flaw = "garbage"     // it took garbage for an answer
	flawMistimed    flaw = "mistimed"    // it returned too late, or timed out too early
	flawStillBusy   flaw = "busy"        // it was refused, and nobody was at the reader
	flawTurnedDown  flaw = "turned down" // it was refused, because another was at the reader
	flawForeign     flaw = "foreign"     // it failed with another's error
	flawUnexplained flaw = "unexplained" // it failed with what nothing explains
)

// property is what a flaw breaks.
func (f flaw) property() string {
	switch f {
	case flawHung:
		return "P-STARVE"
	case flawForeign, flawUnexplained, flawTurnedDown:
		return "P-ERROR"
	}
	return "P-EXPECT"
}

// judge says what is wrong with calls that ended as they must not, once for each
// property, and reports whether all is well.
func (t *till) judge() bool {
	var found []tillFinding
	for _, c := range t.calls {
		if kind, wrong := t.wrong(c); wrong != "" && (t.only == nil || slices.Contains(t.only, kind)) {
			found = append(found, tillFinding{kind.property(), c.path + " " + wrong})
		}
	}
	return t.broken(found...)
}

// tillFinding is what is wrong with a call; see [harness.Run.Broken].
type tillFinding struct{ property, message string }

// broken records findings and reports whether there are none. What is still
// under way then would only be in the way of the reader of the picture.
func (t *till) broken(found ...tillFinding) bool {
	if len(found) == 0 {
		return true
	}
	t.device.Close(context.WithoutCancel(t.r.Context()))
	for _, f := range found {
		t.r.Broken(f.property, "%s", f.message)
	}
	return false
}

// wrong is what is wrong with c; "" if nothing is.
func (t *till) wrong(c *tillCall) (kind flaw, wrong string) {
	if c.hung {
		return flawHung, t.hung(c)
	}
	kind = flawMistimed
	switch result := c.result.(type) {
	case nil:
		kind, wrong = flawThrown, t.wrongEnd(c)
	case cardreader.DeviceInfoSuccess:
		kind, wrong = flawGarbageUsed, wrongAnswer(result.Info)
	case cardreader.DeviceInfoTimeout:
		wrong = t.wrongTimeout(c, result.After)
	case cardreader.StartUSBTimeout:
		wrong = t.wrongTimeout(c, result.After)
	case cardreader.DeviceInfoFailure:
		kind, wrong = t.wrongFailure(c, result.Err)
	case cardreader.StartUSBFailure:
		kind, wrong = t.wrongFailure(c, result.Err)
	}
	if limit := readerTimeout + t.held; wrong == "" && t.alone(c) && c.took() > limit+readerNoise {
		return flawMistimed, fmt.Sprintf("returned after %v, and it had %v for all it does", c.took(), limit)
	}
	return kind, wrong
}

func (c *tillCall) took() time.Duration { return c.ended.Sub(c.began) }

// hung says what the call did not return for, as far as that is certain.
func (t *till) hung(c *tillCall) string {
	wrong := fmt.Sprintf("did not return in %v", t.patience)
	pulled, other := t.pulledAt(), t.besides(c)
	lost := c.atHang.Lost+c.atHang.Held > 0
	switch {
	case other == nil && pulled.After(c.began):
		return wrong + fmt.Sprintf(", although the cable was pulled %v after it began", pulled.Sub(c.began))
	case other == nil && pulled.IsZero() && lost:
		return wrong + ": its callback was lost, and it has no timeout"
	case other == nil && !lost:
		return wrong + ", although the device made its callback"
	case other != nil && pulled.IsZero() && !lost:
		return wrong + ", although the device made all its callbacks: " + other.path + " was at the reader too"
	}
	return wrong
}

// wrongEnd: the job ended without a result of the call.
func (t *till) wrongEnd(c *tillCall) string {
	var exit *scope.GoexitError
	injected := strikeBehind(c.err)
	switch {
	case errors.As(c.err, &exit) && t.may.Has(faults.Goexit), errors.Is(c.err, errCustomerLeft):
		return ""
	case injected != nil && t.may.Has(injected.Fault.Kind) && (injected.Fault.Is(faults.Cancels) || c.owns(injected.Task)):
		return ""
	}
	first, _, _ := strings.Cut(fmt.Sprint(c.err), "\n") // of a panic's stack
	return "ended without a result, and nothing in the run explains that: " + first
}

// wrongAnswer: an answer has to make sense. That it is the call's own is for the
// ledger to say.
func wrongAnswer(info cardreader.DeviceInfo) string {
	if err := info.Validate(); err != nil {
		return fmt.Sprintf("took garbage for an answer (%v)", err)
	}
	return ""
}

// outcome is how the call ended, as in "had timed out".
func (c *tillCall) outcome() string {
	switch {
	case c.hung:
		return "hung"
	case c.result == nil:
		return "not returned"
	case c.wasCancelled():
		return "been cancelled"
	case c.timedOut():
		return "timed out"
	case c.erred():
		return "failed"
	}
	return "been answered"
}

// inWords is a result as pictures show it, which have little room.
func inWords(result any) string {
	var garbage *cardreader.PayloadError
	err := failureOf(result)
	switch {
	case resultIs[cardreader.DeviceInfoSuccess](result):
		return fmt.Sprintf("reading %d", result.(cardreader.DeviceInfoSuccess).Info.Reading)
	case resultIs[cardreader.StartUSBSuccess](result):
		return "connected"
	case resultIs[cardreader.StartUSBAlreadyConnected](result):
		return "connected before"
	case err == nil:
		return "timeout"
	case errors.As(err, &garbage):
		return "garbage"
	case errors.Is(err, cardreader.ErrUnplugged):
		return "unplugged"
	case errors.Is(err, cardreader.ErrBusy):
		return "busy"
	case errors.Is(err, cardreader.ErrAbandoned):
		return "given up"
	}
	return err.Error()
}

// failureOf is the error of a failure, nil for all other results.
func failureOf(result any) error {
	switch result := result.(type) {
	case cardreader.DeviceInfoFailure:
		return result.Err
	case cardreader.StartUSBFailure:
		return result.Err
	}
	return nil
}

// wrongTimeout: not before the deadline; that it is not after it holds for every
// outcome.
func (t *till) wrongTimeout(c *tillCall, after time.Duration) string {
	switch {
	case c.took() < readerTimeout:
		return fmt.Sprintf("timed out after %v, before its timeout of %v", c.took(), readerTimeout)
	case after != readerTimeout:
		return fmt.Sprintf("says that it timed out after %v; its timeout is %v", after, readerTimeout)
	case t.may&(faults.Drop|faults.Late|faults.Delay|faults.Reorder) == 0:
		return fmt.Sprintf("timed out, and the device always answers %v after the command", t.latency)
	}
	return ""
}

// wrongFailure: a failure has to be the call's own.
func (t *till) wrongFailure(c *tillCall, err error) (kind flaw, wrong string) {
	injected := strikeBehind(err)
	switch {
	case t.explained(c, err, injected):
		return "", ""
	case errors.Is(err, cardreader.ErrBusy) && t.alone(c):
		return flawStillBusy, fmt.Sprintf("was refused (%v), and nobody was at the reader: %s", err, t.lastBefore(c))
	case injected != nil && injected.Fault.Is(faults.Error):
		return flawForeign, t.foreignError(c, injected.Task, err)
	case errors.Is(err, cardreader.ErrBusy):
		return flawTurnedDown, fmt.Sprintf("was refused (%v): %s was at the reader", err, t.besides(c).path)
	}
	return flawUnexplained, fmt.Sprintf("failed with something that nothing in the run explains: %v", err)
}

// explained reports whether what happened to c is a reason to fail with err.
func (t *till) explained(c *tillCall, err error, injected *faults.Strike) bool {
	var garbage *cardreader.PayloadError
	switch {
	case c.cause != nil && errors.Is(err, c.cause):
		return t.mayCancel(c.cause)
	case errors.As(err, &garbage), errors.Is(err, cardreader.ErrGarbled):
		return t.may.Has(faults.Corrupt)
	case errors.Is(err, cardreader.ErrClosed):
		return t.switchedOff
	case errors.Is(err, cardreader.ErrUnplugged):
		at := t.pulledAt()
		return t.may.Has(faults.Close) || !at.IsZero() && !at.After(c.ended)
	}
	return injected != nil && injected.Fault.Is(faults.Error) && c.owns(injected.Task)
}

// foreignError: what c failed with struck the task with that path, not c's.
func (t *till) foreignError(c *tillCall, task string, err error) string {
	for _, other := range t.calls {
		if other.owns(task) && !other.ended.After(c.began) {
			return fmt.Sprintf("failed with an error that %s, which was over, had left behind: %v", other.path, err)
		}
	}
	return fmt.Sprintf("failed with an error that belongs to %s: %v", task, err)
}

// lastBefore says how the call ended that was the last one to end before c began.
func (t *till) lastBefore(c *tillCall) string {
	var last *tillCall
	for _, other := range t.calls {
		if other != c && !other.ended.After(c.began) && (last == nil || !other.ended.Before(last.ended)) {
			last = other
		}
	}
	if last == nil {
		return "it was the first"
	}
	return last.path + " had " + last.outcome()
}

// mayCancel reports whether cause is one for which the run cancels calls.
func (t *till) mayCancel(cause error) bool {
	s := strikeBehind(cause)
	return cause == errCustomerLeft || s != nil && t.may.Has(s.Fault.Kind) && s.Fault.Is(faults.Cancels)
}

// strikeBehind is the strike that err comes from, nil if none.
func strikeBehind(err error) *faults.Strike {
	var injected *faults.Injected
	if !errors.As(err, &injected) {
		return nil
	}
	return &injected.Strike
}

// owns reports whether the task with that path is the call's or belongs to it.
func (c *tillCall) owns(task string) bool {
	return task == c.path || strings.HasPrefix(task, c.path+"/")
}

// alone reports whether no other call was under way at any time during c.
func (t *till) alone(c *tillCall) bool { return t.besides(c) == nil }

// besides is a call that was under way at some time during c, nil if none was.
func (t *till) besides(c *tillCall) *tillCall {
	for _, other := range t.calls {
		if other != c && !other.began.IsZero() && other.began.Before(c.ended) && c.began.Before(other.ended) {
			return other
		}
	}
	return nil
}

// count counts the calls that which holds of.
func (t *till) count(which func(*tillCall) bool) (n int) {
	for _, c := range t.calls {
		if which(c) {
			n++
		}
	}
	return n
}

func (c *tillCall) answered() bool { return endedAs[cardreader.DeviceInfoSuccess](c) }

// succeeded: the call was answered, or the device is connected.
func (c *tillCall) succeeded() bool {
	return c.answered() || endedAs[cardreader.StartUSBSuccess](c) || endedAs[cardreader.StartUSBAlreadyConnected](c)
}

// isStart: the call was to connect.
func (c *tillCall) isStart() bool { return strings.HasPrefix(c.path, "till/start-") }

func (c *tillCall) timedOut() bool {
	return endedAs[cardreader.DeviceInfoTimeout](c) || endedAs[cardreader.StartUSBTimeout](c)
}

// erred: the device failed the call.
func (c *tillCall) erred() bool { return failureOf(c.result) != nil && !c.wasCancelled() }

// wasCancelled: the call was cancelled and returned that.
func (c *tillCall) wasCancelled() bool {
	return c.cause != nil && errors.Is(failureOf(c.result), c.cause)
}

// unplugged: the call ended because the cable was pulled.
func (c *tillCall) unplugged() bool { return errors.Is(failureOf(c.result), cardreader.ErrUnplugged) }

func endedAs[Result any](c *tillCall) bool { return resultIs[Result](c.result) }

func resultIs[Result any](result any) bool {
	_, ok := result.(Result)
	return ok
}

// followed reports whether a call that one holds of came right before one that
// next holds of.
func (t *till) followed(one, next func(*tillCall) bool) bool {
	for i := 1; i < len(t.calls); i++ {
		if one(t.calls[i-1]) && next(t.calls[i]) {
			return true
		}
	}
	return false
}
