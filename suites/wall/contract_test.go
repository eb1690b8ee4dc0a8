package wall_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"go.uber.org/goleak"

	"github.com/squall-go/squall/fakes/legacydb"
	"github.com/squall-go/squall/fakes/memnet"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scenarios/contract"
	"github.com/squall-go/squall/scenarios/wall"
)

// connections of the databases.
const connections = 2

var _ = Describe("contract", Label(harness.LabelWall, "R13"), func() {
	Describe("a listener", func() {
		keeps("fakes/listener", inBubble, contract.FakeListener, contract.Listener)
		keeps("fakes/memnet", inBubble, memListener, contract.Listener)
		keeps("TCP on loopback", onWall, tcpListener, contract.Listener)
		breaks(contract.Listener, memListener, []flaw[contract.Accepting]{
			{"that hands a peer out twice", 0, twice, "and accepted"},
			{"that ignores Close", 1, ignoresClose, "an accept on a closed listener: not within"},
			{"that ends accepts with an error of its own", 1, ownError, "an accept on a closed listener: closed, not"},
			{"that ignores Close on cancel", 2, ignoresClose, "the call went on although its resource was closed"},
			{"that goes on accepting", 3, ignoresClose, "an accept on a closed listener: not within"},
			{"that can be closed twice", 3, closesTwice, "a second close: <nil>"},
		})
	})
	Describe("a connection", func() {
		keeps("fakes/memnet", inBubble, memPair, contract.Connection)
		keeps("TCP on loopback", onWall, tcpPair, contract.Connection)
		breaks(contract.Connection, memPair, []flaw[contract.Connected]{
			{"that loses what was written last", 0, wrapped(func(c net.Conn) net.Conn { return forgetful{c} }), "written was"},
			{"that ignores Close under a read", 1, wrapped(func(c net.Conn) net.Conn { return deaf{c} }), "a read on a closed connection: not within"},
			{"that ignores Close under a write", 2, wrapped(func(c net.Conn) net.Conn { return deaf{c} }), "a write on a closed connection: not within"},
			{"that ignores Close on cancel", 3, wrapped(func(c net.Conn) net.Conn { return deaf{c} }), "the call went on although its resource was closed"},
			{"whose deadline is put off by every byte", 4, wrapped(func(c net.Conn) net.Conn { return &patient{Conn: c} }), "a read that trickles: not within"},
			{"that writes to nobody", 5, wrapped(func(c net.Conn) net.Conn { return careless{c} }), "a write to a peer who has gone fails: not within"},
		})
	})
	Describe("a legacy database", func() {
		keeps("fakes/legacydb", inBubble, fakeDatabase, contract.Database)
		keeps("database/sql on SQLite", onWall, sqlite, contract.Database)
		breaks(contract.Database, fakeDatabase, []flaw[contract.Pooled]{
			{"that answers with the last question's answer", 0, answersTheLast, "was answered with"},
			{"with one connection too many", 1, func(contract.Pooled) contract.Pooled {
				d := contract.FakeDatabase(connections + 1)
				d.Limit = connections
				return d
			}, "while all 2 connections were held"},
			{"that serves nobody who waited", 1, servesNobody, "too many waited"},
			{"whose caller waits for a connection whatever happens", 2, waitsRegardless, "a cancelled caller"},
			{"whose pool leaks the connection of a caller who left while it waited", 2, leaksOnCancel, "every connection is given back: not within"},
			{"whose caller waits for its query whatever happens", 3, waitsRegardless, "a cancelled caller"},
			{"whose pool leaks the connection of a caller who left while its query ran", 3, leaksOnCancel, "every connection is given back: not within"},
			{"that answers over a lost connection", 4, neverLoses, "a query whose connection was lost was answered"},
			{"that is gone with its first lost connection", 4, goneForGood, "connection lost"},
		})
		It("catches a goroutine that a clause leaves", Label(harness.LabelControl), func() {
			stop := make(chan struct{})
			defer close(stop)
			leaves := contract.Clause[contract.Pooled]{Says: "leaves a goroutine", Check: func(contract.Pooled) error {
				go func() { <-stop }()
				return nil
			}}
			Expect(onWall(check(sqlite, leaves))).To(MatchError(ContainSubstring("leaves a goroutine")))
		})
		It("catches a row handle that nobody closed", Label(harness.LabelControl), func() {
			handles := make(chan func() error, 16)
			careless := func() contract.Pooled {
				d := sqlite()
				d.Within = 100 * time.Millisecond
				d.Slow = func(ctx context.Context) error {
					free, err := d.Hold()
					handles <- free
					<-ctx.Done()
					return errors.Join(err, ctx.Err())
				}
				closes := d.Over
				d.Over = func() {
					for len(handles) > 0 {
						_ = (<-handles)()
					}
					closes()
				}
				return d
			}
			Expect(onWall(check(careless, contract.Database[3]))).To(MatchError(ContainSubstring("every connection is given back: not within")))
		})
	})
})

