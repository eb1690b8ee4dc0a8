package wall

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scenarios"
	"github.com/squall-go/squall/scope"
)

// R13D is D5 with a real database: queries that never end by themselves block the
// pool of connections and the bulkhead in front of it, connections are lost,
// callers give up; health is answered all the same, and when it is over every
// connection is free.
var R13D = harness.Scenario{
	ID: "R13D", Title: "bulkhead around a real database",
	Source:     scenarios.InProduction,
	Properties: []string{"P-STARVE", "P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK", "P-HEAL"},
	Faults: []explore.Allow{
		harness.Strike("scenarios/wall/query", faults.Error|faults.Close|faults.Wedge|faults.CancelTask),
		harness.Strike("scenarios/wall/rows", faults.Error|faults.Close),
	},
	Terms: judge.Terms{
		Radius:    func(failed, other *history.Task) bool { return other.Within(failed) },
		EndWithin: bound, DispatchWithin: bound, QueuedWithin: bound, HealWithin: bound,
	},
	Facts: []string{
		"a request was answered", "a report that never ends was stopped", "a request gave up in front of the bulkhead",
		"a connection was lost under a query", "health was answered while the whole bulkhead was blocked",
	},
	Runs: 40, Budget: time.Minute,
	Mode: engine.Wall,
	Body: func(r *harness.Run) { blockedDatabase(r, r.Int("connections", 1, 3), Ask, ownPool, bound) },
	Controls: []harness.Control{{
		Name: "same-pool-for-both", Story: "health is checked on the pool that the database blocks",
		Breaks: "P-EXPECT", Task: "service/health", Runs: 200,
		Body: func(r *harness.Run) { blockedDatabase(r, 1, Ask, samePool, controlBound) },
	}, {
		Name: "leaves-a-row-handle", Story: "a request that does not close its rows when it is answered",
		Breaks: "P-EXPECT", Task: "service", Runs: 20,
		Body: func(r *harness.Run) { blockedDatabase(r, 2, askAndForget, ownPool, controlBound) },
	}, {
		Name: "leaves-on-cancel", Story: "a query whose caller has gone keeps its connection",
		Breaks: "P-EXPECT", Task: "service", Runs: 20,
		Body: func(r *harness.Run) { blockedDatabase(r, 1, askRegardless, ownPool, controlBound) },
	}},
}

const (
	// bound is how long anything may take on a busy machine that has to happen:
	// nothing that holds ever waits for so long. The watchdog has 20 s.
	bound = 8 * time.Second
	// controlBound is the same for what a control never does.
	controlBound = 500 * time.Millisecond
	// reportWithin and requestWithin are how long callers wait.
	reportWithin  = 20 * time.Millisecond
	requestWithin = 5 * reportWithin
)

// ask is a short query.
type ask func(ctx context.Context, db *sql.DB, text string) (string, error)

// askAndForget answers, and leaves its rows open.
func askAndForget(ctx context.Context, db *sql.DB, text string) (answer string, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return "", err
	}
	rows, err := conn.QueryContext(context.WithoutCancel(ctx), "SELECT ?", text)
	if err != nil {
		return "", errors.Join(err, conn.Close())
	}
	if rows.Next() {
		err = rows.Scan(&answer)
	}
	return answer, err
}

// askRegardless keeps its connection when its caller has gone.
func askRegardless(ctx context.Context, db *sql.DB, _ string) (string, error) {
	if _, err := db.Conn(ctx); err != nil {
		return "", err
	}
	<-ctx.Done()
	return "", context.Cause(ctx)
}

type pool = *dispatcher.Dispatcher

func ownPool(r *harness.Run, _ pool) pool {
	return dispatcher.NewDefault(r.Context(), dispatcher.Limit(1))
}

func samePool(_ *harness.Run, db pool) pool { return db }

// query runs fn on the bulkhead; its caller waits no longer than ctx.
func query[T any](ctx context.Context, on pool, fn func(ctx context.Context) (T, error)) (answer T, err error) {
	answers := make(chan T, 1)
	ticket, err := dispatcher.Submit(ctx, on, "query", func(ctx context.Context) error {
		answer, err := fn(ctx)
		answers <- answer
		return err
	})
	if err == nil {
		err = ticket.Wait(ctx)
	}
	if err != nil {
		return answer, err
	}
	return <-answers, nil
}

