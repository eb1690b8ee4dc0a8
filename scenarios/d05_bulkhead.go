package scenarios

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/fakes/legacydb"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// D5 keeps the calls of a legacy database to a pool of their own, a bulkhead:
// however the database blocks, the health check of the same service answers
// within its bound.
var D5 = harness.Scenario{
	ID: "D5", Title: "bulkhead around a legacy database",
	Source:     InProduction,
	Properties: []string{"P-STARVE", "P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK", "P-HEAL"},
	Faults: []explore.Allow{
		harness.Strike("fakes/legacydb/...", faults.Wedge|faults.Delay|faults.Close|faults.Error|faults.Panic),
	},
	Terms: judge.Terms{
		Radius: failedAlone, EndWithin: clockNoise, DispatchWithin: clockNoise,
		QueuedWithin: queryWithin + clockNoise, HealWithin: longestDelay + clockNoise,
	},
	Facts: []string{
		"health was checked while the whole bulkhead was blocked", "a query gave up in front of the bulkhead",
		"a connection was lost under a query", "all 16 places were in use",
	},
	Durations: []time.Duration{queryWithin},
	Body:      func(r *harness.Run) { bulkhead(r, ownPool) },
	Controls: []harness.Control{{
		Name: "same-pool-for-both", Story: "the health check runs on the pool that the database blocks",
		Breaks: "P-STARVE", Task: "service/health/check wait",
		Body: func(r *harness.Run) { bulkhead(r, samePool) },
	}},
}

const (
	// queryWithin is how long a request waits for the database.
	queryWithin = 2 * time.Second
	// healthWithin is how long a health check may take.
	healthWithin = time.Second
)

// ownPool gives the health check a pool of its own.
func ownPool(r *harness.Run, _ *dispatcher.Dispatcher) *dispatcher.Dispatcher {
	return dispatcher.NewDefault(r.Context(), dispatcher.Limit(1))
}

func samePool(_ *harness.Run, db *dispatcher.Dispatcher) *dispatcher.Dispatcher { return db }

// legacyService is a service in front of a legacy database.
type legacyService struct {
	db     *legacydb.DB
	pool   *dispatcher.Dispatcher // where queries block
	health *dispatcher.Dispatcher // where health is checked
}

func bulkhead(r *harness.Run, healthPool func(r *harness.Run, db *dispatcher.Dispatcher) *dispatcher.Dispatcher) {
	size := []int{1, 2, 3, 16}[r.Int("bulkhead", 0, 3)]
	connections := size
	if r.Bool("one connection") {
		connections = 1
	}
	l := &legacyService{
		db:   legacydb.Open("legacy", connections, 5*time.Millisecond),
		pool: dispatcher.NewFixed(r.Context(), "db", size),
	}
	l.health = healthPool(r, l.pool)
	requests := size + r.Int("more requests than places", 1, 3)

	err := scope.Supervise(r.Context(), "service", func(s *scope.Scope) error {
		queries := make([]*scope.Deferred[legacydb.Rows], requests)
		for i := range queries {
			queries[i] = scope.Async(s, fmt.Sprintf("request-%d", i+1), func(ctx context.Context) (legacydb.Rows, error) {
				return l.query(ctx, fmt.Sprintf("SELECT %d", i+1))
			}, scope.Timeout(queryWithin))
		}
		health := scope.Async(s, "health", func(ctx context.Context) (int, error) { return l.watch(r, ctx) })
		checks, err := health.Await(s.Context())
		r.Expect(err).NotTo(gomega.HaveOccurred())
		r.Expect(checks).To(gomega.Equal(4))
		for i, q := range queries {
			l.judge(r, i, q)
		}
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	r.Sometimes("all 16 places were in use", l.db.Stats().MostInUse == 16)
	r.Sometimes("a connection was lost under a query", l.db.Stats().Lost > 0)

	r.Heal()
	r.Expect(l.pool.Drain(r.Context())).To(gomega.Succeed())
	rows, err := l.query(r.Context(), "SELECT 'again'")
	r.Expect(err).NotTo(gomega.HaveOccurred())
	r.Expect(rows.SQL).To(gomega.Equal("SELECT 'again'"))
	r.Recovered("the database")
	r.Expect(l.pool.Drain(r.Context())).To(gomega.Succeed())
	r.Expect(l.health.Drain(r.Context())).To(gomega.Succeed())
}

// query asks the database on the bulkhead, and waits no longer than ctx.
func (l *legacyService) query(ctx context.Context, sql string) (legacydb.Rows, error) {
	rows := make(chan legacydb.Rows, 1)
	ticket, err := dispatcher.Submit(ctx, l.pool, "query", func(ctx context.Context) error {
		answer, err := l.db.Query(ctx, sql)
		rows <- answer
		return err
	})
	if err == nil {
		err = ticket.Wait(ctx)
	}
	if err != nil {
		return legacydb.Rows{}, err
	}
	return <-rows, nil
}

// watch checks the service's health four times, the last one after requests
// have given up.
func (l *legacyService) watch(r *harness.Run, ctx context.Context) (checks int, err error) {
	for range 4 {
		if err := r.Sleep(ctx, queryWithin*3/8); err != nil {
			return checks, err
		}
		begin := time.Now()
		if err := dispatcher.Do(ctx, l.health, "check", func(context.Context) error { checks++; return nil }); err != nil {
			return checks, err
		}
		took, load := time.Since(begin), l.pool.Stats()
		r.Expect(took).To(gomega.BeNumerically("<=", healthWithin), "a health check took too long")
		r.Sometimes("health was checked while the whole bulkhead was blocked", load.Running == load.Limit && load.Waiting > 0)
	}
	return checks, nil
}

// judge: a request has its own rows, or was struck itself, or gave up at its
// deadline.
func (l *legacyService) judge(r *harness.Run, i int, q *scope.Deferred[legacydb.Rows]) {
	rows, err := q.Await(r.Context())
	var failed *legacydb.QueryError
	var panicked *dispatcher.PanicError
	switch {
	case err == nil:
		r.Expect(rows.SQL).To(gomega.Equal(fmt.Sprintf("SELECT %d", i+1)))
	case isTimeout(err):
		r.Sometimes("a query gave up in front of the bulkhead", l.pool.Stats().Running == l.pool.Limit())
	case errors.As(err, &failed):
		r.Expect(failed.SQL).To(gomega.Equal(fmt.Sprintf("SELECT %d", i+1)))
		r.Expect(errors.Is(err, legacydb.ErrConnectionLost) || injectedInto(err, q.Path())).To(gomega.BeTrue(), "%v", err)
	default:
		r.Expect(errors.As(err, &panicked) && injectedInto(err, q.Path())).To(gomega.BeTrue(), "%v", err)
	}
}

// injectedInto: err is, or wraps, a fault that struck the task with that path,
// or one below it.
func injectedInto(err error, path string) bool {
	var injected *faults.Injected
	return errors.As(err, &injected) && strings.HasPrefix(injected.Strike.Task+"/", path+"/")
}
