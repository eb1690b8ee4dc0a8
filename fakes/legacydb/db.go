// Package legacydb is a legacy database: few connections, blocking calls, and no
// way to cancel one. It is what the bulkhead of *Kotlin Coroutines in
// Production* (The Async Nomad) keeps away from the rest of the program.
//
// # How it differs from a real database
//
//   - It stores nothing: every query takes the same time and answers with its
//     own text, so that an answer given to the wrong caller shows.
//   - [DB.Query] takes a context, which such drivers do not. It is who the caller
//     is, never a reason to return: a cancelled query goes on, and goes on
//     holding its connection.
//   - A blocked query is one that was struck. It holds its connection until the
//     run is over.
//
// # How it is like one
//
//   - The connections are all there is: the next query waits for one, however
//     long that takes, first come, first served.
//   - A connection that is lost fails the query on it. Its slot stays in the pool
//     and costs the next query on it one more latency, to open it again.
//
// That every query gets its own answer, that the next one waits while all
// connections are held and is served when one is released, that a caller who is
// cancelled in front of a bulkhead leaves nothing behind, whether its query waited
// or ran, and that a lost connection costs one query, is a contract (package
// scenarios/contract) which database/sql on an embedded SQLite passes as well.
// There a cancelled query ends early, which the contract does not ask for.
//
// # Failpoints
//
//   - legacydb/connect: before a connection is asked for.
//   - legacydb/wake: after each wait.
//   - legacydb/dial: before a lost connection is opened again. When that fails
//     the query fails, and the next one tries again.
//   - legacydb/query: on the connection, before the query runs. close loses the
//     connection, wedge blocks it.
//   - legacydb/rows: after the query has run. close loses the connection, and
//     the query has been carried out all the same.
package legacydb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// Errors that the errors of [DB.Query] match.
var (
	// ErrClosed: the database was closed before the query had a connection.
	ErrClosed = errors.New("the database is closed")
	// ErrConnectionLost: the connection went away under the query.
	ErrConnectionLost = errors.New("connection lost")
)

// Rows is what a query brings.
type Rows struct {
	SQL        string // the query that this answers
	Connection int    // the connection it ran on, from 1
}

// Stats is what the database sees.
type Stats struct {
	Connections int // the limit
	InUse       int // connections on which a query runs, or blocks
	MostInUse   int // the most there were at one time
	Waiting     int // queries that wait for a connection
	Lost        int // connections lost so far
	Queries     int // queries that were carried out so far
}

// DB is one database. It may be used by many goroutines.
type DB struct {
	name    string
	latency time.Duration

	mu      sync.Mutex
	free    []*conn
	waiting []*waiter // only while free is empty
	closed  bool
	stats   Stats
}

// Open is a database of that many connections, all of them open, on which each
// query takes latency. It panics if connections is below 1.
func Open(name string, connections int, latency time.Duration) *DB {
	if connections < 1 {
		panic(fmt.Sprintf("legacydb: %s: the database needs at least 1 connection, not %d", name, connections))
	}
	db := &DB{name: name, latency: latency, stats: Stats{Connections: connections}}
	for i := range connections {
		db.free = append(db.free, &conn{number: i + 1, name: fmt.Sprintf("%s connection %d", name, i+1)})
	}
	return db
}

// Query waits for a connection and blocks it while the query runs. ctx only says
// who is calling: its cancellation ends neither the wait nor the query. Errors
// are [*QueryError]s.
func (db *DB) Query(ctx context.Context, sql string) (Rows, error) {
	failpoint.Inject("connect", func() {
		if err := connectPoint.Err(ctx); err != nil {
			failpoint.Return(Rows{}, db.failed(sql, err))
		}
	})
	c, err := db.acquire(ctx)
	if err != nil {
		return Rows{}, db.failed(sql, err)
	}
	defer db.release(ctx, c)
	if err := db.dial(ctx, c); err != nil {
		return Rows{}, db.failed(sql, err)
	}
	if err := db.run(ctx, c); err != nil {
		return Rows{}, db.failed(sql, err)
	}
	return Rows{SQL: sql, Connection: c.number}, nil
}

// dial opens c again if it was lost.
//
//go:noinline
func (db *DB) dial(ctx context.Context, c *conn) error {
	if !c.lost {
		return nil
	}
	failpoint.Inject("dial", func() {
		if err := dialPoint.Err(ctx); err != nil {
			failpoint.Return(fmt.Errorf("%s cannot be opened again: %w", c.name, err))
		}
	})
	db.sleep(ctx)
	c.lost = false
	return nil
}

// run is the query, on its connection.
//
//go:noinline
func (db *DB) run(ctx context.Context, c *conn) error {
	failpoint.Inject("query", func() {
		if err := db.struck(c, queryPoint.At(ctx)); err != nil {
			failpoint.Return(err)
		}
	})
	db.sleep(ctx)
	db.mu.Lock()
	db.stats.Queries++
	db.mu.Unlock()
	failpoint.Inject("rows", func() {
		if err := db.struck(c, rowsPoint.At(ctx)); err != nil {
			failpoint.Return(err)
		}
	})
	return nil
}

func (db *DB) struck(c *conn, f faults.Fault) error {
	if f.Is(faults.Close) {
		return db.lose(c)
	}
	return f.Err
}

func (db *DB) sleep(ctx context.Context) {
	time.Sleep(db.latency)
	awake(ctx)
}

// Close refuses every query that has no connection yet. It does not wait for
// those that have one.
func (db *DB) Close() {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.closed = true
	for _, w := range db.waiting {
		w.err = ErrClosed
		close(w.served)
	}
	db.waiting = nil
}

// Stats is the database's state at this moment.
func (db *DB) Stats() Stats {
	db.mu.Lock()
	defer db.mu.Unlock()
	s := db.stats
	s.InUse = s.Connections - len(db.free)
	s.Waiting = len(db.waiting)
	return s
}

func (db *DB) failed(sql string, err error) error {
	return &QueryError{DB: db.name, SQL: sql, Err: err}
}

// QueryError is a query that brought no rows.
type QueryError struct {
	DB  string
	SQL string
	Err error
}

// Error names the database and the query.
func (e *QueryError) Error() string {
	return fmt.Sprintf("legacydb: %s: query %q: %v", e.DB, e.SQL, e.Err)
}

// Unwrap is the failure.
func (e *QueryError) Unwrap() error { return e.Err }
