package scenarios

import (
	"context"
	"errors"
	"fmt"
	"strings"
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

// D2 fills an IO pool with calls that block: as many as the documented limit
// are inside at one time, the next one waits, and that is reported with who has
// the places. With the limit raised all of them are inside.
var D2 = harness.Scenario{
	ID: "D2", Title: "blocked calls fill the IO pool",
	Source:     ComplexFeatures + "; " + ObserveAndReport,
	Properties: []string{"P-STARVE", "P-ERROR", "P-BLAST", "P-LEAK", "P-HEAL"},
	Faults: []explore.Allow{
		harness.Strike("fakes/services/call", faults.Wedge|faults.Hang|faults.Failure|faults.Delay),
		harness.Strike("scope/run", faults.Failure|faults.Delay),
		harness.Strike("dispatcher/submit", faults.Error|faults.Delay),
		harness.Strike("dispatcher/run", faults.CancelTask|faults.Delay),
		harness.Strike("dispatcher/worker-start", faults.LoseWorker|faults.Delay),
		harness.Strike("dispatcher/dequeue", faults.LoseWorker|faults.Delay),
		harness.Strike("dispatcher/done", faults.LoseWorker|faults.Delay),
	},
	Terms: judge.Terms{
		Radius: failedAlone, Limits: ioLimits(),
		DispatchWithin: clockNoise, HealWithin: longestDelay + clockNoise,
	},
	Facts: []string{
		"the call behind 64 blocked ones was reported", "more than 64 calls were inside at one time",
		"a call waited behind calls that block for ever", "a place was taken over from a call that failed",
	},
	Durations: []time.Duration{ioPatience},
	Runs:      400, // one run in four has 64 places, and one in forty more than 64 calls inside
	Body:      func(r *harness.Run) { blockedIOPool(r, ioPool) },
	Controls: []harness.Control{{
		Name: "hidden-second-limit", Story: "a pool with fewer threads than its documented limit",
		Breaks: "P-STARVE", Task: "holds threads/io-",
		Body: func(r *harness.Run) { blockedIOPool(r, ioPoolOfOneThread) },
	}, {
		Name: "silent-stall", Story: "a pool that tells nobody who waits",
		Breaks: "P-EXPECT", Task: "nobody was told",
		Body: func(r *harness.Run) { blockedIOPool(r, silentIOPool) },
	}},
}

const (
	// ioPatience is how long a call may wait before the pool reports it.
	ioPatience = 2 * time.Second
	// ioMostExcess is how many more calls than places there are at most.
	ioMostExcess = 8
	// longestDelay is the longest that one injected delay lasts.
	longestDelay = 20 * time.Second
	// clockNoise is more than all moves of the clock by choice in one run.
	clockNoise = time.Second
)

// openIO makes an IO pool with the documented limit.
type openIO func(ctx context.Context, limit int, opts ...dispatcher.Option) *dispatcher.Dispatcher

func ioPool(ctx context.Context, limit int, opts ...dispatcher.Option) *dispatcher.Dispatcher {
	opts = append(opts, dispatcher.Named(ioName(limit)))
	if limit != dispatcher.IOLimit {
		opts = append(opts, dispatcher.Limit(limit))
	}
	return dispatcher.NewIO(ctx, opts...)
}

// ioPoolOfOneThread is the dispatcher of that account: the limit that one may
// set is not the one that counts.
func ioPoolOfOneThread(ctx context.Context, limit int, opts ...dispatcher.Option) *dispatcher.Dispatcher {
	return dispatcher.NewFixed(ctx, "threads", 1, opts...).Limited(ioName(limit), limit)
}

// silentIOPool forgets the options, OnStall among them.
func silentIOPool(ctx context.Context, limit int, _ ...dispatcher.Option) *dispatcher.Dispatcher {
	return ioPool(ctx, limit)
}

func ioName(limit int) string { return fmt.Sprintf("io-%d", limit) }

// ioLimits holds the judge to the documented limits.
func ioLimits() map[string]int {
	limits := map[string]int{}
	for n := 1; n <= dispatcher.IOLimit+ioMostExcess; n++ {
		limits[ioName(n)] = n
	}
	return limits
}

// ioCalls are the calls of one run and what they saw.
type ioCalls struct {
	backend *services.Service
	gate    chan struct{} // closed when calls may go on to the backend
	jobs    []*scope.Deferred[services.Reply]
	entered []chan struct{} // of each call, closed when it has a place
	board   ioBoard
}

func blockedIOPool(r *harness.Run, newIO openIO) {
	limit := r.Int("limit", 1, 4)
	if limit == 4 {
		limit = dispatcher.IOLimit
	}
	excess := []int{0, 1, 4, ioMostExcess}[r.Int("excess", 0, 3)]
	n, places := limit+excess, limit
	if r.Bool("raised") {
		places = n
	}
	c := &ioCalls{backend: services.New("backend", 5*time.Millisecond), gate: make(chan struct{})}
	io := newIO(r.Context(), places, dispatcher.OnStall(ioPatience, c.board.add))

	err := scope.Supervise(r.Context(), "calls", func(s *scope.Scope) error {
		open := sync.OnceFunc(func() { close(c.gate) })
		defer open() // also when an expectation fails
		for i := range n {
			c.launch(r, s, io, i)
		}
		inside := c.waitForFirst(r, places)
		r.Sometimes("more than 64 calls were inside at one time", inside > dispatcher.IOLimit)
		r.Sometimes("a place was taken over from a call that failed", c.inside(n) > 0 && inside < places && n > places)
		_ = r.Sleep(s.Context(), 2*ioPatience)
		c.board.judge(r, io, places)
		r.Sometimes("the call behind 64 blocked ones was reported", places == dispatcher.IOLimit && len(c.board.stalls()) > 0)

		open()
		_ = r.Sleep(s.Context(), 2*ioPatience)
		c.board.judge(r, io, places)
		r.Sometimes("a call waited behind calls that block for ever", io.Stats().Waiting > 0 && c.over() < n)

		r.Heal()
		c.judgeAnswers(r)
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	r.Expect(dispatcher.Do(r.Context(), io, "probe", func(ctx context.Context) error {
		_, err := c.backend.Call(ctx, "probe")
		return err
	})).To(gomega.Succeed())
	r.Recovered("the pool")
	r.Expect(io.Drain(r.Context())).To(gomega.Succeed())
}

func (c *ioCalls) launch(r *harness.Run, s *scope.Scope, io *dispatcher.Dispatcher, i int) {
	entered := make(chan struct{})
	c.entered = append(c.entered, entered)
	c.jobs = append(c.jobs, scope.Async(s, fmt.Sprintf("call-%d", i+1), func(ctx context.Context) (services.Reply, error) {
		close(entered)
		faults.Note(ctx, faults.Event{Kind: faults.Waiting, Name: "the other calls"})
		<-c.gate
		r.Step(ctx)
		return c.backend.Call(ctx, ioRequest(i))
	}, scope.On(io)))
}

// waitForFirst waits until each of the first calls, as many as there are places,
// is inside or over, and returns how many are inside.
func (c *ioCalls) waitForFirst(r *harness.Run, places int) int {
	for i := range places {
		select {
		case <-c.entered[i]:
		case <-c.jobs[i].Done():
		}
		r.Step(r.Context())
	}
	return c.inside(places)
}

// inside counts those of the first n calls that have entered.
func (c *ioCalls) inside(n int) (inside int) {
	for _, entered := range c.entered[:n] {
		select {
		case <-entered:
			inside++
		default:
		}
	}
	return inside
}

func (c *ioCalls) over() (over int) {
	for _, j := range c.jobs {
		select {
		case <-j.Done():
			over++
		default:
		}
	}
	return over
}

// judgeAnswers: each call has its own answer, or failed by what struck itself.
func (c *ioCalls) judgeAnswers(r *harness.Run) {
	for i, j := range c.jobs {
		reply, err := j.Await(r.Context())
		if err == nil {
			r.Expect(reply.Check(c.backend, ioRequest(i))).To(gomega.Succeed())
			continue
		}
		var injected *faults.Injected
		r.Expect(errors.As(err, &injected) || endedByGoexit(err)).To(gomega.BeTrue(), "call %d failed by itself: %v", i+1, err)
		if injected != nil {
			r.Expect(injected.Strike.Task).To(gomega.Equal("calls/"+j.Name()), "%s failed with another call's fault", j.Name())
		}
	}
}

func ioRequest(i int) string { return fmt.Sprintf("request-%d", i+1) }

// endedByGoexit: the task called runtime.Goexit, which carries no error value.
func endedByGoexit(err error) bool {
	var exit *scope.GoexitError
	return errors.As(err, &exit)
}

// ioBoard is where the pool's stalls are reported.
type ioBoard struct {
	mu   sync.Mutex
	list []dispatcher.Stall
}

func (b *ioBoard) add(s dispatcher.Stall) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = append(b.list, s)
}

func (b *ioBoard) stalls() []dispatcher.Stall {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.list
}

// judge: who has waited too long was reported, once, with those who have the
// places; and nobody else was.
func (b *ioBoard) judge(r *harness.Run, io *dispatcher.Dispatcher, places int) {
	reported := map[string]int{}
	for _, s := range b.stalls() {
		reported[s.Waiting.Name]++
		r.Expect(reported[s.Waiting.Name]).To(gomega.Equal(1), "%s was reported twice", s.Waiting.Name)
		r.Expect(s.Waiting.For).To(gomega.BeNumerically(">=", ioPatience), "%s was reported early", s.Waiting.Name)
		r.Expect(s.Limit).To(gomega.Equal(places))
		holders := map[string]bool{s.Waiting.Name: true}
		for _, h := range s.Holders {
			r.Expect(h.Name).To(gomega.ContainSubstring("calls/call-"))
			r.Expect(holders[h.Name]).To(gomega.BeFalse(), "%s is named twice in %s", h.Name, s)
			holders[h.Name] = true
		}
		r.Expect(s.Holders).To(gomega.HaveLen(places), "%s", s)
		r.Expect(strings.Contains(s.String(), s.Waiting.Name)).To(gomega.BeTrue())
	}
	for _, w := range io.Snapshot().Waiting {
		if w.For >= ioPatience+clockNoise {
			r.Expect(reported).To(gomega.HaveKey(w.Name), "%s has waited for %v, and nobody was told", w.Name, w.For)
		}
	}
}