func blockedDatabase(r *harness.Run, connections int, ask ask, healthPool func(*harness.Run, pool) pool, bound time.Duration) {
	db := OpenSQLite(connections)
	defer db.Close()
	bulkhead := dispatcher.NewFixed(r.Context(), "db", connections)
	health := healthPool(r, bulkhead)
	requests := r.Int("requests", 1, 3)

	err := scope.Supervise(r.Context(), "service", func(s *scope.Scope) error {
		reports := make([]*scope.Deferred[struct{}], connections)
		for i := range reports {
			reports[i] = scope.Async(s, fmt.Sprintf("report-%d", i+1), func(ctx context.Context) (struct{}, error) {
				return query(ctx, bulkhead, func(ctx context.Context) (struct{}, error) { return struct{}{}, Count(ctx, db) })
			}, scope.Timeout(reportWithin))
		}
		asked := make([]*scope.Deferred[string], requests)
		for i := range asked {
			asked[i] = scope.Async(s, fmt.Sprintf("request-%d", i+1), func(ctx context.Context) (string, error) {
				return query(ctx, bulkhead, func(ctx context.Context) (string, error) { return ask(ctx, db, fmt.Sprint("question ", i+1)) })
			}, scope.Timeout(requestWithin))
		}
		checkHealth(r, s, bulkhead, health, bound)
		for _, report := range reports {
			_, err := report.Await(s.Context())
			r.Expect(err).To(gomega.HaveOccurred(), "%s ends, which never does by itself", report.Path())
			judgeFailure(r, report.Path(), err)
			r.Sometimes("a report that never ends was stopped", isTimeout(err))
		}
		for i, a := range asked {
			answer, err := a.Await(s.Context())
			if err != nil {
				judgeFailure(r, a.Path(), err)
				r.Sometimes("a request gave up in front of the bulkhead", isTimeout(err))
				continue
			}
			r.Expect(answer).To(gomega.Equal(fmt.Sprint("question ", i+1)))
			r.Sometimes("a request was answered", true)
		}
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())

	r.Heal()
	r.Expect(bulkhead.Drain(r.Context())).To(gomega.Succeed())
	if !waitFor(bound, func() bool { return db.Stats().InUse == 0 }) {
		r.Broken("P-LEAK", "service is over, and %d of %d connections are still in use after %v", db.Stats().InUse, connections, bound)
		return
	}
	answer, err := query(r.Context(), bulkhead, func(ctx context.Context) (string, error) { return Ask(ctx, db, "again") })
	r.Expect(err).NotTo(gomega.HaveOccurred())
	r.Expect(answer).To(gomega.Equal("again"))
	r.Recovered("the database")
	r.Expect(bulkhead.Drain(r.Context())).To(gomega.Succeed())
	r.Expect(health.Drain(r.Context())).To(gomega.Succeed())
}

// checkHealth checks health twice: right away, and when the callers have given up.
func checkHealth(r *harness.Run, s *scope.Scope, bulkhead, health pool, bound time.Duration) {
	for range 2 {
		load := bulkhead.Stats()
		err := scope.WithTimeout(s.Context(), "health", bound, func(ctx context.Context) error {
			return dispatcher.Do(ctx, health, "check", func(context.Context) error { return nil })
		})
		if isTimeout(err) {
			r.Broken("P-STARVE", "service/health was not answered within %v, while %d queries block the bulkhead", bound, load.Running)
			return
		}
		r.Expect(err).NotTo(gomega.HaveOccurred())
		r.Sometimes("health was answered while the whole bulkhead was blocked", load.Running == load.Limit && load.Waiting > 0)
		_ = r.Sleep(s.Context(), 2*reportWithin)
	}
}

// judgeFailure: a call gave up in time, or was struck, or lost its connection.
func judgeFailure(r *harness.Run, path string, err error) {
	var injected *faults.Injected
	lost := errors.Is(err, ErrConnectionLost)
	r.Expect(isTimeout(err) || lost || errors.As(err, &injected)).To(gomega.BeTrue(), "%s failed with something that nothing in the run explains: %v", path, err)
	r.Sometimes("a connection was lost under a query", lost)
}

func isTimeout(err error) bool {
	var timeout *scope.TimeoutError
	return errors.As(err, &timeout)
}

// waitFor polls for what nobody tells; false after the bound.
func waitFor(bound time.Duration, holds func() bool) bool {
	for deadline := time.Now().Add(bound); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
