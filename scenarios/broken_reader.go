package scenarios

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/squall-go/squall/fakes/cardreader"
)

// The readers that people write first, as tills use them.

// accountPoll is how long the loop of the account sleeps between two looks.
const accountPoll = 100 * time.Millisecond

// homemadeCaller is a [cardreader.Naive] or a [cardreader.Signal].
type homemadeCaller interface {
	DeviceInfo(ctx context.Context) (cardreader.DeviceInfo, error)
	Abandon()
}

// homemade lends a homemade reader the timeout that callers expect, which it
// may ignore, and the result type.
type homemade struct {
	homemadeCaller
}

func (h homemade) DeviceInfo(ctx context.Context) cardreader.DeviceInfoResult {
	limited, cancel := context.WithTimeout(ctx, readerTimeout)
	defer cancel()
	info, err := h.homemadeCaller.DeviceInfo(limited)
	switch {
	case err == nil:
		return cardreader.DeviceInfoSuccess{Info: info}
	case err == context.DeadlineExceeded && ctx.Err() == nil:
		return cardreader.DeviceInfoTimeout{After: readerTimeout}
	}
	return cardreader.DeviceInfoFailure{Err: err}
}

// newNaive makes one of the polling readers.
type newNaive func(ctx context.Context, c *cardreader.Controller, poll time.Duration) (*cardreader.Naive, error)

// withPolling opens a polling reader that sleeps poll between two looks. Its one
// subscription is installed outside the run's tasks, where nothing strikes.
func withPolling(make newNaive, poll time.Duration) openReader {
	return func(c *cardreader.Controller) tillReader {
		n, err := make(context.Background(), c, poll)
		if err != nil {
			panic(err)
		}
		return homemade{n}
	}
}

// withSignal opens a reader that waits for a signal.
func withSignal(c *cardreader.Controller) tillReader {
	s, err := cardreader.NewSignal(context.Background(), c)
	if err != nil {
		panic(err)
	}
	return homemade{s}
}

var (
	withNaive     = withPolling(cardreader.NewNaive, accountPoll)
	withImpatient = withPolling(cardreader.NewImpatient, accountPoll)
	withBusy      = withPolling(cardreader.NewBusy, accountPoll)
)

// hasty is the extension with a caller who takes half the timeout for the whole.
type hasty struct{ *cardreader.Extension }

func withHasty(c *cardreader.Controller) tillReader {
	return hasty{cardreader.NewExtension(c, readerTimeout)}
}

func (h hasty) DeviceInfo(ctx context.Context) cardreader.DeviceInfoResult {
	limited, cancel := context.WithTimeout(ctx, readerTimeout/2)
	defer cancel()
	result := h.Extension.DeviceInfo(limited)
	if limited.Err() != nil && ctx.Err() == nil {
		return cardreader.DeviceInfoTimeout{After: readerTimeout}
	}
	return result
}

// changed is a reader whose results something else looks at last.
type changed struct {
	tillReader
	change changeResult
}

type changeResult func(cardreader.DeviceInfoResult) cardreader.DeviceInfoResult

func (c changed) DeviceInfo(ctx context.Context) cardreader.DeviceInfoResult {
	return c.change(c.tillReader.DeviceInfo(ctx))
}

// Abandon ends the calls of a reader that does not end them itself.
func (c changed) Abandon() {
	if x, ok := c.tillReader.(interface{ Abandon() }); ok {
		x.Abandon()
	}
}

func withExtensionThat(change changeResult) openReader {
	return func(c *cardreader.Controller) tillReader { return changed{withExtension(c), change} }
}

func withImpatientThat(change changeResult) openReader {
	return func(c *cardreader.Controller) tillReader { return changed{withImpatient(c), change} }
}

// checksBattery lets all other nonsense pass.
func checksBattery(result cardreader.DeviceInfoResult) cardreader.DeviceInfoResult {
	success, ok := result.(cardreader.DeviceInfoSuccess)
	var garbage *cardreader.PayloadError
	if ok && errors.As(success.Info.Validate(), &garbage) && garbage.Field == "battery" {
		return cardreader.DeviceInfoFailure{Err: garbage}
	}
	return result
}

// remembers gives the last answer that made sense in place of one that does not.
func remembers() changeResult {
	var mu sync.Mutex
	var last cardreader.DeviceInfoResult
	return func(result cardreader.DeviceInfoResult) cardreader.DeviceInfoResult {
		mu.Lock()
		defer mu.Unlock()
		var garbage *cardreader.PayloadError
		switch {
		case resultIs[cardreader.DeviceInfoSuccess](result):
			last = result
		case last != nil && errors.As(failureOf(result), &garbage):
			return last
		}
		return result
	}
}

// sayNoMore takes the type away from a failure.
func sayNoMore(result cardreader.DeviceInfoResult) cardreader.DeviceInfoResult {
	if failure, ok := result.(cardreader.DeviceInfoFailure); ok {
		return cardreader.DeviceInfoFailure{Err: errors.New("cardreader: " + failure.Err.Error())}
	}
	return result
}

// throws panics instead of returning a failure.
func throws(result cardreader.DeviceInfoResult) cardreader.DeviceInfoResult {
	if failure, ok := result.(cardreader.DeviceInfoFailure); ok {
		panic(failure.Err)
	}
	return result
}
