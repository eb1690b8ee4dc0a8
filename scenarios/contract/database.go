package contract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/fakes/legacydb"
	"github.com/squall-go/squall/faults"
)

// Pooled is a database behind a pool of connections, and a way to call it.
type Pooled struct {
	Limit int // connections
	// Ask is a short query that answers with text. Asked with [Losing], its
	// connection is lost.
	Ask func(ctx context.Context, text string) (string, error)
	// Slow is a long query, of which nobody knows when it ends.
	Slow func(ctx context.Context) error
	// Hold takes a connection and returns how to free it.
	Hold func() (free func() error, err error)
	// Call runs a query for a caller who waits no longer than ctx.
	Call func(ctx context.Context, query func(ctx context.Context) error) error
	// InUse counts the connections that are not free; Waited tells whether a
	// query waits, or has waited, for one.
	InUse  func() int
	Waited func() bool
	// Within is how long connections may take to be given back; 0 is [Bound].
	Within time.Duration
	// Over closes the database.
	Over func()
}

// Database is the contract of a pooled database.
var Database = []Clause[Pooled]{
	{"every query is answered with its own answer", answersItsOwn},
	{"the (n+1)-th query waits while n are held, and is served when one is released", waitsForAConnection},
	{"a caller cancelled while its query waits is back within the bound, and leaves nothing", cancelledWaiting},
	{"a caller cancelled while its query runs is back within the bound, and leaves nothing", cancelledRunning},
	{"a lost connection fails the query on it, and the next one is served", losesOne},
}

func answersItsOwn(d Pooled) error {
	var asked []<-chan error
	for i := range 4 * d.Limit {
		asked = append(asked, start(func() error {
			text := fmt.Sprintf("question %d", i)
			answer, err := d.Ask(context.Background(), text)
			if err == nil && answer != text {
				err = fmt.Errorf("%q was answered with %q", text, answer)
			}
			return err
		}))
	}
	for _, a := range asked {
		if err, late := within("an answer", a); err != nil || late != nil {
			return errors.Join(err, late)
		}
	}
	return nil
}

// holdAll takes every connection.
func (d Pooled) holdAll() (free []func() error, err error) {
	for range d.Limit {
		f, err := d.Hold()
		if err != nil {
			return free, err
		}
		free = append(free, f)
	}
	return free, nil
}

func waitsForAConnection(d Pooled) error {
	free, err := d.holdAll()
	if err != nil {
		return err
	}
	defer func() {
		for _, f := range free {
			_ = f()
		}
	}()
	asked := start(func() error { _, err := d.Ask(context.Background(), "one more"); return err })
	early := false
	if err := until("a query waits for a connection", func() bool {
		select {
		case err = <-asked:
			early = true
		default:
		}
		return early || d.Waited()
	}); err != nil {
		return err
	}
	if early {
		return fmt.Errorf("a query was served (%v) while all %d connections were held", err, d.Limit)
	}
	if err := free[0](); err != nil {
		return err
	}
	free = free[1:]
	err, late := within("the query that waited", asked)
	return errors.Join(err, late)
}

func cancelledWaiting(d Pooled) error {
	free, err := d.holdAll()
	if err != nil {
		return err
	}
	err = d.cancelled(d.Waited, func(ctx context.Context) error { _, err := d.Ask(ctx, "too late"); return err })
	for _, f := range free {
		err = errors.Join(err, f())
	}
	return errors.Join(err, d.leavesNothing())
}

func cancelledRunning(d Pooled) error {
	err := d.cancelled(func() bool { return d.InUse() == 1 }, d.Slow)
	return errors.Join(err, d.leavesNothing())
}

// cancelled cancels the caller of a query when it has come so far.
func (d Pooled) cancelled(soFar func() bool, query func(ctx context.Context) error) error {
	ctx, cancel := cancellable()
	defer cancel(nil)
	called := start(func() error { return d.Call(ctx, query) })
	if err := until("the query is under way", soFar); err != nil {
		return err
	}
	cancel(errGone)
	err, late := within("a cancelled caller", called)
	if late != nil {
		return late
	}
	if errors.Is(err, context.Canceled) {
		return nil // its query heard of it as well, and came back first
	}
	return matches("a cancelled caller", err, errGone)
}

// leavesNothing: in the end every connection is free and can be used.
func (d Pooled) leavesNothing() error {
	if err := untilWithin(cmp.Or(d.Within, Bound), "every connection is given back", func() bool { return d.InUse() == 0 }); err != nil {
		return err
	}
	return answersItsOwn(d)
}

func losesOne(d Pooled) error {
	if _, err := d.Ask(context.Background(), "before"); err != nil {
		return err
	}
	if _, err := d.Ask(Losing(context.Background()), "lost"); err == nil {
		return errors.New("a query whose connection was lost was answered")
	}
	return d.leavesNothing()
}

// Losing is a context under which the next query loses its connection: at the
// failpoint of that name, as in a run.
func Losing(ctx context.Context) context.Context {
	return faults.Root(ctx, new(losing), "contract", nobody{})
}

// losing is an engine that strikes once.
type losing struct{ struck atomic.Bool }

func (*losing) Spawn(*faults.Task) {}

func (*losing) Note(context.Context, *faults.Task, faults.Event) {}

func (l *losing) At(_ context.Context, _ *faults.Task, s *faults.Site) faults.Fault {
	if s.Name != "query" || !s.Allows.Has(faults.Close) || l.struck.Swap(true) {
		return faults.Fault{}
	}
	return faults.Fault{Kind: faults.Close}
}

type nobody struct{}

func (nobody) Cancel(error) {}

// Bulkhead is a caller's side for a driver that cannot be cancelled: queries run
// on a pool of their own, and who calls waits no longer than ctx.
func Bulkhead(size int) (call func(ctx context.Context, query func(ctx context.Context) error) error, drain func()) {
	pool := dispatcher.NewFixed(context.Background(), "bulkhead", size)
	call = func(ctx context.Context, query func(ctx context.Context) error) error {
		ticket, err := dispatcher.Submit(ctx, pool, "query", query)
		if err != nil {
			return err
		}
		return ticket.Wait(ctx)
	}
	return call, func() { _ = pool.Drain(context.Background()) }
}

// FakeDatabase is fakes/legacydb as a part, on which a query takes a second: it is
// meant for a bubble.
func FakeDatabase(connections int) Pooled {
	db := legacydb.Open("contract", connections, time.Second)
	call, drain := Bulkhead(connections)
	ask := func(ctx context.Context, text string) (string, error) {
		rows, err := db.Query(ctx, text)
		return rows.SQL, err
	}
	return Pooled{
		Limit: connections,
		Ask:   ask,
		Slow:  func(ctx context.Context) error { _, err := ask(ctx, "slow"); return err },
		Hold: func() (func() error, error) {
			before := db.Stats().InUse
			over := start(func() error { _, err := ask(context.Background(), "hold"); return err })
			err := until("a query has a connection", func() bool { return db.Stats().InUse > before })
			return func() error { return <-over }, err
		},
		Call:   call,
		InUse:  func() int { return db.Stats().InUse },
		Waited: func() bool { return db.Stats().Waiting > 0 },
		Over: func() {
			drain()
			db.Close()
		},
	}
}
