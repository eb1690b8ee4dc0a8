package memnet

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
)

// conn is one end of a pipe. A pipe's errors are its own; these are those of a
// socket.
type conn struct {
	net.Conn
	local  Addr
	remote Addr
	closed atomic.Bool
}

func pipe(server, client Addr) (here, there *conn) {
	a, b := net.Pipe()
	return &conn{Conn: a, local: client, remote: server}, &conn{Conn: b, local: server, remote: client}
}

// Read reads what the peer writes; io.EOF when it has closed.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, c.failed("read", err)
}

// Write waits until the peer has read all of b.
func (c *conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, c.failed("write", err)
}

// Close ends what is blocked on this end, and what the peer is blocked on.
func (c *conn) Close() error {
	if c.closed.Swap(true) {
		return c.failed("close", io.ErrClosedPipe)
	}
	return c.Conn.Close()
}

// LocalAddr and RemoteAddr are the listener's name, and that with a number for the
// peer who dialled.
func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) failed(op string, err error) error {
	switch {
	case err == nil || err == io.EOF:
		return err
	case !errors.Is(err, io.ErrClosedPipe):
	case c.closed.Load():
		err = net.ErrClosed
	default:
		err = syscall.EPIPE
	}
	return &net.OpError{Op: op, Net: c.local.Network(), Source: c.local, Addr: c.remote, Err: err}
}