// keeps adds a spec for each clause that a part has to keep.
func keeps[P any](part string, where func(func() error) error, makes func() P, clauses []contract.Clause[P]) {
	for _, clause := range clauses {
		It(part+": "+clause.Says, func() {
			Expect(where(check(makes, clause))).To(Succeed())
		})
	}
}

// flaw is a part made wrong, and the clause that it breaks.
type flaw[P any] struct {
	says   string
	clause int
	spoil  func(p P) P
	// because is a part of what the clause says of it.
	because string
}

// breaks adds a control for each flaw. They run in a bubble, where the bound is
// over at once. Every clause needs one.
func breaks[P any](clauses []contract.Clause[P], sound func() P, flaws []flaw[P]) {
	for _, f := range flaws {
		It(fmt.Sprintf("catches one %s (%s)", f.says, clauses[f.clause].Says), Label(harness.LabelControl), func() {
			err := inBubble(check(func() P { return f.spoil(sound()) }, clauses[f.clause]))
			AddReportEntry("caught", err, ReportEntryVisibilityFailureOrVerbose)
			Expect(err).To(MatchError(ContainSubstring(f.because)))
		})
	}
	It("has a flaw for every clause", func() {
		for i, clause := range clauses {
			Expect(slices.ContainsFunc(flaws, func(f flaw[P]) bool { return f.clause == i })).To(BeTrue(), clause.Says)
		}
	})
}

// check runs a clause on a new part.
func check[P any](makes func() P, clause contract.Clause[P]) func() error {
	return func() error {
		p := makes()
		defer over(p)
		return clause.Check(p)
	}
}

func over(part any) {
	switch p := part.(type) {
	case contract.Accepting:
		p.Over()
	case contract.Connected:
		p.Over()
	case contract.Pooled:
		p.Over()
	}
}

// inBubble: what a clause leaves blocked, the bubble reports.
func inBubble(clause func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.Join(err, fmt.Errorf("left: %v", r))
		}
	}()
	synctest.Test(new(testing.T), func(*testing.T) { err = clause() })
	return err
}

// onWall: goleak waits for what a clause leaves.
func onWall(clause func() error) error {
	before := goleak.IgnoreCurrent()
	if err := clause(); err != nil {
		return err
	}
	if err := goleak.Find(before); err != nil {
		return fmt.Errorf("the clause leaves a goroutine: %w", err)
	}
	return nil
}

func memListener() contract.Accepting {
	l := memnet.Listen("contract")
	return contract.NetListener(l, l.Dial)
}

func tcpListener() contract.Accepting {
	l := listenTCP()
	return contract.NetListener(l, func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	})
}

func listenTCP() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	return l
}

func memPair() contract.Connected {
	l := memnet.Listen("contract")
	return pair(l, func() (net.Conn, error) { return l.Dial(context.Background()) })
}

func tcpPair() contract.Connected {
	l := listenTCP()
	return pair(l, func() (net.Conn, error) { return net.Dial("tcp", l.Addr().String()) })
}

func pair(l net.Listener, dial func() (net.Conn, error)) contract.Connected {
	c, err := contract.Pair(l, dial)
	if err != nil {
		panic(err)
	}
	return c
}

