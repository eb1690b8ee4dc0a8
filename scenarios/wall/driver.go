package wall

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/pingcap/failpoint"

	"github.com/squall-go/squall/faults"
)

// ErrConnectionLost: the connection went away under a query.
var ErrConnectionLost = errors.New("wall: connection lost")

// OpenSQLite is an SQLite database in memory behind database/sql's pool of at most
// that many connections. Its driver can be struck like fakes/legacydb:
//
//   - wall/query: before a query runs; close loses the connection, wedge blocks it;
//   - wall/rows: after it has run; close loses the connection.
//
// Every connection has an empty database of its own.
func OpenSQLite(connections int) *sql.DB {
	db := sql.OpenDB(connector{})
	db.SetMaxOpenConns(connections)
	return db
}

type connector struct{}

func (connector) Driver() driver.Driver { return registered }

// registered is the driver that has the functions which were registered: another
// one would not know them.
var registered = func() driver.Driver {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		panic(err)
	}
	defer db.Close()
	return db.Driver()
}()

// Connect opens a connection.
func (c connector) Connect(context.Context) (driver.Conn, error) {
	inner, err := c.Driver().Open(":memory:")
	if err != nil {
		return nil, err
	}
	return &conn{Conn: inner}, nil
}

// conn is a connection that can be lost. database/sql uses it from one goroutine
// at a time.
type conn struct {
	driver.Conn
	lost bool
}

// IsValid tells the pool not to use a lost connection again.
func (c *conn) IsValid() bool { return !c.lost }

// QueryContext runs a query.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	failpoint.Inject("query", func() {
		if err := c.struck(queryPoint.At(ctx)); err != nil {
			failpoint.Return(nil, err)
		}
	})
	rows, err := c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
	if err != nil {
		return nil, err
	}
	failpoint.Inject("rows", func() {
		if err := c.struck(rowsPoint.At(ctx)); err != nil {
			failpoint.Return(nil, errors.Join(err, rows.Close()))
		}
	})
	return rows, nil
}

func (c *conn) struck(f faults.Fault) error {
	if f.Is(faults.Close) {
		c.lost = true
		return ErrConnectionLost
	}
	return f.Err
}
