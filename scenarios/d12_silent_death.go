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

// D12 starts and cancels work, cycle after cycle, and some of it ignores its
// cancellation and keeps its worker. Nothing crashes; once the last worker is
// gone the runtime takes work and runs none of it. A watchdog on the pool turns
// that silence into a failure of the whole server, with a dump of who has the
// workers, so that nobody waits for ever for an answer.
var D12 = harness.Scenario{
	ID: "D12", Title: "silent death of the runtime",
	Source:     ComplexFeatures,
	Properties: []string{"P-STARVE", "P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK"},
	Faults: []explore.Allow{
		harness.Strike("fakes/services/call", faults.Wedge|faults.Failure|faults.Delay|faults.Hang),
		harness.Strike("dispatcher/call", faults.Failure|faults.Delay),
		harness.Strike("dispatcher/run", faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/worker-start", faults.LoseWorker),
		harness.Strike("dispatcher/dequeue", faults.LoseWorker),
		harness.Strike("dispatcher/done", faults.LoseWorker),
	},
	Terms: judge.Terms{
		EndWithin: clockNoise, DispatchWithin: clockNoise, QueuedWithin: deathPatience + clockNoise,
		Limits: map[string]int{"runtime-1": 1, "runtime-2": 2, "runtime-3": 3},
	},
	Facts: []string{
		"every cycle had its answer", "work ended with its cycle, and its worker went on", "work kept its worker, and the runtime went on",
		"the runtime died of work that ignored its cancellation", "the runtime died of stuck workers",
	},
	Durations: []time.Duration{deathPatience, cyclePause, cycleWithin},
	Body:      func(r *harness.Run) { silentDeath(r, watchStalls) },
	Controls: []harness.Control{{
		Name: "no-watchdog", Story: "a server that believes in its runtime",
		Breaks: "P-STARVE", Task: "holds runtime-",
		Body: func(r *harness.Run) { silentDeath(r, watchNothing) },
	}, {
		Name: "watches-for-crashes", Story: "a watchdog that is told of panics alone",
		Breaks: "P-STARVE", Task: "holds runtime-",
		Body: func(r *harness.Run) { silentDeath(r, watchCrashes) },
	}, {
		Name: "barks-without-a-dump", Story: "a watchdog that says that something is wrong, and not who has the workers",
		Breaks: "P-EXPECT", Task: "does not name",
		Body: func(r *harness.Run) { silentDeath(r, watchWithoutDump) },
	}},
}

const (
	deathPatience = 2 * time.Second
	cycleTakes    = time.Millisecond
	cyclePause    = 10 * time.Millisecond
	cycleWithin   = time.Second // for work that has begun
)

// deadRuntime is the server's failure when its runtime runs nothing any more.
type deadRuntime struct {
	stall dispatcher.Stall
	dump  string
}

func (e *deadRuntime) Error() string { return "the runtime is dead: " + e.stall.String() }

// watchdog says how a runtime is watched: what it is told of, and what of work
// that ended.
type watchdog struct {
	opts  []dispatcher.Option
	ended func(err error)
}

// watchStalls fails the server when work has waited for too long.
func watchStalls(l *lifetime) watchdog {
	bark := func(s dispatcher.Stall) {
		var dump strings.Builder
		_ = l.runtime.Dump(&dump)
		l.fail(&deadRuntime{s, dump.String()})
	}
	return watchdog{[]dispatcher.Option{dispatcher.OnStall(deathPatience, bark)}, func(error) {}}
}

func watchWithoutDump(l *lifetime) watchdog {
	bark := func(s dispatcher.Stall) { l.fail(&deadRuntime{stall: s}) }
	return watchdog{[]dispatcher.Option{dispatcher.OnStall(deathPatience, bark)}, func(error) {}}
}

func watchCrashes(l *lifetime) watchdog {
	return watchdog{nil, func(err error) {
		var panicked *dispatcher.PanicError
		if errors.As(err, &panicked) {
			l.fail(panicked)
		}
	}}
}

func watchNothing(*lifetime) watchdog { return watchdog{nil, func(error) {}} }

// lifetime is one run.
type lifetime struct {
	r       *harness.Run
	runtime *dispatcher.Dispatcher
	backend *services.Service
	dog     watchdog
	fail    func(cause error) // the server
	gate    chan struct{}     // closed when the story is over
}

// cycle starts work, and waits for its answer or cancels it meanwhile.
type cycle struct {
	leaks  bool
	cancel bool
}

func silentDeath(r *harness.Run, watch func(l *lifetime) watchdog) {
	places := r.Int("workers", 1, 3)
	cycles := make([]cycle, r.Int("cycles", 1, 8))
	l := &lifetime{r: r, backend: services.New("backend", cycleTakes), gate: make(chan struct{})}
	for i := range cycles {
		cycles[i] = cycle{cancel: r.Bool("cancelled")}
		cycles[i].leaks = cycles[i].cancel && r.Bool("ignores it")
	}
	l.dog = watch(l)
	l.runtime = dispatcher.NewFixed(r.Context(), fmt.Sprintf("runtime-%d", places), places, l.dog.opts...)
	open := sync.OnceFunc(func() { close(l.gate) })
	defer open() // also when an expectation fails
	err := scope.Run(r.Context(), "server", func(s *scope.Scope) error {
		l.fail = s.Cancel
		for i, c := range cycles {
			if err := l.cycle(s, i, c); err != nil {
				return err
			}
		}
		return nil
	})
	l.judge(err, cycles)
	r.Heal()
	open()
	r.Expect(l.runtime.Drain(context.WithoutCancel(r.Context()))).To(gomega.Succeed())
}

// cycle starts work in a job, and cancels it: soon, or when it has begun and
// takes too long. Its error is that of the server, not of the work.
func (l *lifetime) cycle(s *scope.Scope, i int, c cycle) error {
	name := fmt.Sprintf("cycle-%d", i+1)
	return scope.Supervise(s.Context(), name, func(in *scope.Scope) error {
		begun := make(chan struct{})
		job := scope.Async(in, "caller", func(ctx context.Context) (struct{}, error) {
			err := l.ask(ctx, c, begun)
			l.dog.ended(err)
			return struct{}{}, err
		})
		l.attend(in.Context(), &job.Job, c, begun)
		job.Cancel(nil)
		_, err := job.Await(in.Context())
		if in.Context().Err() != nil {
			return context.Cause(in.Context())
		}
		known := err == nil || errors.Is(err, context.Canceled) || injectedInto(err, job.Path()) || exitedOnPool(err)
		l.r.Expect(known).To(gomega.BeTrue(), "%s: %v", job.Path(), err)
		l.r.Sometimes("work ended with its cycle, and its worker went on", c.cancel && !c.leaks && isClosed(begun))
		return nil
	})
}

// attend returns when the job is over, or it is time to cancel it.
func (l *lifetime) attend(ctx context.Context, job *scope.Job, c cycle, begun <-chan struct{}) {
	if c.cancel {
		_ = l.r.Sleep(ctx, cyclePause)
		return
	}
	select {
	case <-begun:
	case <-job.Done():
	case <-ctx.Done():
	}
	l.r.Step(ctx)
	if isClosed(job.Done()) || ctx.Err() != nil {
		return
	}
	timer := time.NewTimer(cycleWithin)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-job.Done():
	case <-ctx.Done():
	}
	l.r.Step(ctx)
}

