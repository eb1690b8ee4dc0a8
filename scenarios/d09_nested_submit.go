package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// D9 is the classic self-deadlock: work on a pool hands further work to the same
// pool and waits for it, and those who wait have all the places. The pool names
// the cycle in the instant in which it closes, and says nothing of a pool that
// is merely full; work that goes to another pool, or is handed over when the one
// before it has come back, never gets there.
var D9 = harness.Scenario{
	ID: "D9", Title: "nested submit on a saturated pool",
	Source:     ComplexFeatures + "; " + InProduction,
	Properties: []string{"P-STARVE", "P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK"},
	Faults: []explore.Allow{
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/submit", faults.Error|faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/call", faults.Failure|faults.Delay|faults.CancelTask|faults.Hang),
		harness.Strike("dispatcher/run", faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/wait-resume", faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/worker-start", faults.LoseWorker|faults.Delay),
		harness.Strike("dispatcher/dequeue", faults.LoseWorker|faults.Delay),
		harness.Strike("dispatcher/done", faults.LoseWorker|faults.Delay),
	},
	Terms: judge.Terms{
		Radius: failedAlone, EndWithin: clockNoise, DispatchWithin: clockNoise,
		QueuedWithin: nestWithin + clockNoise,
	},
	Facts: []string{
		"a deadlock was named", "a deadlock by way of work that has a place was named",
		"a view was deadlocked, and its pool had room", "a stall was reported as a deadlock",
		"a pool was full, and that was no deadlock", "nested work came through on another pool",
		"nested work came through on its own pool", "work that comes back first came through",
	},
	Durations: []time.Duration{nestWithin},
	Body:      func(r *harness.Run) { nestedSubmit(r, nestWithin, deadlocksTold) },
	Controls: []harness.Control{{
		Name: "nobody-looks", Story: "nested submits without a deadline, and nobody who asks the pool",
		Breaks: "P-STARVE", Task: "the cycle is requests/",
		Body: func(r *harness.Run) { nestedSubmit(r, 0, nil) },
	}, {
		Name: "looks-at-the-pool-alone", Story: "a watcher that does not look into the pool's views",
		Breaks: "P-EXPECT", Task: "is deadlocked, and nobody says so",
		Body: func(r *harness.Run) {
			nestedSubmit(r, nestWithin, func(s dispatcher.Snapshot) string { return s.Deadlock })
		},
	}, {
		Name: "looks-one-call-deep", Story: "a watcher that takes work for able to move when the work that it waits for has a place",
		Breaks: "P-EXPECT", Task: "is deadlocked, and nobody says so",
		Body: func(r *harness.Run) { nestedSubmit(r, nestWithin, deadlocksOneDeep) },
	}, {
		Name: "full-is-deadlocked", Story: "a watcher that calls each full pool with a queue a deadlock",
		Breaks: "P-EXPECT", Task: "is said to be deadlocked",
		Body: func(r *harness.Run) { nestedSubmit(r, nestWithin, fullMeansDeadlock) },
	}},
}

const (
	// nestWithin is the deadline of a request: what breaks a deadlock in the end.
	nestWithin = time.Minute
	// nestPatience is how long work may wait before the pool reports it. The odd
	// part keeps it, and the watcher's looks, off the instants at which work ends.
	nestPatience = 2*time.Second + 333*time.Microsecond
	nestWork     = 10 * time.Millisecond
)

// nestWay is where a request's further work goes.
type nestWay int

const (
	comesBack     nestWay = iota // nowhere: the request hands it over when the one before has ended
	otherPools                   // to a pool of its own, for each depth
	ownDispatcher                // to the pool it runs on
	ownView                      // to the view that it runs on
)

// nest is one run. Its counts are of the work on one dispatcher that is handed
// over in a nested way, and its own account of what the dispatcher has to find out.
type nest struct {
	r     *harness.Run
	way   nestWay
	root  *dispatcher.Dispatcher
	pools []*dispatcher.Dispatcher // by depth
	told  func(s dispatcher.Snapshot) string

	mu     sync.Mutex
	frames []*frame // begun and not over, in that order
	stalls []nestStall
}

// nestStall is a report of the pool, and what was so at that instant.
type nestStall struct {
	dispatcher.Stall
	holders []frame
}

// frame is one piece of work that has begun.
type frame struct {
	path   string
	awaits string // path of the work that it waits for
	ticket *dispatcher.Ticket
}

func (f frame) String() string { return f.path + " (awaits " + f.awaits + ")" }