func fakeDatabase() contract.Pooled { return contract.FakeDatabase(connections) }

func sqlite() contract.Pooled { return wall.SQLite(connections) }

// Flaws of listeners.

func twice(l contract.Accepting) contract.Accepting {
	accept, first := l.Accept, make(chan string, 1)
	l.Accept = func() (string, error) {
		peer, err := accept()
		if err != nil {
			return peer, err
		}
		select {
		case first <- peer:
			return peer, nil
		default:
		}
		peer = <-first
		first <- peer
		return peer, nil
	}
	return l
}

func ignoresClose(l contract.Accepting) contract.Accepting {
	l.Close = func() error { return nil }
	return l
}

func ownError(l contract.Accepting) contract.Accepting {
	accept := l.Accept
	l.Accept = func() (string, error) {
		peer, err := accept()
		if err != nil {
			err = errors.New("closed")
		}
		return peer, err
	}
	return l
}

func closesTwice(l contract.Accepting) contract.Accepting {
	end := l.Close
	l.Close = func() error {
		_ = end()
		return nil
	}
	return l
}

// Flaws of connections.

func wrapped(wrap func(net.Conn) net.Conn) func(contract.Connected) contract.Connected {
	return func(c contract.Connected) contract.Connected {
		c.Here, c.There = wrap(c.Here), wrap(c.There)
		return c
	}
}

type deaf struct{ net.Conn }

func (deaf) Close() error { return nil }

type forgetful struct{ net.Conn }

func (c forgetful) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b[:len(b)-1])
	return n + 1, err
}

type careless struct{ net.Conn }

func (c careless) Write(b []byte) (int, error) {
	_, _ = c.Conn.Write(b)
	return len(b), nil
}

// patient takes a deadline for one byte.
type patient struct {
	net.Conn
	within time.Duration
}

func (c *patient) SetReadDeadline(t time.Time) error {
	c.within = time.Until(t)
	return c.Conn.SetReadDeadline(t)
}

func (c *patient) Read(b []byte) (int, error) {
	if c.within > 0 {
		_ = c.Conn.SetReadDeadline(time.Now().Add(c.within))
	}
	return c.Conn.Read(b)
}

// Flaws of databases.

func answersTheLast(d contract.Pooled) contract.Pooled {
	ask := d.Ask
	var last atomic.Value
	last.Store("")
	d.Ask = func(ctx context.Context, text string) (string, error) {
		answer, err := ask(ctx, text)
		return last.Swap(answer).(string), err
	}
	return d
}

func servesNobody(d contract.Pooled) contract.Pooled {
	ask := d.Ask
	d.Ask = func(ctx context.Context, text string) (string, error) {
		busy := d.InUse() == d.Limit
		answer, err := ask(ctx, text)
		if busy {
			err = errors.New("too many waited")
		}
		return answer, err
	}
	return d
}

func waitsRegardless(d contract.Pooled) contract.Pooled {
	d.Call = func(ctx context.Context, query func(context.Context) error) error { return query(ctx) }
	return d
}

func leaksOnCancel(d contract.Pooled) contract.Pooled {
	call, inUse, leaked := d.Call, d.InUse, 0
	d.Call = func(ctx context.Context, query func(context.Context) error) error {
		err := call(ctx, query)
		if ctx.Err() != nil {
			leaked++
		}
		return err
	}
	d.InUse = func() int { return inUse() + leaked }
	return d
}

func neverLoses(d contract.Pooled) contract.Pooled {
	ask := d.Ask
	d.Ask = func(ctx context.Context, text string) (string, error) {
		answer, err := ask(ctx, text)
		if errors.Is(err, legacydb.ErrConnectionLost) {
			return text, nil
		}
		return answer, err
	}
	return d
}

func goneForGood(d contract.Pooled) contract.Pooled {
	ask := d.Ask
	var gone error
	d.Ask = func(ctx context.Context, text string) (string, error) {
		if gone != nil {
			return "", gone
		}
		answer, err := ask(ctx, text)
		if errors.Is(err, legacydb.ErrConnectionLost) {
			gone = err
		}
		return answer, err
	}
	return d
}
