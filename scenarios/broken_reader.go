package scenarios

import (
	"context"
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
