package contract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/squall-go/squall/fakes/listener"
	"github.com/squall-go/squall/scope"
)

// Accepting is a listener. Peers are known by a name: Connect says under which
// one it came, Accept whom it got.
type Accepting struct {
	Accept  func() (peer string, err error)
	Connect func(ctx context.Context) (peer string, err error)
	Close   func() error
	// Over tidies up, whatever became of the listener.
	Over func()
}

// Listener is the contract of a blocking listener.
var Listener = []Clause[Accepting]{
	{"each accept returns one peer that connected, and no peer is returned twice", acceptsEachOnce},
	{"closing ends every blocked accept within the bound, with net.ErrClosed", closeEndsAccepts},
	{"a blocked accept returns within the bound once it is closed on cancel", closedOnCancel},
	{"who is closed accepts nobody, is connected to by nobody, and cannot be closed again", staysClosed},
}

func acceptsEachOnce(l Accepting) error {
	const peers = 3
	accepted := make(chan string, peers)
	failed := make(chan error, 2*peers)
	for range peers {
		go func() {
			peer, err := l.Accept()
			failed <- err
			accepted <- peer
		}()
	}
	var want, got []string
	for range peers {
		peer, err := l.Connect(context.Background())
		if err != nil {
			return fmt.Errorf("connect: %w", err)
		}
		want = append(want, peer)
	}
	for range peers {
		if err, late := within("an accept", failed); late != nil || err != nil {
			return errors.Join(err, late)
		}
		got = append(got, <-accepted)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		return fmt.Errorf("connected were %v, and accepted %v", want, got)
	}
	return nil
}

func closeEndsAccepts(l Accepting) error {
	accept := func() error { _, err := l.Accept(); return err }
	blocked := []<-chan error{start(accept), start(accept)}
	if err := l.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	for _, b := range blocked {
		err, late := within("an accept on a closed listener", b)
		if late != nil {
			return late
		}
		if err := matches("an accept on a closed listener", err, net.ErrClosed); err != nil {
			return err
		}
	}
	return nil
}

type closer func() error

func (c closer) Close() error { return c() }

func closedOnCancel(l Accepting) error {
	return cancelsByClosing(closer(l.Close), func() error { _, err := l.Accept(); return err })
}

// cancelsByClosing cancels a blocking call which ignores contexts.
func cancelsByClosing(c io.Closer, call func() error) error {
	ctx, cancel := cancellable()
	defer cancel(nil)
	begun := make(chan struct{})
	returned := start(func() error {
		return scope.CloseOnCancel(ctx, "call", c, func() error {
			close(begun)
			return call()
		}, scope.Grace(Bound/2))
	})
	if _, err := within("the call begins", begun); err != nil {
		return err
	}
	cancel(errGone)
	err, late := within("a call whose resource was closed on cancel", returned)
	if late != nil {
		return late
	}
	var stuck *scope.StuckError
	if errors.As(err, &stuck) {
		return fmt.Errorf("the call went on although its resource was closed: %w", err)
	}
	return matches("a call whose resource was closed on cancel", err, errGone)
}

func staysClosed(l Accepting) error {
	if err := l.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	err, late := within("an accept on a closed listener", start(func() error { _, err := l.Accept(); return err }))
	if late != nil {
		return late
	}
	if err := matches("an accept on a closed listener", err, net.ErrClosed); err != nil {
		return err
	}
	if peer, err := l.Connect(context.Background()); err == nil {
		return fmt.Errorf("%s connected to a closed listener", peer)
	}
	return matches("a second close", l.Close(), net.ErrClosed)
}

// FakeListener is fakes/listener as a part.
func FakeListener() Accepting {
	ctx := context.Background()
	l := listener.Listen(ctx, "contract")
	peers := 0
	return Accepting{
		Accept: func() (string, error) {
			conn, err := l.Accept(ctx)
			return conn.Peer, err
		},
		Connect: func(ctx context.Context) (string, error) {
			peers++
			peer := fmt.Sprintf("peer-%d", peers)
			return peer, l.Connect(ctx, peer)
		},
		Close: l.Close,
		Over:  func() { _ = l.Close() },
	}
}

// NetListener is a listener of the standard library's kind as a part. Peers go by
// their address.
func NetListener(l net.Listener, dial func(ctx context.Context) (net.Conn, error)) Accepting {
	return Accepting{
		Accept: func() (string, error) {
			conn, err := l.Accept()
			if err != nil {
				return "", err
			}
			return conn.RemoteAddr().String(), conn.Close()
		},
		Connect: func(ctx context.Context) (string, error) {
			conn, err := dial(ctx)
			if err != nil {
				return "", err
			}
			return conn.LocalAddr().String(), conn.Close()
		},
		Close: l.Close,
		Over:  func() { _ = l.Close() },
	}
}
