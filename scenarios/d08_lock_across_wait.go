package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/fakes/services"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/linear"
	"github.com/squall-go/squall/scope"
)

// D8 holds a lock across a wait. Each deposit reads a balance on a small pool,
// asks a service, and writes on the pool again, all of it under one lock. Who
// waits for a scope.Mutex waits as a task, which can be cancelled, and has no
// place on the pool. Who waits for a blocking lock does so on the pool, until
// nobody is left there to carry on for the one that holds it.
var D8 = harness.Scenario{
	ID: "D8", Title: "a lock held across a wait",
	Source:     ObserveAndReport + "; " + InProduction,
	Properties: []string{"P-STARVE", "P-LINEAR", "P-CANCEL", "P-BLAST", "P-ERROR", "P-LEAK", "P-HEAL"},
	Faults: []explore.Allow{
		harness.Strike("fakes/services/call", faults.Failure|faults.Delay|faults.CancelTask),
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.CancelTask),
		harness.Strike("scope/lock", faults.Delay|faults.CancelTask),
		harness.Strike("scope/lock-resume", faults.Delay|faults.CancelTask),
		harness.Strike("scope/unlock", faults.Delay|faults.CancelTask),
		harness.Strike("dispatcher/call", faults.Failure|faults.Delay),
		harness.Strike("dispatcher/submit", faults.Error|faults.Delay),
		harness.Strike("dispatcher/dequeue", faults.LoseWorker|faults.Delay),
	},
	Terms: judge.Terms{
		Radius: failedAlone, EndWithin: clockNoise, DispatchWithin: clockNoise,
		QueuedWithin: clockNoise, HealWithin: longestDelay + clockNoise,
	},
	Facts: []string{
		"a deposit waited for the lock", "a holder panicked", "a deposit was cancelled while it waited for the lock",
		"somebody was held up by a holder that was delayed", "four deposits were made",
	},
	Durations: []time.Duration{askLatency},
	Body:      func(r *harness.Run) { lockAcrossWait(r, suspending) },
	Controls: []harness.Control{{
		Name: "lost-on-panic", Story: "the lock is not released when the holder panics",
		Breaks: "P-STARVE", Task: "holds account",
		Body: func(r *harness.Run) { lockAcrossWait(r, lostOnPanic) },
	}, {
		Name: "blocking-lock", Story: "who waits for the lock blocks a worker of the pool that its holder needs",
		Breaks: "P-STARVE", Task: "holds pool",
		Body: func(r *harness.Run) { lockAcrossWait(r, onThePool) },
	}, {
		Name: "lock-for-two", Story: "a lock that lets two holders in",
		Breaks: "P-LINEAR", Task: "account: lock(",
		Body: func(r *harness.Run) { lockAcrossWait(r, forTwo) },
	}, {
		Name: "no-lock", Story: "deposits under no lock at all, seen by the balance alone",
		Breaks: "P-LINEAR", Task: "balance: ",
		Body: func(r *harness.Run) { lockAcrossWait(r, without) },
	}},
}

const askLatency = 10 * time.Millisecond

// account is a balance, the lock that it is under, and what both are used for.
type account struct {
	r       *harness.Run
	pool    *dispatcher.Dispatcher
	service *services.Service
	value   int // only with the lock
	balance *harness.Object

	mutex    *scope.Mutex
	one, two *blockingLock // what controls have in its place
	locks    *harness.Object
}

// locking runs fn with the lock.
type locking func(a *account, ctx context.Context, who string, fn func() error) error

// suspending is the way to do it.
func suspending(a *account, ctx context.Context, who string, fn func() error) error {
	var unlock *harness.Call
	defer func() {
		if unlock != nil {
			unlock.Return(nil)
		}
	}()
	lock, got := a.locks.Call(ctx, linear.Lock{By: who}), false
	began := time.Now()
	err := a.mutex.WithLock(ctx, func() error {
		got = true
		lock.Return(true)
		a.r.Sometimes("a deposit waited for the lock", time.Since(began) > 0)
		defer func() { unlock = a.locks.Call(ctx, linear.Unlock{By: who}) }()
		return fn()
	})
	if !got {
		lock.Return(false)
		a.r.Sometimes("a deposit was cancelled while it waited for the lock", time.Since(began) > 0)
	}
	a.r.Sometimes("somebody was held up by a holder that was delayed", got && time.Since(began) > time.Second)
	return err
}

