package scenarios

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// D11 mixes calls that are over at once with calls that block. With a pool for
// each kind the fast ones are fast, whatever blocks; with one pool for
// everything each fast call that is slow was reported, with who has the places.
var D11 = harness.Scenario{
	ID: "D11", Title: "one pool for fast and blocking calls",
	Source:     ObserveAndReport + "; " + InProduction,
	Properties: []string{"P-STARVE", "P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK"},
	Faults: []explore.Allow{
		harness.Strike("fakes/services/...", faults.Wedge|faults.Hang|faults.Delay|faults.Failure),
		harness.Strike("dispatcher/worker-start", faults.LoseWorker),
		harness.Strike("dispatcher/dequeue", faults.LoseWorker),
		harness.Strike("dispatcher/done", faults.LoseWorker),
	},
	Terms: judge.Terms{
		Radius: failedAlone, EndWithin: clockNoise, DispatchWithin: clockNoise,
		Limits:   map[string]int{"all-1": 1, "all-2": 2, "all-3": 3, "fast": 1},
		QueuedAt: map[string]time.Duration{"fast": fastWithin},
	},
	Facts: []string{
		"fast calls were fast with every slow place blocked", "a fast call was slow on the common pool, and that was reported",
		"a fast call gave up on the common pool, and that was reported", "slow calls blocked the common pool for ever",
		"the common pool was fast",
	},
	Durations: []time.Duration{slowTakes, mixedWithin},
	Runs:      300,
	Body:      func(r *harness.Run) { mixedCalls(r, mixedPools) },
	Controls: []harness.Control{{
		Name: "one-pool-tells-nobody", Story: "one pool for everything, and nobody who is told what waits there",
		Breaks: "P-EXPECT", Task: "and nobody was told",
		Body: func(r *harness.Run) { mixedCalls(r, silentMixedPools) },
	}, {
		Name: "view-of-the-blocked", Story: "the fast calls' own pool is a view of the one that blocks",
		Breaks: "P-STARVE", Task: "service/fast/",
		Terms: &judge.Terms{
			Radius: failedAlone, EndWithin: clockNoise, DispatchWithin: clockNoise,
			QueuedAt: map[string]time.Duration{"all-1/fast": fastWithin, "all-2/fast": fastWithin, "all-3/fast": fastWithin},
		},
		Body: func(r *harness.Run) { mixedCalls(r, viewInPlaceOfPool) },
	}},
}

const (
	slowTakes = 5 * time.Second
	fastTakes = time.Millisecond
	// fastWithin is how long a fast call may wait for its place: for the calls of
	// three others.
	fastWithin = 3*fastTakes + clockNoise
	// mixedPatience is off the instants at which calls end.
	mixedPatience = time.Second + 333*time.Microsecond
	// mixedWithin is how long a call waits at all.
	mixedWithin = 30 * time.Second
	mixedRounds = 3
)

// mixed is a service with fast and blocking calls.
type mixed struct {
	r          *harness.Run
	backend    *services.Service // what slow calls block on
	slow, fast *dispatcher.Dispatcher
	separate   bool

	mu     sync.Mutex
	stalls []dispatcher.Stall
}

func (m *mixed) add(s dispatcher.Stall) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stalls = append(m.stalls, s)
}

// mixedPools opens one pool, or one for each kind.
func mixedPools(m *mixed, places int) {
	m.slow = dispatcher.NewFixed(m.r.Context(), fmt.Sprintf("all-%d", places), places, dispatcher.OnStall(mixedPatience, m.add))
	m.fast = m.slow
	if m.separate {
		m.fast = dispatcher.NewFixed(m.r.Context(), "fast", 1, dispatcher.OnStall(mixedPatience, m.add))
	}
}

func silentMixedPools(m *mixed, places int) {
	m.slow = dispatcher.NewFixed(m.r.Context(), fmt.Sprintf("all-%d", places), places)
	m.fast = m.slow
}

func viewInPlaceOfPool(m *mixed, places int) {
	mixedPools(m, places)
	m.fast = m.slow.Limited("fast", 1)
}

// fastCall is one fast call.
type fastCall struct {
	path string
	took time.Duration
	err  error
}

