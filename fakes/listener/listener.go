// Package listener is the blocking listener of *Advanced Kotlin Coroutines tips
// and tricks* (Alex Saveau): accept blocks until a peer connects, and the one
// thing that ends it early is closing the listener under it.
//
// # How it differs from a real listener
//
//   - There is no network: a connection is the name of the peer.
//   - The backlog has no limit, so that [Listener.Connect] does not wait.
//   - [Listener.Accept] takes a context, which net.Listener's does not. It is who
//     the caller is, never a reason to return.
//
// # How it is like one
//
//   - A blocked Accept ignores cancellation.
//   - [Listener.Close] ends every blocked Accept with an error that matches
//     net.ErrClosed, and drops what is in the backlog. It is an io.Closer.
//   - A Close that fails has closed nothing: a blocked Accept stays blocked.
//
// That every Accept returns one peer, that Close ends every blocked one within a
// bound, on cancel too, and that nothing is accepted, connected or closed
// afterwards, is a contract (package scenarios/contract) which a TCP listener on
// loopback passes as well. What is said here of the order of peers and of a Close
// that fails is the fake's alone: the contract does not ask for it.
//
// # Failpoints
//
//   - listener/accept: before Accept looks at the backlog.
//   - listener/wake: after Accept was blocked.
//   - listener/connect: before the peer is in the backlog. drop loses the peer's
//     request on its way: Connect succeeds and nobody ever accepts it.
//   - listener/close: before anything is closed. Closing is a task of its own,
//     because a Close has no context: it is named after the listener, and a child
//     of the task that called [Listen].
package listener

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// Conn is an accepted connection.
type Conn struct {
	Peer string
}

// Stats is what the listener has seen. At every moment, for the requests that
// reached it,
//
//	Connected = Accepted + Backlog + Dropped
type Stats struct {
	Connected int // peers that reached the listener
	Accepted  int // peers that an Accept returned, or is about to
	Backlog   int // peers that wait for an Accept
	Dropped   int // peers that were in the backlog when the listener was closed
	Accepting int // calls of Accept that are blocked
}

// Listener is one listening socket. It may be used by many goroutines.
type Listener struct {
	name    string
	closing context.Context // the identity of Close

	mu        sync.Mutex
	backlog   []string
	accepting []*accept // blocked only while backlog is empty
	state     state
	stats     Stats
}

type state uint8

const (
	open state = iota
	closing
	closed
)

// accept is one blocked call. peer and ok are guarded by the listener's lock.
type accept struct {
	served chan struct{} // closed when the call is over
	peer   string
	ok     bool // false: the listener was closed
}

// Listen is an open listener. ctx only says whose it is: its cancellation does
// not close it.
func Listen(ctx context.Context, name string) *Listener {
	return &Listener{name: name, closing: faults.WithTask(context.WithoutCancel(ctx), name)}
}

// Accept blocks until a peer connects, the longest waiting call first, or until
// the listener is closed. ctx only says who is calling. The error of a closed
// listener matches net.ErrClosed; a peer wins over a close when both are ready.
func (l *Listener) Accept(ctx context.Context) (Conn, error) {
	if err := beforeAccept(ctx); err != nil {
		return Conn{}, l.failed("accept", err)
	}
	a := l.take()
	if a.served != nil {
		note(ctx, faults.Waiting, l.name)
		<-a.served
		awake(ctx)
	}
	if !a.ok {
		return Conn{}, l.failed("accept", net.ErrClosed)
	}
	return Conn{Peer: a.peer}, nil
}

// take returns an accept that is over already, or a blocked one.
func (l *Listener) take() *accept {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.state == closed:
		return &accept{}
	case len(l.backlog) > 0:
		a := &accept{peer: l.backlog[0], ok: true}
		l.backlog = l.backlog[1:]
		l.stats.Accepted++
		return a
	}
	a := &accept{served: make(chan struct{})}
	l.accepting = append(l.accepting, a)
	return a
}

// Connect is a peer who connects; it returns when the listener has the request.
// It fails with the cause of a ctx that is done, and on a closed listener with an
// error that matches net.ErrClosed.
func (l *Listener) Connect(ctx context.Context, peer string) error {
	if err, lost := beforeConnect(ctx); err != nil {
		return l.failed("connect "+peer, err)
	} else if lost {
		return nil
	}
	if ctx.Err() != nil {
		return l.failed("connect "+peer, context.Cause(ctx))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == closed {
		return l.failed("connect "+peer, net.ErrClosed)
	}
	l.stats.Connected++
	if len(l.accepting) == 0 {
		l.backlog = append(l.backlog, peer)
		return nil
	}
	a := l.accepting[0]
	l.accepting = slices.Delete(l.accepting, 0, 1)
	l.stats.Accepted++
	a.peer, a.ok = peer, true
	close(a.served)
	return nil
}

// Close closes the listener and ends every blocked Accept. When it fails nothing
// is closed, and it may be tried again. On a listener that is closed, or that
// somebody else is closing, it fails with an error that matches net.ErrClosed.
func (l *Listener) Close() error {
	if !l.beginClose() {
		return l.failed("close", net.ErrClosed)
	}
	defer l.endClose()
	failpoint.Inject("close", func() {
		if err := closePoint.Err(l.closing); err != nil {
			failpoint.Return(l.failed("close", err))
		}
	})
	l.shut()
	return nil
}

// beginClose lets one Close in at a time: the task of closing can be in one
// place only.
func (l *Listener) beginClose() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != open {
		return false
	}
	l.state = closing
	return true
}

// endClose opens a listener again whose Close did not get through.
func (l *Listener) endClose() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == closing {
		l.state = open
	}
}

func (l *Listener) shut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = closed
	l.stats.Dropped += len(l.backlog)
	l.backlog = nil
	for _, a := range l.accepting {
		close(a.served)
	}
	l.accepting = nil
}

// Stats is the listener's books at this moment.
func (l *Listener) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stats
	s.Backlog, s.Accepting = len(l.backlog), len(l.accepting)
	return s
}

func (l *Listener) failed(op string, err error) error {
	return fmt.Errorf("listener: %s: %s: %w", l.name, op, err)
}
