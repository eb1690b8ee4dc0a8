package listener_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
	"github.com/squall-go/squall/fakes/internal/storm"
	"github.com/squall-go/squall/fakes/listener"
)

var _ io.Closer = (*listener.Listener)(nil)

type result struct {
	conn listener.Conn
	err  error
}

func accept(ctx context.Context, l *listener.Listener) <-chan result {
	out := make(chan result, 1)
	go func() {
		conn, err := l.Accept(ctx)
		out <- result{conn, err}
	}()
	synctest.Wait()
	return out
}

func TestAcceptBlocksUntilAPeerConnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, ctx := NewWithT(t), context.Background()
		l := listener.Listen(ctx, "till")
		first, second := accept(ctx, l), accept(ctx, l)
		g.Expect(l.Stats()).To(Equal(listener.Stats{Accepting: 2}))
		g.Expect(l.Connect(ctx, "ann")).To(Succeed())
		g.Expect(l.Connect(ctx, "bob")).To(Succeed())
		g.Expect(<-first).To(Equal(result{conn: listener.Conn{Peer: "ann"}}))
		g.Expect(<-second).To(Equal(result{conn: listener.Conn{Peer: "bob"}}))
		g.Expect(l.Stats()).To(Equal(listener.Stats{Connected: 2, Accepted: 2}))
	})
}

func TestAcceptIgnoresCancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx, cancel := context.WithCancel(context.Background())
		l := listener.Listen(ctx, "till")
		blocked := accept(ctx, l)
		cancel()
		synctest.Wait()
		g.Expect(blocked).NotTo(Receive(), "Accept came back because its context was cancelled")
		g.Expect(l.Close()).To(Succeed())
		g.Expect((<-blocked).err).To(MatchError(net.ErrClosed))
	})
}

func TestCloseDropsTheBacklogAndRefusesTheRest(t *testing.T) {
	g, ctx := NewWithT(t), context.Background()
	l := listener.Listen(ctx, "till")
	g.Expect(l.Connect(ctx, "ann")).To(Succeed())
	g.Expect(l.Connect(ctx, "bob")).To(Succeed())
	g.Expect(l.Accept(ctx)).To(Equal(listener.Conn{Peer: "ann"}))
	g.Expect(l.Close()).To(Succeed())
	g.Expect(l.Stats()).To(Equal(listener.Stats{Connected: 2, Accepted: 1, Dropped: 1}))
	_, err := l.Accept(ctx)
	g.Expect(err).To(MatchError(net.ErrClosed))
	g.Expect(l.Connect(ctx, "eve")).To(MatchError("listener: till: connect eve: use of closed network connection"))
	g.Expect(l.Close()).To(MatchError("listener: till: close: use of closed network connection"))
}

func TestConnectHonoursItsContext(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	l := listener.Listen(ctx, "till")
	g.Expect(l.Connect(ctx, "ann")).To(MatchError(context.Canceled))
	g.Expect(l.Stats()).To(BeZero())
}

func TestCloseThatFailsLeavesAcceptBlocked(t *testing.T) {
	var closed, again error
	var between listener.Stats
	var accepted error
	storm.Run(t, 1, `fakes/listener/close #1 in story/till: error "busy"`, func(ctx context.Context) {
		l := listener.Listen(ctx, "till")
		wait := storm.Go(ctx, "server", func(ctx context.Context) { _, accepted = l.Accept(ctx) })
		storm.Sleep(ctx, time.Second)
		closed = l.Close()
		storm.Sleep(ctx, time.Second)
		between = l.Stats()
		again = l.Close()
		wait()
	})
	g := NewWithT(t)
	g.Expect(closed).To(MatchError(HavePrefix("listener: till: close: busy")))
	g.Expect(between).To(Equal(listener.Stats{Accepting: 1}))
	g.Expect(again).NotTo(HaveOccurred())
	g.Expect(accepted).To(MatchError(net.ErrClosed))
}

func TestDroppedPeerIsNeverAccepted(t *testing.T) {
	var connected error
	var stats listener.Stats
	storm.Run(t, 1, `fakes/listener/connect #1 in story: drop`, func(ctx context.Context) {
		l := listener.Listen(ctx, "till")
		connected = l.Connect(ctx, "ann")
		stats = l.Stats()
	})
	NewWithT(t).Expect(connected).NotTo(HaveOccurred())
	NewWithT(t).Expect(stats).To(BeZero())
}

func TestAcceptFails(t *testing.T) {
	var err error
	storm.Run(t, 1, `fakes/listener/accept #1 in story: error "too many open files"`, func(ctx context.Context) {
		_, err = listener.Listen(ctx, "till").Accept(ctx)
	})
	NewWithT(t).Expect(err).To(MatchError(HavePrefix("listener: till: accept: too many open files")))
}

// TestPeersAreConserved closes the listener while peers connect.
func TestPeersAreConserved(t *testing.T) {
	lost := 0
	for seed := range uint64(200) {
		var end listener.Stats
		var got, refused int
		storm.Run(t, seed, "", func(ctx context.Context) {
			l := listener.Listen(ctx, "till")
			var waits []func()
			for range 3 {
				waits = append(waits,
					storm.Go(ctx, "server", func(ctx context.Context) {
						if _, err := l.Accept(ctx); err == nil {
							got++
						}
					}),
					storm.Go(ctx, "peer", func(ctx context.Context) {
						if err := l.Connect(ctx, "p"); errors.Is(err, net.ErrClosed) {
							refused++
						}
					}))
			}
			if err := l.Close(); err != nil {
				panic(err)
			}
			for _, wait := range waits {
				wait()
			}
			end = l.Stats()
		})
		g := NewWithT(t)
		g.Expect(end.Connected).To(Equal(end.Accepted+end.Dropped), "seed %d: %+v", seed, end)
		g.Expect(end.Connected+refused).To(Equal(3), "seed %d: %+v", seed, end)
		g.Expect(got).To(Equal(end.Accepted), "seed %d: %+v", seed, end)
		lost += end.Dropped
	}
	NewWithT(t).Expect(lost).To(BeNumerically(">", 0), "no schedule closed on a backlog")
}

func Example() {
	ctx := context.Background()
	l := listener.Listen(ctx, "till")
	fmt.Println(l.Connect(ctx, "ann"))
	fmt.Println(l.Accept(ctx))
	fmt.Println(l.Close())
	_, err := l.Accept(ctx)
	fmt.Println(err)
	// Output:
	// <nil>
	// {ann} <nil>
	// <nil>
	// listener: till: accept: use of closed network connection
}
