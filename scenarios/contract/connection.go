package contract

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// Connected is the two ends of a connection.
type Connected struct {
	Here, There net.Conn
	// Over tidies up, whatever became of the ends.
	Over func()
}

// Connection is the contract of a connection. What is said of Here is so of
// There.
var Connection = []Clause[Connected]{
	{"the peer reads what was written, in order, and then io.EOF when it was closed", deliversThenEOF},
	{"closing ends a blocked read within the bound, with net.ErrClosed", closeEndsRead},
	{"closing ends a blocked write within the bound, with net.ErrClosed", closeEndsWrite},
	{"a blocked read returns within the bound once it is closed on cancel", readClosedOnCancel},
	{"a deadline ends a read that trickles, and moving it makes the connection usable again", deadlineHolds},
	{"writing to a peer who has gone fails", writeToNobody},
}

func deliversThenEOF(c Connected) error {
	written := start(func() error {
		for _, part := range []string{"one ", "two ", "three"} {
			if _, err := io.WriteString(c.There, part); err != nil {
				return err
			}
		}
		return c.There.Close()
	})
	var text []byte
	read := start(func() (err error) {
		text, err = io.ReadAll(c.Here)
		return err
	})
	for what, done := range map[string]<-chan error{"writing": written, "reading": read} {
		if err, late := within(what, done); err != nil || late != nil {
			return errors.Join(err, late)
		}
	}
	if string(text) != "one two three" {
		return fmt.Errorf("written was %q, read %q", "one two three", text)
	}
	return nil
}

func closeEndsRead(c Connected) error {
	blocked := start(func() error { _, err := c.Here.Read(make([]byte, 1)); return err })
	if err := c.Here.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	err, late := within("a read on a closed connection", blocked)
	if late != nil {
		return late
	}
	return matches("a read on a closed connection", err, net.ErrClosed)
}

func closeEndsWrite(c Connected) error {
	var writes atomic.Int64
	blocked := start(func() error {
		for chunk := make([]byte, 1<<16); ; writes.Add(1) {
			if _, err := c.Here.Write(chunk); err != nil {
				return err
			}
		}
	})
	// It is blocked when it has come no further for a while: nobody reads.
	last := int64(-1)
	if err := until("a write blocks", func() bool {
		now := writes.Load()
		stands := now == last
		last = now
		time.Sleep(20 * time.Millisecond)
		return stands
	}); err != nil {
		return err
	}
	if err := c.Here.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	err, late := within("a write on a closed connection", blocked)
	if late != nil {
		return late
	}
	return matches("a write on a closed connection", err, net.ErrClosed)
}

func readClosedOnCancel(c Connected) error {
	return cancelsByClosing(c.Here, func() error { _, err := c.Here.Read(make([]byte, 1)); return err })
}

func deadlineHolds(c Connected) error {
	stop := make(chan struct{})
	trickle := start(func() error {
		for {
			select {
			case <-stop:
				return nil
			case <-time.After(time.Millisecond):
			}
			if _, err := c.There.Write([]byte{'.'}); err != nil {
				return nil // Here was closed
			}
		}
	})
	defer func() {
		close(stop)
		_ = c.Here.Close()
		_, _ = within("the trickle ends", trickle)
	}()
	if err := c.Here.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		return err
	}
	read := start(func() error { _, err := io.Copy(io.Discard, c.Here); return err })
	err, late := within("a read that trickles", read)
	if late != nil {
		return late
	}
	if err := matches("a read at its deadline", err, os.ErrDeadlineExceeded); err != nil {
		return err
	}
	if err := c.Here.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	again := start(func() error { _, err := c.Here.Read(make([]byte, 1)); return err })
	err, late = within("a read after the deadline was moved", again)
	return errors.Join(err, late)
}

func writeToNobody(c Connected) error {
	if err := c.There.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	var err error
	failed := func() bool {
		_, err = c.Here.Write([]byte{'.'})
		return err != nil
	}
	if late := until("a write to a peer who has gone fails", failed); late != nil {
		return late
	}
	if errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("a write to a peer who has gone: %w, as if it were our own end", err)
	}
	return nil
}

// Pair connects two ends by a listener, which is closed then.
func Pair(l net.Listener, dial func() (net.Conn, error)) (Connected, error) {
	defer l.Close()
	type accepted struct {
		conn net.Conn
		err  error
	}
	there := make(chan accepted, 1)
	go func() {
		conn, err := l.Accept()
		there <- accepted{conn, err}
	}()
	here, err := dial()
	if err != nil {
		_ = l.Close()
		<-there
		return Connected{}, err
	}
	a := <-there
	if a.err != nil {
		_ = here.Close()
		return Connected{}, a.err
	}
	return Connected{Here: here, There: a.conn, Over: func() { _, _ = here.Close(), a.conn.Close() }}, nil
}
