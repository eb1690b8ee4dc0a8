package scenarios

import (
	"context"
	"fmt"
	"math/big"
	"runtime"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// D1 computes a factorial in parallel on the default pool, which has as many
// workers as there are cores: the result is that of math/big, no core is idle
// while a part waits, and never are more parts under way than cores, whichever
// worker is slow or lost.
//
// On a bubble's clock computing takes no time, so each part sleeps for what it
// would cost.
var D1 = harness.Scenario{
	ID: "D1", Title: "parallel factorial on the default pool",
	Source:     ComplexFeatures,
	Properties: []string{"P-STARVE", "P-ERROR", "P-BLAST", "P-LEAK"},
	Faults: []explore.Allow{
		harness.Strike("dispatcher/worker-start", faults.LoseWorker|faults.Delay),
		harness.Strike("dispatcher/dequeue", faults.LoseWorker|faults.Delay),
		harness.Strike("dispatcher/done", faults.LoseWorker|faults.Delay),
	},
	Terms: judge.Terms{DispatchWithin: clockNoise, Limits: cpuLimits()},
	Facts: []string{
		"all of several cores were busy", "a part waited for a core", "a factorial of more than 64 bits",
	},
	Durations: []time.Duration{time.Millisecond, partCost},
	Body:      func(r *harness.Run) { parallelFactorial(r, cpuPool, inOrder) },
	Controls: []harness.Control{{
		Name: "oversubscribed", Story: "a pool with one worker more than cores",
		Breaks: "P-EXPECT", Task: "more than there are cores",
		Body: func(r *harness.Run) { parallelFactorial(r, cpuPoolWith(+1), inOrder) },
	}, {
		Name: "idle-core", Story: "a pool with one worker less than cores",
		Breaks: "P-STARVE", Task: "with free places",
		Body: func(r *harness.Run) { parallelFactorial(r, cpuPoolWith(-1), inOrder) },
	}, {
		Name: "lost-part", Story: "parts that are multiplied into one number without a lock",
		Breaks: "P-EXPECT", Task: "is wrong",
		Body: func(r *harness.Run) { parallelFactorial(r, cpuPool, intoOneNumber) },
	}},
}

const (
	// partCost is what the costly parts take.
	partCost = 2 * time.Second
	mostCpus = 5
)

func cpuName(cores int) string { return fmt.Sprintf("default-%d", cores) }

// cpuLimits holds the judge to the number of cores.
func cpuLimits() map[string]int {
	limits := map[string]int{}
	for n := 1; n <= mostCpus; n++ {
		limits[cpuName(n)] = n
	}
	return limits
}

func cpuPool(r *harness.Run, cores int) *dispatcher.Dispatcher { return cpuPoolWith(0)(r, cores) }

// cpuPoolWith is the pool for so many cores, with some workers more or less.
func cpuPoolWith(more int) func(r *harness.Run, cores int) *dispatcher.Dispatcher {
	return func(r *harness.Run, cores int) *dispatcher.Dispatcher {
		return dispatcher.NewDefault(r.Context(), dispatcher.Named(cpuName(cores)), dispatcher.Limit(max(1, cores+more)))
	}
}

// part is the factors from the first to the last.
type part struct{ first, last int64 }

// product multiplies step by step, so that another part can come between.
func (p part) product(r *harness.Run, ctx context.Context) *big.Int {
	product := big.NewInt(1)
	for k := p.first; k <= p.last; k++ {
		product.Mul(product, big.NewInt(k))
		if k%8 == 0 {
			r.Step(ctx)
		}
	}
	return product
}

// gather puts the parts of the jobs together.
type gather func(r *harness.Run, s *scope.Scope, jobs []*scope.Deferred[*big.Int], result *big.Int) error

// inOrder multiplies in the task that waits for the parts.
func inOrder(_ *harness.Run, s *scope.Scope, jobs []*scope.Deferred[*big.Int], result *big.Int) error {
	for _, j := range jobs {
		product, err := j.Await(s.Context())
		if err != nil {
			return err
		}
		result.Mul(result, product)
	}
	return nil
}

// intoOneNumber has a task of its own for each part, and they all read, compute
// and write the result.
func intoOneNumber(r *harness.Run, s *scope.Scope, jobs []*scope.Deferred[*big.Int], result *big.Int) error {
	shared := big.NewInt(1)
	var adders []*scope.Deferred[bool]
	for i, j := range jobs {
		adders = append(adders, scope.Async(s, fmt.Sprintf("gather-%d", i+1), func(ctx context.Context) (bool, error) {
			product, err := j.Await(ctx)
			if err != nil {
				return false, err
			}
			read := new(big.Int).Set(shared)
			r.Step(ctx)
			shared = read.Mul(read, product)
			return true, nil
		}))
	}
	for _, a := range adders {
		if _, err := a.Await(s.Context()); err != nil {
			return err
		}
	}
	result.Set(shared)
	return nil
}

func parallelFactorial(r *harness.Run, open func(r *harness.Run, cores int) *dispatcher.Dispatcher, gather gather) {
	r.Expect(dispatcher.NewDefault(r.Context()).Limit()).To(gomega.Equal(runtime.GOMAXPROCS(0)), "one worker for each core")
	cores := r.Int("cores", 1, 4)
	n := []int64{5, 1, 0, 20, 40, 100}[r.Int("factorial", 0, 5)]
	pool, inside := open(r, cores), new(gauge)
	result := big.NewInt(1)

	err := scope.Run(r.Context(), "factorial", func(s *scope.Scope) error {
		var jobs []*scope.Deferred[*big.Int]
		for i, p := range split(n, r.Int("parts", 1, 8)) {
			cost := r.Duration("cost", time.Millisecond, 0, partCost)
			jobs = append(jobs, scope.Async(s, fmt.Sprintf("part-%d", i+1), func(ctx context.Context) (*big.Int, error) {
				now := inside.enter()
				defer inside.leave()
				r.Expect(now).To(gomega.BeNumerically("<=", cores), "%d parts are under way, more than there are cores", now)
				if err := r.Sleep(ctx, cost); err != nil {
					return nil, err
				}
				return p.product(r, ctx), nil
			}, scope.On(pool)))
			r.Sometimes("a part waited for a core", pool.Stats().Waiting > 0)
		}
		return gather(r, s, jobs, result)
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	want := new(big.Int).MulRange(1, n)
	r.Expect(result.String()).To(gomega.Equal(want.String()), "%d! is wrong", n)
	r.Sometimes("all of several cores were busy", cores > 1 && inside.most() == cores)
	r.Sometimes("a factorial of more than 64 bits", want.BitLen() > 64)
	r.Expect(pool.Drain(r.Context())).To(gomega.Succeed())
}

// split makes parts of the factors from 1 to n; some may be empty.
func split(n int64, parts int) []part {
	list := make([]part, parts)
	for i := range list {
		k := int64(i)
		list[i] = part{first: 1 + n*k/int64(parts), last: n * (k + 1) / int64(parts)}
	}
	return list
}
