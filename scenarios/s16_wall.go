package scenarios

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S16W is S16 on the real clock, with a TCP listener on loopback: what the fake
// listener says about closing is true of the real one.
//
// What happens is drawn and not struck, so that few runs show all of it; and the
// bounds are wide, since the machine may be busy.
var S16W = harness.Scenario{
	ID: "S16W", Title: "blocking call under a timeout, on a real socket",
	Source:     TipsAndTricks,
	Properties: []string{"P-CANCEL", "P-LEAK", "P-ERROR"},
	Facts:      []string{"a peer was accepted", "the listener was closed under a blocked accept", "Close failed, and the stuck call was reported"},
	Terms:      judge.Terms{AllowLeft: stuckCall},
	Runs:       30, Budget: 10 * time.Second,
	Mode: engine.Wall,
	Body: func(r *harness.Run) { acceptOnSocket(r, acceptSocketClosably, wallBound) },
	Controls: []harness.Control{{
		Name: "timeout-without-close", Story: "accept under a timeout that closes nothing",
		Breaks: "P-EXPECT", Task: "server/serve", Runs: 10,
		Body: func(r *harness.Run) { acceptOnSocket(r, acceptSocketDeaf, controlBound) },
	}},
}

const (
	socketWithin  = 20 * time.Millisecond
	socketCloseIn = 20 * time.Millisecond
)

var errCloseFailed = errors.New("close failed")

// unclosable is a socket whose Close fails for a while.
type unclosable struct{ io.Closer }

func (unclosable) Close() error { return errCloseFailed }

type socketAccepting func(ctx context.Context, l net.Listener, closer io.Closer) (net.Conn, error)

func acceptOnSocket(r *harness.Run, accept socketAccepting, bound time.Duration) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	r.Expect(err).NotTo(gomega.HaveOccurred())
	defer l.Close()
	closer := io.Closer(l)
	if r.Bool("close fails") {
		closer = unclosable{l}
	}
	connects := r.Bool("a peer connects")

	rescued := false
	err = scope.Run(r.Context(), "server", func(s *scope.Scope) error {
		if connects {
			s.Launch("peer", func(ctx context.Context) error { return dial(ctx, l.Addr()) })
		}
		rescue := time.AfterFunc(bound, func() { _ = l.Close() })
		err := scope.WithTimeout(s.Context(), "serve", socketWithin, func(ctx context.Context) error {
			conn, err := accept(ctx, l, closer)
			if err != nil {
				return err
			}
			return conn.Close()
		})
		rescued = !rescue.Stop()
		return err
	})
	if rescued {
		r.Broken("P-CANCEL", "server/serve has a timeout of %v, and came back only when its listener was closed from outside, after %v: %v", socketWithin, bound, err)
	}
	var stuck *scope.StuckError
	switch {
	case errors.As(err, &stuck):
		r.Expect(closer).NotTo(gomega.BeIdenticalTo(io.Closer(l)), "a call is stuck though its listener could be closed: %v", err)
		r.Expect(stuck.Close).To(gomega.MatchError(errCloseFailed))
	case err != nil:
		r.Expect(isTimeout(err)).To(gomega.BeTrue(), "server failed with something else than its timeout: %v", err)
	default:
		r.Expect(connects).To(gomega.BeTrue(), "accept returned a connection, and nobody connected")
	}
	r.Sometimes("a peer was accepted", err == nil)
	r.Sometimes("the listener was closed under a blocked accept", isTimeout(err) && stuck == nil && !connects)
	r.Sometimes("Close failed, and the stuck call was reported", stuck != nil)
}

// dial is a peer.
func dial(ctx context.Context, to net.Addr) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, to.Network(), to.String())
	if err != nil {
		return err
	}
	return conn.Close()
}

func acceptSocketClosably(ctx context.Context, l net.Listener, closer io.Closer) (net.Conn, error) {
	accepted := make(chan net.Conn, 1)
	grace := wallBound
	if _, fails := closer.(unclosable); fails {
		grace = socketCloseIn // it will not be closed however long one waits
	}
	err := scope.CloseOnCancel(ctx, "accept", closer, func() error {
		conn, err := l.Accept()
		if err == nil {
			accepted <- conn
		}
		return err
	}, scope.Grace(grace))
	if err != nil {
		return nil, err
	}
	return <-accepted, nil
}

func acceptSocketDeaf(_ context.Context, l net.Listener, _ io.Closer) (net.Conn, error) {
	return l.Accept()
}
