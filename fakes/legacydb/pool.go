package legacydb

import (
	"context"
	"fmt"

	"github.com/squall-go/squall/faults"
)

// conn is one of the connections. It belongs to the pool's free list, to a
// waiter who was handed it, or to the query that runs on it.
type conn struct {
	number int
	name   string
	lost   bool
}

// waiter is one query that waits for a connection. conn and err are guarded by
// the database's lock.
type waiter struct {
	served chan struct{} // closed when conn or err is set
	conn   *conn
	err    error
}

// acquire waits for a connection, first come, first served.
func (db *DB) acquire(ctx context.Context) (*conn, error) {
	w := db.ask()
	if w.served != nil {
		note(ctx, faults.Waiting, db.name)
		<-w.served
		awake(ctx)
	}
	if w.err != nil {
		return nil, w.err
	}
	note(ctx, faults.Acquired, w.conn.name)
	return w.conn, nil
}

// ask returns a waiter that is served already, or queued.
func (db *DB) ask() *waiter {
	db.mu.Lock()
	defer db.mu.Unlock()
	switch {
	case db.closed:
		return &waiter{err: ErrClosed}
	case len(db.free) > 0:
		w := &waiter{conn: db.free[0]}
		db.free = db.free[1:]
		db.stats.MostInUse = max(db.stats.MostInUse, db.stats.Connections-len(db.free))
		return w
	}
	w := &waiter{served: make(chan struct{})}
	db.waiting = append(db.waiting, w)
	return w
}

// release hands c to whoever has waited longest. It is deferred by Query, so
// that a driver that panics gives its connection back.
func (db *DB) release(ctx context.Context, c *conn) {
	note(ctx, faults.Released, c.name)
	db.mu.Lock()
	defer db.mu.Unlock()
	if len(db.waiting) == 0 {
		db.free = append(db.free, c)
		return
	}
	w := db.waiting[0]
	db.waiting = db.waiting[1:]
	w.conn = c
	close(w.served)
}

// lose marks c as gone and returns the error of the query that ran on it.
func (db *DB) lose(c *conn) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	c.lost = true
	db.stats.Lost++
	return fmt.Errorf("%s: %w", c.name, ErrConnectionLost)
}