// lostOnPanic forgets that fn may panic.
func lostOnPanic(a *account, ctx context.Context, _ string, fn func() error) error {
	if err := a.mutex.Lock(ctx); err != nil {
		return err
	}
	err := fn()
	a.mutex.Unlock()
	return err
}

// onThePool waits for the lock where the work is done.
func onThePool(a *account, ctx context.Context, _ string, fn func() error) error {
	if err := dispatcher.Do(ctx, a.pool, "lock", func(ctx context.Context) error {
		a.one.lock(a.r, ctx)
		return nil
	}); err != nil {
		return err
	}
	defer a.one.unlock(ctx)
	return fn()
}

func forTwo(a *account, ctx context.Context, who string, fn func() error) error {
	lock := a.locks.Call(ctx, linear.Lock{By: who})
	a.two.lock(a.r, ctx)
	lock.Return(true)
	defer func() {
		unlock := a.locks.Call(ctx, linear.Unlock{By: who})
		a.two.unlock(ctx)
		unlock.Return(nil)
	}()
	return fn()
}

func without(_ *account, _ context.Context, _ string, fn func() error) error { return fn() }

// deposit adds one to the balance.
func (a *account) deposit(ctx context.Context, who string, locked locking) error {
	add, wrote := a.balance.Call(ctx, linear.Add{N: 1}), 0
	defer func() {
		if wrote == 0 {
			add.Return(false)
		} else {
			add.Return(wrote)
		}
	}()
	return locked(a, ctx, who, func() error {
		read := 0
		if err := dispatcher.Do(ctx, a.pool, "read", func(context.Context) error { read = a.value; return nil }); err != nil {
			return err
		}
		if err := a.ask(ctx); err != nil {
			return err
		}
		return dispatcher.Do(ctx, a.pool, "write", func(context.Context) error {
			a.value = read + 1
			wrote = a.value
			return nil
		})
	})
}

// ask asks the service, which may panic with the lock held.
func (a *account) ask(ctx context.Context) error {
	returned := false
	defer func() { a.r.Sometimes("a holder panicked", !returned) }()
	_, err := a.service.Call(ctx, "may I?")
	returned = true
	return err
}

func lockAcrossWait(r *harness.Run, locked locking) {
	a := &account{
		r: r, pool: dispatcher.NewFixed(r.Context(), "pool", r.Int("workers", 1, 3)), service: services.New("service", askLatency),
		locks: r.Object("account", linear.Mutex()), balance: r.Object("balance", linear.Counter()),
		mutex: scope.NewMutex("account"), one: newBlockingLock("account", 1), two: newBlockingLock("account", 2),
	}
	tasks, each := r.Int("tasks", 2, 5), r.Int("deposits of each task", 1, 2)
	err := scope.Supervise(r.Context(), "bank", func(s *scope.Scope) error {
		var jobs []*scope.Deferred[int]
		for i := range tasks {
			who := fmt.Sprintf("task-%d", i+1)
			jobs = append(jobs, scope.Async(s, who, func(ctx context.Context) (n int, err error) {
				for ; n < each && err == nil; n++ {
					err = a.deposit(ctx, who, locked)
				}
				return n, err
			}))
		}
		for _, j := range jobs {
			n, err := j.Await(s.Context())
			a.judge(j.Path(), n, each, err)
		}
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	r.Sometimes("four deposits were made", a.value >= 4)

	// Whatever became of its holders, the lock is there for the next one.
	r.Heal()
	r.Expect(a.deposit(r.Context(), "main", locked)).To(gomega.Succeed())
	r.Recovered("the account")
	read := a.balance.Call(r.Context(), linear.Get{})
	read.Return(a.value)
	r.Expect(a.pool.Drain(r.Context())).To(gomega.Succeed())
}

// judge: a task has made all its deposits, or was struck itself.
func (a *account) judge(path string, n, each int, err error) {
	if err == nil {
		a.r.Expect(n).To(gomega.Equal(each))
		return
	}
	var exit *dispatcher.GoexitError
	known := injectedInto(err, path) || endedByGoexit(err) || errors.As(err, &exit)
	a.r.Expect(known).To(gomega.BeTrue(), "%s: %v", path, err)
}