// nestedSubmit lets requests call into pools. within 0: they have no deadline.
func nestedSubmit(r *harness.Run, within time.Duration, told func(s dispatcher.Snapshot) string) {
	n := &nest{r: r, told: told}
	limit := r.Int("places", 1, 3)
	requests := r.Int("requests", 1, 4)
	n.way = nestWay(r.Int("further work", int(comesBack), int(ownView)))
	n.open(limit)
	depths := make([]int, requests)
	for i := range depths {
		depths[i] = r.Int("depth", 1, 3)
	}
	var opts []scope.Option
	if within > 0 {
		opts = append(opts, scope.Timeout(within))
	}
	err := scope.Supervise(r.Context(), "requests", func(s *scope.Scope) error {
		jobs := make([]*scope.Deferred[int], requests)
		for i := range jobs {
			jobs[i] = scope.Async(s, fmt.Sprintf("request-%d", i+1), func(ctx context.Context) (int, error) {
				return n.request(ctx, depths[i])
			}, opts...)
		}
		watcher := scope.Async(s, "watcher", n.watch)
		for i, j := range jobs {
			n.judge(j, depths[i])
		}
		_, err := watcher.Await(s.Context())
		r.Expect(unexplained(err)).To(gomega.BeNil(), "what the watcher failed with")
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	n.judgeStalls()
	r.Heal()
	for _, p := range n.pools {
		r.Expect(p.Drain(context.WithoutCancel(r.Context()))).To(gomega.Succeed())
	}
}

// open makes the dispatchers, one for each depth.
func (n *nest) open(limit int) {
	first := dispatcher.NewIO(n.r.Context(), dispatcher.Limit(limit), dispatcher.OnStall(nestPatience, n.stalled))
	n.root, n.pools = first, []*dispatcher.Dispatcher{first, first, first}
	switch n.way {
	case otherPools:
		for i := range n.pools[1:] {
			n.pools[i+1] = dispatcher.NewFixed(n.r.Context(), fmt.Sprintf("inner-%d", i+1), limit, dispatcher.OnStall(nestPatience, n.stalled))
		}
	case ownView:
		view := first.Limited("share", n.r.Int("places of the view", 1, limit))
		n.pools = []*dispatcher.Dispatcher{view, view, view}
	}
}

// request does depth pieces of work, one after the other or one inside of the
// other, and returns how many were done.
func (n *nest) request(ctx context.Context, depth int) (done int, err error) {
	if n.way != comesBack {
		return n.call(ctx, 0, depth)
	}
	for i := range depth {
		if _, err := n.call(ctx, i, i+1); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

// call hands the work at that depth over and waits for it: Do, in two steps.
// outer is nil, or the work that calls.
func (n *nest) call(ctx context.Context, at, depth int, outer ...*frame) (int, error) {
	name, done := fmt.Sprintf("work-%d", at+1), 0
	ticket, err := dispatcher.Submit(ctx, n.pools[at], name, func(ctx context.Context) error {
		f := n.begin(ctx)
		defer n.end(f)
		if err := n.r.Sleep(ctx, nestWork); err != nil {
			return err
		}
		done++
		if at+1 == depth {
			return nil
		}
		inner, err := n.call(ctx, at+1, depth, f)
		done += inner
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, f := range outer {
		// No failpoint from here to the wait: who looks finds both or neither.
		n.mu.Lock()
		f.awaits, f.ticket = f.path+"/"+name, ticket
		n.mu.Unlock()
		defer func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			f.awaits = ""
		}()
	}
	if err := ticket.Wait(context.WithoutCancel(ctx)); err != nil {
		return 0, err
	}
	return done, nil
}

func (n *nest) begin(ctx context.Context) *frame {
	n.mu.Lock()
	defer n.mu.Unlock()
	f := &frame{path: faults.TaskOf(ctx).Path()}
	n.frames = append(n.frames, f)
	return f
}

func (n *nest) end(f *frame) {
	n.mu.Lock()
	defer n.mu.Unlock()
	kept := n.frames[:0]
	for _, other := range n.frames {
		if other != f {
			kept = append(kept, other)
		}
	}
	n.frames = kept
}

// on is where nested work waits for its own pool, if it does so at all.
func (n *nest) on() *dispatcher.Dispatcher { return n.pools[0] }

// deadlocked: all places are held by work that waits for further work there, and
// none of that is over. Then no place will come free.
func (n *nest) deadlocked() (holders []frame, through bool) {
	if n.way != ownDispatcher && n.way != ownView {
		return nil, false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	begun := map[string]bool{}
	for _, f := range n.frames {
		begun[f.path] = true
	}
	for _, f := range n.frames {
		if f.awaits != "" && !isClosed(f.ticket.Done()) {
			holders = append(holders, *f)
			through = through || begun[f.awaits]
		}
	}
	if len(holders) < n.on().Limit() {
		return nil, false
	}
	return holders, through
}

// watch looks at the pool now and then, until the requests are over.
func (n *nest) watch(ctx context.Context) (struct{}, error) {
	if n.told == nil {
		return struct{}{}, nil
	}
	for _, pause := range []time.Duration{0, nestWork / 2, nestWork, 2 * nestWork, nestPatience, nestWithin / 4, nestWithin / 2} {
		if err := n.r.Sleep(ctx, pause+7*time.Microsecond); err != nil {
			return struct{}{}, err
		}
		n.look()
	}
	return struct{}{}, nil
}

// look compares what the pool finds out with what the work knows of itself.
func (n *nest) look() {
	r, s := n.r, n.root.Snapshot()
	told := n.told(s)
	holders, through := n.deadlocked()
	if len(holders) == 0 {
		r.Expect(told).To(gomega.BeEmpty(), "%s is said to be deadlocked, and has work that can move: %s", n.on().Name(), told)
		r.Sometimes("a pool was full, and that was no deadlock", len(s.Running) == s.Limit && len(s.Waiting) > 0)
		return
	}
	r.Expect(told).NotTo(gomega.BeEmpty(), "%s is deadlocked, and nobody says so: %s", n.on().Name(), holders)
	n.named(told, holders)
	r.Sometimes("a deadlock was named", true)
	r.Sometimes("a deadlock by way of work that has a place was named", through)
	r.Sometimes("a view was deadlocked, and its pool had room", n.way == ownView && len(s.Running) < s.Limit)
}

// named: the cycle has everyone who holds a place, and whom they wait for.
func (n *nest) named(told string, holders []frame) {
	n.r.Expect(told).To(gomega.ContainSubstring(" waits for a place in " + n.on().Name() + ", held by "))
	for _, f := range holders {
		n.r.Expect(told).To(gomega.ContainSubstring(f.String()))
	}
	n.r.Expect(strings.Count(told, "(awaits ")).To(gomega.Equal(len(holders)), "%s", told)
}

// stalled is told by a pool of work that waits for too long.
func (n *nest) stalled(s dispatcher.Stall) {
	holders, _ := n.deadlocked()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stalls = append(n.stalls, nestStall{s, holders})
}

// judgeStalls: a report calls it a deadlock if it was one.
func (n *nest) judgeStalls() {
	r := n.r
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.stalls {
		r.Expect(s.Waiting.For).To(gomega.BeNumerically(">=", nestPatience), "%s was reported early", s.Waiting.Name)
		r.Expect(s.Deadlock != "").To(gomega.Equal(len(s.holders) > 0), "%s", s.Stall)
		if s.Deadlock != "" {
			n.named(s.Deadlock, s.holders)
		}
		r.Sometimes("a stall was reported as a deadlock", s.Deadlock != "")
	}
}

// judge: a request did all of its work, or was struck itself, or gave up at its
// deadline.
func (n *nest) judge(j *scope.Deferred[int], depth int) {
	r := n.r
	done, err := j.Await(context.WithoutCancel(r.Context()))
	if err == nil {
		r.Expect(done).To(gomega.Equal(depth), "pieces of work done by %s", j.Path())
		r.Sometimes("nested work came through on another pool", depth > 1 && n.way == otherPools)
		r.Sometimes("nested work came through on its own pool", depth > 1 && n.way == ownDispatcher)
		r.Sometimes("work that comes back first came through", depth > 1 && n.way == comesBack)
		return
	}
	r.Expect(isTimeout(err) || endedByGoexit(err) || exitedOnPool(err) || injectedInto(err, j.Path())).To(gomega.BeTrue(), "%s: %v", j.Path(), err)
}

// exitedOnPool: the work called runtime.Goexit, which carries no error value.
func exitedOnPool(err error) bool {
	var exit *dispatcher.GoexitError
	return errors.As(err, &exit)
}

// deadlocksTold is all that a pool says of deadlocks, its own and its views'.
func deadlocksTold(s dispatcher.Snapshot) string {
	told := s.Deadlock
	for _, v := range s.Views {
		told += deadlocksTold(v)
	}
	return told
}

// deadlocksOneDeep believes in a deadlock only if all who have a place wait for
// work that has none.
func deadlocksOneDeep(s dispatcher.Snapshot) string {
	for _, e := range s.Running {
		if slices.ContainsFunc(s.Running, func(other dispatcher.Entry) bool { return other.Name == e.Awaits }) {
			return ""
		}
	}
	return deadlocksTold(s)
}

// fullMeansDeadlock is the monitor that many have: all places are taken, and
// somebody waits.
func fullMeansDeadlock(s dispatcher.Snapshot) string {
	if len(s.Running) == s.Limit && len(s.Waiting) > 0 {
		return "all places of " + s.Name + " are taken"
	}
	return deadlocksTold(s)
}