func mixedCalls(r *harness.Run, open func(m *mixed, places int)) {
	places := r.Int("places", 1, 3)
	blocking := places + r.Int("slow calls more than places", 0, 2)
	callers := r.Int("fast callers", 1, 3)
	m := &mixed{r: r, backend: services.New("backend", slowTakes), separate: r.Bool("a pool for each kind")}
	open(m, places)
	calls := make([][]fastCall, callers)

	err := scope.Supervise(r.Context(), "service", func(s *scope.Scope) error {
		var slow []*scope.Deferred[services.Reply]
		for i := range blocking {
			slow = append(slow, scope.Async(s, fmt.Sprintf("slow-%d", i+1), func(ctx context.Context) (services.Reply, error) {
				return m.callSlowly(ctx, i)
			}, scope.Timeout(mixedWithin)))
		}
		err := scope.Supervise(s.Context(), "fast", func(fast *scope.Scope) error {
			for i := range calls {
				fast.Launch(fmt.Sprintf("caller-%d", i+1), func(ctx context.Context) error {
					calls[i] = m.callQuickly(ctx)
					return nil
				})
			}
			return nil
		})
		r.Expect(err).NotTo(gomega.HaveOccurred())
		for _, j := range slow {
			m.judgeSlow(j)
		}
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	for _, list := range calls {
		for _, c := range list {
			m.judge(c)
		}
	}
	r.Heal()
	for _, d := range []*dispatcher.Dispatcher{m.slow, m.fast} {
		r.Expect(d.Drain(r.Context())).To(gomega.Succeed())
	}
}

// callSlowly blocks a place of the pool for as long as the backend likes.
func (m *mixed) callSlowly(ctx context.Context, i int) (services.Reply, error) {
	reply := make(chan services.Reply, 1)
	ticket, err := dispatcher.Submit(ctx, m.slow, "block", func(ctx context.Context) error {
		answer, err := m.backend.Call(context.WithoutCancel(ctx), fmt.Sprintf("request-%d", i+1))
		reply <- answer
		return err
	})
	if err == nil {
		err = ticket.Wait(ctx)
	}
	if err != nil {
		return services.Reply{}, err
	}
	return <-reply, nil
}

// callQuickly makes one call after the other, and measures each.
func (m *mixed) callQuickly(ctx context.Context) (calls []fastCall) {
	for k := range mixedRounds {
		name := fmt.Sprintf("call-%d", k+1)
		c := fastCall{path: faults.TaskOf(ctx).Path() + "/" + name + "/quick"}
		begin := time.Now()
		c.err = scope.WithTimeout(ctx, name, mixedWithin, func(ctx context.Context) error {
			return dispatcher.Do(ctx, m.fast, "quick", func(ctx context.Context) error { return m.r.Sleep(ctx, fastTakes) })
		})
		c.took = time.Since(begin)
		m.r.Sometimes("fast calls were fast with every slow place blocked", m.separate && m.slow.Stats().Waiting > 0 && c.err == nil)
		calls = append(calls, c)
		_ = m.r.Sleep(ctx, slowTakes/3)
	}
	return calls
}

// judge: a fast call was fast, or it was reported who had the places.
func (m *mixed) judge(c fastCall) {
	r := m.r
	late := c.took > fastTakes+fastWithin
	told := m.reportOf(c.path)
	if c.err != nil {
		r.Expect(isTimeout(c.err)).To(gomega.BeTrue(), "%s: %v", c.path, c.err)
	}
	if m.separate {
		r.Expect(late).To(gomega.BeFalse(), "%s took %v beside a pool that blocks", c.path, c.took)
		return
	}
	if late || c.err != nil {
		r.Expect(told).NotTo(gomega.BeNil(), "%s took %v, and nobody was told", c.path, c.took)
		r.Sometimes("a fast call was slow on the common pool, and that was reported", c.err == nil)
		r.Sometimes("a fast call gave up on the common pool, and that was reported", c.err != nil)
	}
	r.Sometimes("the common pool was fast", !late && told == nil)
	if told == nil {
		return
	}
	r.Expect(told.Holders).To(gomega.HaveLen(told.Limit), "%s", told)
	for _, h := range told.Holders {
		r.Expect(h.Name).To(gomega.ContainSubstring("service/"), "%s", told)
	}
}

// reportOf is the report about the call at path, nil if there was none.
func (m *mixed) reportOf(path string) *dispatcher.Stall {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.stalls {
		if m.stalls[i].Waiting.Name == path {
			return &m.stalls[i]
		}
	}
	return nil
}

// judgeSlow: a slow call was answered, or was struck itself, or gave up.
func (m *mixed) judgeSlow(j *scope.Deferred[services.Reply]) {
	r := m.r
	_, err := j.Await(context.WithoutCancel(r.Context()))
	var panicked *dispatcher.PanicError
	known := err == nil || isTimeout(err) || injectedInto(err, j.Path()) || errors.As(err, &panicked) || exitedOnPool(err)
	r.Expect(known).To(gomega.BeTrue(), "%s: %v", j.Path(), err)
	r.Sometimes("slow calls blocked the common pool for ever", !m.separate && isTimeout(err) && m.slow.Stats().Running == m.slow.Limit())
}