// ask has work done on the runtime, and waits no longer than ctx.
func (l *lifetime) ask(ctx context.Context, c cycle, begun chan<- struct{}) error {
	ticket, err := dispatcher.Submit(ctx, l.runtime, "work", func(ctx context.Context) error {
		close(begun)
		if c.leaks {
			faults.Note(ctx, faults.Event{Kind: faults.Waiting, Name: "an answer that never comes"})
			<-l.gate
			l.r.Step(ctx)
		}
		_, err := l.backend.Call(ctx, "work")
		return err
	})
	if err != nil {
		return err
	}
	return ticket.Wait(ctx)
}

// judge: every caller had its answer, or the server failed and says why.
func (l *lifetime) judge(err error, cycles []cycle) {
	r, leaks := l.r, 0
	for _, c := range cycles {
		if c.leaks {
			leaks++
		}
	}
	load := l.runtime.Stats()
	if err == nil {
		r.Sometimes("every cycle had its answer", true)
		r.Sometimes("work kept its worker, and the runtime went on", leaks > 0 && load.Running > 0)
		return
	}
	var dead *deadRuntime
	r.Expect(errors.As(err, &dead)).To(gomega.BeTrue(), "the server failed: %v", err)
	r.Expect(dead.stall.Holders).To(gomega.HaveLen(load.Limit), "%v", err)
	for _, h := range dead.stall.Holders {
		r.Expect(dead.dump).To(gomega.ContainSubstring(h.Name+" runs for "), "the failure does not name %s, which has a worker", h.Name)
		r.Expect(h.For).To(gomega.BeNumerically(">=", dead.stall.Waiting.For), "%s has its worker, and came later than who waits", h.Name)
	}
	r.Sometimes("the runtime died of work that ignored its cancellation", leaks >= load.Limit)
	r.Sometimes("the runtime died of stuck workers", leaks < load.Limit)
}
