package scenarios

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// D13 crunches data in the background on the pool that answers the API. The
// crunching has a limited view of the pool, one core less than there are at
// most, so an API call waits for other API calls alone; and the crunching, in
// its turn, gets on as fast as its cap allows.
var D13 = harness.Scenario{
	ID: "D13", Title: "background crunching under a cap",
	Source:     InProduction,
	Properties: []string{"P-STARVE", "P-BLAST", "P-ERROR", "P-LEAK"},
	Faults: []explore.Allow{
		harness.Strike("scope/run", faults.Failure),
		harness.Strike("dispatcher/call", faults.Failure|faults.Delay),
		harness.Strike("dispatcher/submit", faults.Error),
		harness.Strike("dispatcher/worker-start", faults.LoseWorker|faults.Delay),
		harness.Strike("dispatcher/dequeue", faults.LoseWorker|faults.Delay),
		harness.Strike("dispatcher/done", faults.LoseWorker|faults.Delay),
	},
	Terms: crunchTerms(),
	Facts: []string{
		"the API answered while the crunching had all that its cap allows", "chunks waited in the view, and the API did not",
		"all chunks were crunched", "an API call failed, and the next one was answered",
	},
	Durations: []time.Duration{chunkTakes, apiTakes},
	Runs:      300,
	Body:      func(r *harness.Run) { cappedCrunching(r, crunchUnderCap) },
	Controls: []harness.Control{{
		Name: "uncapped", Story: "crunching that may have all cores",
		Breaks: "P-STARVE", Task: "service/client-",
		Body: func(r *harness.Run) { cappedCrunching(r, crunchOnAllCores) },
	}, {
		Name: "capped-to-one", Story: "crunching whose cap is one core, whatever it was given",
		Breaks: "P-STARVE", Task: "service/crunch-",
		Body: func(r *harness.Run) { cappedCrunching(r, crunchOneByOne) },
	}},
}

const (
	apiTakes   = time.Millisecond
	apiClients = 3               // at most
	chunkTakes = 5 * time.Second // of a core, that nobody can take away
	chunkMost  = 6               // chunks
	crunchMost = 4               // cores
	apiPause   = chunkTakes * 2 / 5
)

// crunchTerms bound both waits. An API call waits until those of the other
// clients are over; a chunk, until the chunks before it have been crunched, by
// as many cores as the cap has, with API calls between them.
func crunchTerms() judge.Terms {
	t := judge.Terms{Radius: failedAlone, DispatchWithin: 0, Limits: map[string]int{}, QueuedAt: map[string]time.Duration{}}
	for cores := 2; cores <= crunchMost; cores++ {
		pool := fmt.Sprintf("cores-%d", cores)
		t.Limits[pool] = cores
		t.QueuedAt[pool] = apiClients * apiTakes
		for places := 1; places < cores; places++ {
			view := fmt.Sprintf("%s/crunch-%d", pool, places)
			t.Limits[view] = places
			rounds := (chunkMost+places-1)/places - 1
			t.QueuedAt[view] = time.Duration(rounds) * (chunkTakes + apiClients*apiTakes)
		}
	}
	return t
}

// crunchOn is the dispatcher for chunks, on a pool with so many cores.
type crunchOn func(pool *dispatcher.Dispatcher, places int) *dispatcher.Dispatcher

func crunchUnderCap(pool *dispatcher.Dispatcher, places int) *dispatcher.Dispatcher {
	return pool.Limited(fmt.Sprintf("crunch-%d", places), places)
}

func crunchOnAllCores(pool *dispatcher.Dispatcher, _ int) *dispatcher.Dispatcher {
	return pool.Limited("crunch", pool.Limit())
}

func crunchOneByOne(pool *dispatcher.Dispatcher, places int) *dispatcher.Dispatcher {
	return pool.Limited(fmt.Sprintf("crunch-%d", places), 1)
}

func cappedCrunching(r *harness.Run, crunch crunchOn) {
	cores := r.Int("cores", 2, crunchMost)
	places := r.Int("cap", 1, cores-1)
	chunks := r.Int("chunks", 1, chunkMost)
	clients := r.Int("clients", 1, apiClients)
	pool := dispatcher.NewDefault(r.Context(), dispatcher.Limit(cores), dispatcher.Named(fmt.Sprintf("cores-%d", cores)))
	view := crunch(pool, places)
	var crunching, crunched atomic.Int32

	err := scope.Supervise(r.Context(), "service", func(s *scope.Scope) error {
		var jobs []*scope.Deferred[int]
		for i := range chunks {
			jobs = append(jobs, scope.Async(s, fmt.Sprintf("crunch-%d", i+1), func(ctx context.Context) (int, error) {
				err := dispatcher.Do(ctx, view, "chunk", func(ctx context.Context) error {
					crunching.Add(1)
					defer crunching.Add(-1)
					_ = r.Sleep(context.WithoutCancel(ctx), chunkTakes)
					crunched.Add(1)
					return nil
				})
				return 0, err
			}))
		}
		for i := range clients {
			jobs = append(jobs, scope.Async(s, fmt.Sprintf("client-%d", i+1), func(ctx context.Context) (answers int, err error) {
				for range 3 {
					busy, waiting := int(crunching.Load()) == places, view.Stats().Waiting > 0
					failed := dispatcher.Do(ctx, pool, "call", func(ctx context.Context) error { return r.Sleep(ctx, apiTakes) })
					r.Sometimes("an API call failed, and the next one was answered", err != nil && failed == nil)
					r.Sometimes("the API answered while the crunching had all that its cap allows", busy && failed == nil)
					r.Sometimes("chunks waited in the view, and the API did not", waiting && failed == nil)
					if err = failed; err == nil {
						answers++
					}
					_ = r.Sleep(ctx, apiPause)
				}
				return answers, err
			}))
		}
		for _, j := range jobs {
			_, err := j.Await(s.Context())
			r.Expect(err == nil || endedByGoexit(err) || exitedOnPool(err) || injectedInto(err, j.Path())).To(gomega.BeTrue(), "%s: %v", j.Path(), err)
		}
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	r.Sometimes("all chunks were crunched", int(crunched.Load()) == chunks && chunks > places)
	r.Expect(pool.Drain(r.Context())).To(gomega.Succeed())
}
