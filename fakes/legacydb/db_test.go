package legacydb_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
	"github.com/squall-go/squall/fakes/internal/storm"
	"github.com/squall-go/squall/fakes/legacydb"
)

const latency = 5 * time.Millisecond

func TestQueryTakesTheLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		db := legacydb.Open("orders", 2, latency)
		begin := time.Now()
		rows, err := db.Query(context.Background(), "select 1")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(rows).To(Equal(legacydb.Rows{SQL: "select 1", Connection: 1}))
		g.Expect(time.Since(begin)).To(Equal(latency))
		g.Expect(db.Stats()).To(Equal(legacydb.Stats{Connections: 2, MostInUse: 1, Queries: 1}))
	})
}

func TestTheNextQueryWaitsForAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		db := legacydb.Open("orders", 2, latency)
		begin := time.Now()
		ended := make(chan time.Duration, 5)
		for range 5 {
			go func() {
				_, _ = db.Query(context.Background(), "select 1")
				ended <- time.Since(begin)
			}()
		}
		synctest.Wait()
		g.Expect(db.Stats()).To(Equal(legacydb.Stats{Connections: 2, InUse: 2, MostInUse: 2, Waiting: 3}))
		var all []time.Duration
		for range 5 {
			all = append(all, <-ended)
		}
		g.Expect(all).To(Equal([]time.Duration{latency, latency, 2 * latency, 2 * latency, 3 * latency}))
		g.Expect(db.Stats()).To(Equal(legacydb.Stats{Connections: 2, MostInUse: 2, Queries: 5}))
	})
}

func TestCancellationDoesNotEndAQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		db := legacydb.Open("orders", 1, latency)
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		begin := time.Now()
		_, err := db.Query(ctx, "select 1")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(time.Since(begin)).To(Equal(latency))
		g.Expect(ctx.Err()).To(HaveOccurred())
	})
}

func TestCloseRefusesWhoeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		db := legacydb.Open("orders", 1, latency)
		errs := make(chan error, 2)
		for range 2 {
			go func() { _, err := db.Query(context.Background(), "select 1"); errs <- err }()
		}
		synctest.Wait()
		db.Close()
		g.Expect(<-errs).To(MatchError(legacydb.ErrClosed))
		g.Expect(<-errs).NotTo(HaveOccurred())
		_, err := db.Query(context.Background(), "select 2")
		g.Expect(err).To(MatchError(`legacydb: orders: query "select 2": the database is closed`))
	})
}

func TestMisuse(t *testing.T) {
	NewWithT(t).Expect(func() { legacydb.Open("orders", 0, 0) }).To(PanicWith("legacydb: orders: the database needs at least 1 connection, not 0"))
}

func TestLostConnectionFailsItsQueryAndIsOpenedAgain(t *testing.T) {
	for _, place := range []string{"query", "rows"} {
		t.Run(place, func(t *testing.T) {
			db := legacydb.Open("orders", 1, latency)
			var errs []error
			storm.Run(t, 1, "fakes/legacydb/"+place+" #1 in story: close\n"+
				`fakes/legacydb/dial #1 in story: error "no route"`, func(ctx context.Context) {
				for range 3 {
					_, err := db.Query(ctx, "select 1")
					errs = append(errs, err)
				}
			})
			g := NewWithT(t)
			g.Expect(errs[0]).To(MatchError(legacydb.ErrConnectionLost))
			g.Expect(errs[0]).To(MatchError(`legacydb: orders: query "select 1": orders connection 1: connection lost`))
			g.Expect(errs[1]).To(MatchError(ContainSubstring("orders connection 1 cannot be opened again: no route")))
			g.Expect(errs[2]).NotTo(HaveOccurred())
			g.Expect(db.Stats().Lost).To(Equal(1))
			g.Expect(db.Stats().InUse).To(BeZero())
		})
	}
}

func TestDriverThatFailsGivesItsConnectionBack(t *testing.T) {
	for _, fault := range []string{`error "boom"`, `panic "boom"`, "goexit"} {
		t.Run(fault, func(t *testing.T) {
			db := legacydb.Open("orders", 1, latency)
			var second error = errors.New("not reached")
			storm.Run(t, 1, "fakes/legacydb/query #1 in story/first: "+fault, func(ctx context.Context) {
				wait := storm.Go(ctx, "first", func(ctx context.Context) {
					defer func() { _ = recover() }()
					_, _ = db.Query(ctx, "select 1")
				})
				wait()
				_, second = db.Query(ctx, "select 2")
			})
			NewWithT(t).Expect(second).NotTo(HaveOccurred())
		})
	}
}

func TestBlockedQueryHoldsItsConnectionUntilFreed(t *testing.T) {
	db := legacydb.Open("orders", 1, latency)
	var during legacydb.Stats
	var blocked, waiting error
	storm.Run(t, 1, "fakes/legacydb/query #1 in story/blocked: wedge", func(ctx context.Context) {
		first := storm.Go(ctx, "blocked", func(ctx context.Context) { _, blocked = db.Query(ctx, "select 1") })
		storm.Sleep(ctx, time.Hour)
		second := storm.Go(ctx, "waiting", func(ctx context.Context) { _, waiting = db.Query(ctx, "select 2") })
		storm.Sleep(ctx, time.Hour)
		during = db.Stats()
		storm.Of(ctx).Free()
		first()
		second()
	})
	g := NewWithT(t)
	g.Expect(during).To(Equal(legacydb.Stats{Connections: 1, InUse: 1, MostInUse: 1, Waiting: 1}))
	g.Expect(blocked).To(MatchError(ContainSubstring("wedge")))
	g.Expect(waiting).NotTo(HaveOccurred())
}

func TestSameSeedSameTrace(t *testing.T) {
	story := func(ctx context.Context) {
		db := legacydb.Open("orders", 2, latency)
		var waits []func()
		for i := range 6 {
			waits = append(waits, storm.Go(ctx, "client", func(ctx context.Context) { _, _ = db.Query(ctx, fmt.Sprint(i)) }))
		}
		for _, wait := range waits {
			wait()
		}
	}
	const plan = "fakes/legacydb/query #1 in story/client~2: close"
	distinct := map[string]bool{}
	for seed := range uint64(50) {
		first := storm.Run(t, seed, plan, story).Trace()
		NewWithT(t).Expect(storm.Run(t, seed, plan, story).Trace()).To(Equal(first), "seed %d", seed)
		distinct[fmt.Sprint(first)] = true
	}
	NewWithT(t).Expect(len(distinct)).To(BeNumerically(">", 25), "the schedules are all the same")
}

func Example() {
	db := legacydb.Open("orders", 16, 0)
	rows, err := db.Query(context.Background(), "select 1")
	fmt.Printf("%+v %v\n", rows, err)
	// Output: {SQL:select 1 Connection:1} <nil>
}
