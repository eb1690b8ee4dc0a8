package scenarios

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// R13 reads an answer from a peer on a real connection who answers, never does,
// resets the connection, or trickles. The reading ends in time whatever the peer
// does, because the connection is closed under it.
var R13 = harness.Scenario{
	ID: "R13", Title: "a peer on a real connection",
	Source:     TipsAndTricks,
	Properties: []string{"P-CANCEL", "P-ERROR", "P-BLAST", "P-LEAK"},
	Faults: []explore.Allow{
		harness.Strike("scope/call", faults.Failure|faults.CancelTask|faults.CancelParent),
		harness.Strike("scope/call-end", faults.Failure),
	},
	Terms: judge.Terms{EndWithin: wallBound},
	Facts: []string{
		"the peer answered", "the peer never answered, and the connection was closed under the read",
		"the peer reset the connection", "the peer trickled, and the connection was closed under the read",
	},
	Runs: 60, Budget: 30 * time.Second,
	Mode: engine.Wall,
	Body: func(r *harness.Run) { askPeer(r, readClosably, wallBound) },
	Controls: []harness.Control{{
		Name: "timeout-without-close", Story: "a read under a timeout that closes nothing",
		Breaks: "P-EXPECT", Task: "client/ask", Runs: 20,
		Body: func(r *harness.Run) { askPeer(r, readDeaf, controlBound) },
	}, {
		Name: "deadline-for-a-byte", Story: "a read whose deadline every byte puts off",
		Breaks: "P-EXPECT", Task: "client/ask", Runs: 20,
		Body: func(r *harness.Run) { askPeer(r, readByBytes, controlBound) },
	}, {
		Name: "leaves-the-connection", Story: "a client that closes its connection only when it was answered",
		Breaks: "P-EXPECT", Task: "client/peer", Runs: 20,
		Body: func(r *harness.Run) { askPeer(r, readAndForget, controlBound) },
	}},
}

const (
	peerWithin = 30 * time.Millisecond
	pong       = "pong"
)

// The peers.
const (
	peerAnswers = iota
	peerKeepsQuiet
	peerResets
	peerTrickles
	peers
)

// readAnswer reads an answer from conn, and closes conn.
type readAnswer func(ctx context.Context, conn net.Conn) (string, error)

func askPeer(r *harness.Run, read readAnswer, bound time.Duration) {
	kind := r.Int("peer", 0, peers-1)
	within := peerWithin
	if kind == peerAnswers || kind == peerResets {
		within = time.Minute // its time is the machine's
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	r.Expect(err).NotTo(gomega.HaveOccurred())
	p := &peer{kind: kind, l: l}
	answer := ""
	var failed error
	err = scope.Supervise(r.Context(), "client", func(s *scope.Scope) error {
		serving := scope.Async(s, "peer", func(ctx context.Context) (struct{}, error) { return struct{}{}, p.serve() })
		rescue := time.AfterFunc(bound, p.rescue)
		failed = scope.WithTimeout(s.Context(), "ask", within, func(ctx context.Context) (err error) {
			answer, err = dialAndRead(ctx, l.Addr(), read)
			return err
		})
		rescued := !rescue.Stop()
		_ = l.Close() // there may have been no time to connect
		switch {
		case rescued:
			r.Broken("P-CANCEL", "client/ask has a timeout of %v, and came back only when its peer had gone, after %v: %v", within, bound, failed)
		case !waitFor(bound, func() bool { return hasEnded(serving.Done()) }):
			r.Broken("P-LEAK", "client/peer still serves a connection %v after client/ask: nobody closed it", bound)
		}
		p.rescue()
		_, err := serving.Await(s.Context())
		return err
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())

	switch {
	case failed == nil:
		r.Expect(kind).To(gomega.Equal(peerAnswers), "there is an answer, and the peer gave none")
		r.Expect(answer).To(gomega.Equal(pong))
	case isTimeout(failed):
		r.Expect(within).To(gomega.Equal(peerWithin), "the time is up: %v", failed)
	default:
		known := []error{syscall.ECONNRESET}
		r.Expect(unexplained(failed, known...)).To(gomega.BeNil(), "part of the failure that nothing in the run explains")
	}
	r.Sometimes("the peer answered", failed == nil)
	r.Sometimes("the peer never answered, and the connection was closed under the read", isTimeout(failed) && kind == peerKeepsQuiet)
	r.Sometimes("the peer reset the connection", kind == peerResets && errors.Is(failed, syscall.ECONNRESET))
	r.Sometimes("the peer trickled, and the connection was closed under the read", isTimeout(failed) && kind == peerTrickles && p.trickled.Load() > 0)
}

func hasEnded(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

func dialAndRead(ctx context.Context, to net.Addr, read readAnswer) (string, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, to.Network(), to.String())
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		<-ctx.Done() // the dialler has ctx's deadline, and a timer of its own
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", err
	}
	return read(ctx, conn)
}

func readClosably(ctx context.Context, conn net.Conn) (string, error) {
	defer conn.Close()
	answer := make(chan string, 1)
	err := scope.CloseOnCancel(ctx, "read", conn, func() error {
		text, err := io.ReadAll(conn)
		answer <- string(text)
		return err
	}, scope.Grace(wallBound))
	if err != nil {
		return "", err
	}
	return <-answer, nil
}

func readDeaf(_ context.Context, conn net.Conn) (string, error) {
	defer conn.Close()
	text, err := io.ReadAll(conn)
	return string(text), err
}

func readByBytes(ctx context.Context, conn net.Conn) (string, error) {
	defer conn.Close()
	var text []byte
	for b := make([]byte, 1); ; {
		if err := conn.SetReadDeadline(time.Now().Add(wallBound)); err != nil {
			return "", err
		}
		switch n, err := conn.Read(b); {
		case err == io.EOF:
			return string(text), nil
		case err != nil:
			return "", errors.Join(context.Cause(ctx), err)
		default:
			text = append(text, b[:n]...)
		}
	}
}

// readAndForget leaves a read behind, and the connection with it.
func readAndForget(ctx context.Context, conn net.Conn) (string, error) {
	answer, failed := make(chan string, 1), make(chan error, 1)
	go func() {
		defer conn.Close()
		text, err := io.ReadAll(conn)
		answer <- string(text)
		failed <- err
	}()
	select {
	case text := <-answer:
		return text, <-failed
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// peer serves one connection.
type peer struct {
	kind     int
	l        net.Listener
	conn     atomic.Pointer[net.TCPConn]
	trickled atomic.Int64
}

// serve ends when the client has closed the connection, or never came.
func (p *peer) serve() error {
	accepted, err := p.l.Accept()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	if err != nil {
		return err
	}
	conn := accepted.(*net.TCPConn)
	p.conn.Store(conn)
	defer conn.Close()
	switch p.kind { // errors: the client has gone already
	case peerAnswers:
		_, _ = io.WriteString(conn, pong)
	case peerResets:
		_ = conn.SetLinger(0)
	case peerTrickles:
		for err = nil; err == nil; time.Sleep(time.Millisecond) {
			_, err = conn.Write([]byte{'.'})
			p.trickled.Add(1)
		}
	case peerKeepsQuiet:
		_, _ = io.Copy(io.Discard, conn)
	}
	return nil
}

// rescue ends whatever waits for the peer.
func (p *peer) rescue() {
	_ = p.l.Close()
	if conn := p.conn.Load(); conn != nil {
		_ = conn.Close()
	}
}
