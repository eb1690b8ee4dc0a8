package wall

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"

	"github.com/squall-go/squall/scenarios/contract"
)

// endless counts until it is stopped.
//
// The driver interrupts a query once, when its context is done. SQLite forgets an
// interrupt that comes before the query's first step, and such a query would go
// on for ever on a connection that nobody gets back. So it looks for itself.
const endless = `WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE squall_wanted(?)) SELECT count(*) FROM c`

var (
	counts   atomic.Int64
	counting sync.Map // number of a count to its context
)

func init() {
	sqlite.MustRegisterScalarFunction("squall_wanted", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		ctx, ok := counting.Load(args[0])
		if !ok {
			return nil, fmt.Errorf("wall: nobody counts as %v", args[0])
		}
		return int64(1), ctx.(context.Context).Err()
	})
}

// Ask is a query that answers with text.
func Ask(ctx context.Context, db *sql.DB, text string) (answer string, err error) {
	err = db.QueryRowContext(ctx, "SELECT ?", text).Scan(&answer)
	return answer, err
}

// Count is a query that never ends by itself; it ends with ctx.
func Count(ctx context.Context, db *sql.DB) error {
	number := counts.Add(1)
	counting.Store(number, ctx)
	defer counting.Delete(number)
	var n int64
	return db.QueryRowContext(ctx, endless, number).Scan(&n)
}

// SQLite is database/sql on SQLite as a part of [contract.Database].
func SQLite(connections int) contract.Pooled {
	db := OpenSQLite(connections)
	call, drain := contract.Bulkhead(connections)
	return contract.Pooled{
		Limit: connections,
		Ask:   func(ctx context.Context, text string) (string, error) { return Ask(ctx, db, text) },
		Slow:  func(ctx context.Context) error { return Count(ctx, db) },
		Hold: func() (func() error, error) {
			rows, err := db.Query("SELECT 1")
			if err != nil {
				return nil, err
			}
			if !rows.Next() {
				return nil, errors.Join(rows.Err(), rows.Close())
			}
			return rows.Close, nil // an open handle holds its connection
		},
		Call:   call,
		InUse:  func() int { return db.Stats().InUse },
		Waited: func() bool { return db.Stats().WaitCount > 0 },
		Over: func() {
			drain()
			_ = db.Close()
		},
	}
}
