// Package memnet is a network in memory: a net.Listener and the net.Conns that
// it accepts, without a socket. Servers and clients of the standard library run
// on it in a bubble, where a socket cannot be waited for.
//
// # How it differs from a real network
//
//   - A connection is a net.Pipe: nothing is buffered, so that a Write waits
//     until it was read. A peer that never reads blocks the first byte, not the
//     first that the buffers of the kernel have no place for.
//   - There is no half-closed connection and no reset: whoever reads from a
//     connection that its peer has closed reads io.EOF.
//   - The backlog has no limit, so that [Listener.Dial] does not wait.
//   - Nothing is lost, reordered or slow on its way unless it was struck.
//
// # How it is like one
//
// The contract of package scenarios/contract, which a TCP listener and connection on
// loopback pass too:
//
//   - Accept blocks until a peer connects or the listener is closed; Close ends
//     every blocked Accept with an error that matches net.ErrClosed, and a second
//     Close fails with one;
//   - nobody connects to a closed listener: syscall.ECONNREFUSED;
//   - closing a connection ends a Read or Write that is blocked on it with an
//     error that matches net.ErrClosed, and lets the peer read io.EOF after
//     everything that was written before;
//   - a deadline ends a blocked Read with os.ErrDeadlineExceeded, whatever trickles
//     in, and moving the deadline makes the connection usable again;
//   - writing to a peer who is gone fails, with an error that matches none of
//     those.
//
// # Failpoints
//
//   - memnet/dial: before a connection is asked for, in a task of its own called
//     "dial", since clients dial in goroutines of theirs.
package memnet

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"syscall"

	"github.com/pingcap/failpoint"

	"github.com/squall-go/squall/faults"
)

var _ net.Listener = (*Listener)(nil)

// Listener is one listening address. It may be used by many goroutines.
type Listener struct {
	addr Addr

	mu      sync.Mutex
	changed sync.Cond // backlog or closed
	backlog []*conn
	dialled int
	closed  bool
}

// Addr is the name of a listener.
type Addr string

// Network is "mem".
func (Addr) Network() string { return "mem" }

// String is the name.
func (a Addr) String() string { return string(a) }

// Listen is an open listener.
func Listen(name string) *Listener {
	l := &Listener{addr: Addr(name)}
	l.changed.L = &l.mu
	return l
}

// Addr is the listener's name.
func (l *Listener) Addr() net.Addr { return l.addr }

// Accept blocks until a peer connects, or until the listener is closed. Errors
// are *net.OpErrors.
func (l *Listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.backlog) == 0 && !l.closed {
		l.changed.Wait()
	}
	if l.closed {
		return nil, l.failed("accept", net.ErrClosed)
	}
	c := l.backlog[0]
	l.backlog = slices.Delete(l.backlog, 0, 1)
	return c, nil
}

// Dial is a peer who connects; it returns when the listener has the request,
// accepted or not. It fails with the cause of a ctx that is done.
func (l *Listener) Dial(ctx context.Context) (net.Conn, error) {
	if err := beforeDial(ctx); err != nil {
		return nil, l.failed("dial", err)
	}
	if ctx.Err() != nil {
		return nil, l.failed("dial", context.Cause(ctx))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, l.failed("dial", syscall.ECONNREFUSED)
	}
	l.dialled++
	here, there := pipe(l.addr, Addr(fmt.Sprintf("%s:%d", l.addr, l.dialled)))
	l.backlog = append(l.backlog, there)
	l.changed.Signal()
	return here, nil
}

// Close closes the listener: blocked Accepts end, and peers in the backlog find
// their connections closed. Accepted ones stay open.
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return l.failed("close", net.ErrClosed)
	}
	l.closed = true
	for _, c := range l.backlog {
		_ = c.Close()
	}
	l.backlog = nil
	l.changed.Broadcast()
	return nil
}

func (l *Listener) failed(op string, err error) error {
	return &net.OpError{Op: op, Net: l.addr.Network(), Addr: l.addr, Err: err}
}

// beforeDial returns why a dial has to fail. It is not inlined because a marker
// counts in the cost of its function.
//
//go:noinline
func beforeDial(ctx context.Context) error {
	failpoint.Inject("dial", func() {
		if err := dialPoint.Err(faults.WithTask(ctx, "dial")); err != nil {
			failpoint.Return(err)
		}
	})
	return nil
}
