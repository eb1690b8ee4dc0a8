package judge

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/history"
)

// mutations alter one event of a history; alter is false if that changes nothing.
var mutations = []struct {
	name  string
	alter func(run *history.Run, e *history.Event, i int) bool
	// unnoticed lists the events that may be altered so without any guarantee
	// being broken, and why. Everything else must be noticed.
	unnoticed map[string][]string
}{
	{
		name: "dropped",
		alter: func(run *history.Run, e *history.Event, i int) bool {
			run.Events = slices.Delete(run.Events, i, i+1)
			return true
		},
		unnoticed: map[string][]string{
			"what nobody opened is no task of a scope, and is not accounted for": {
				`fan opened supervisor`,
				`fan/A opened async`,
				`fan/B opened launch`,
				`fan/C opened launch`,
				`fan/D opened async`,
			},
			"a task may end without having started": {
				`fan started`,
				`fan/A started`,
				`fan/B started`,
				`fan/C started`,
				`fan/D started`,
				`fan/C/tidy started`,
			},
			"a failure needs no fault, nor does a cancellation": {
				`@1ms fan/B struck scope/run #1 error "boom"`,
				`fan/D struck scope/end #1 cancel-task`,
				`fan struck scope/leave #1 cancel-task`,
			},
			"a context may be done because of one above it that no scope knows": {
				`& fan/D cancelled: cancel-task`,
				`& fan cancelled: cancel-task`,
			},
			"who waits matters in stalled runs only": {
				`fan waiting fan/A`,
				`fan waiting its children`,
			},
			"who was never queued was never late, and nobody waits for the place": {
				`fan/B queued io`,
				`fan/B finished io`,
			},
			"a release too many is the resource's own business": {
				`fan/C acquired the lock`,
			},
			"nothing was healed, so nothing need recover": {
				`main healed`,
			},
			"tidying up after the end": {
				`& fan/C done: canceled`,
			},
		},
	},
	{
		name: "told twice",
		alter: func(run *history.Run, e *history.Event, i int) bool {
			run.Events = slices.Insert(run.Events, i, *e)
			return true
		},
		unnoticed: map[string][]string{
			"the first event of a kind counts": {
				`fan opened supervisor`,
				`fan/A opened async`,
				`fan/B opened launch`,
				`fan/C opened launch`,
				`fan/D opened async`,
				`fan/C/tidy opened noncancellable`,
				`& fan/D cancelled: cancel-task`,
				`& fan cancelled: cancel-task`,
				`& fan/D done: cancel-task`,
				`& fan done: cancel-task`,
				`& fan/C done: cancel-task`,
			},
			"faults may strike again": {
				`@1ms fan/B struck scope/run #1 error "boom"`,
				`fan/D struck scope/end #1 cancel-task`,
				`fan struck scope/leave #1 cancel-task`,
			},
			"who waits matters in stalled runs only": {
				`fan waiting fan/A`,
				`fan waiting its children`,
			},
			"running twice for one place is the dispatcher's own business": {
				`fan/B running io`,
				`fan/B finished io`,
			},
			"a release too many is the resource's own business": {
				`fan/C released the lock`,
			},
			"healing and recovering may be repeated": {
				`main healed`,
				`main recovered the page`,
			},
			"tidying up after the end": {
				`& fan/C done: canceled`,
			},
		},
	},
	{
		name: "with another error",
		alter: func(run *history.Run, e *history.Event, i int) bool {
			had := e.Err != nil
			e.Err = message("another")
			return had
		},
		unnoticed: map[string][]string{
			"tidying up after the end": {
				`& fan/C done: canceled`,
			},
		},
	},
	{
		name: "of another task",
		alter: func(run *history.Run, e *history.Event, i int) bool {
			had := e.Task
			e.Task = run.Tasks[len(run.Tasks)-1]
			return e.Task != had
		},
		unnoticed: map[string][]string{
			"what nobody opened is no task of a scope, and is not accounted for": {
				`fan opened supervisor`,
				`fan/A opened async`,
				`fan/B opened launch`,
				`fan/C opened launch`,
				`fan/D opened async`,
			},
			"a failure needs no fault, nor does a cancellation": {
				`fan/D struck scope/end #1 cancel-task`,
				`fan struck scope/leave #1 cancel-task`,
			},
			"handlers and awaiters are who they are": {
				`fan/B delivered handler of fan/B: boom`,
				`fan delivered await of fan/A: bang`,
			},
			"who waits matters in stalled runs only": {
				`fan waiting fan/A`,
				`fan waiting its children`,
			},
			"nobody waits for the place": {
				`fan/B finished io`,
			},
			"a lock may be released by another task": {
				`fan/C acquired the lock`,
				`fan/C released the lock`,
			},
			"anybody may say so": {
				`main healed`,
				`main recovered the page`,
			},
			"tidying up after the end": {
				`& fan/C done: canceled`,
			},
		},
	},
	{
		name: "a millisecond late",
		alter: func(run *history.Run, e *history.Event, i int) bool {
			e.At += time.Millisecond
			return true
		},
		unnoticed: map[string][]string{
			"opening, striking, waiting, holding and reporting have no bound": {
				`fan opened supervisor`,
				`fan/A opened async`,
				`fan/B opened launch`,
				`fan/C opened launch`,
				`fan/D opened async`,
				`@1ms fan/B struck scope/run #1 error "boom"`,
				`fan/D struck scope/end #1 cancel-task`,
				`fan struck scope/leave #1 cancel-task`,
				`fan waiting fan/A`,
				`fan waiting its children`,
				`fan/B delivered handler of fan/B: boom`,
				`fan delivered await of fan/A: bang`,
				`fan/C acquired the lock`,
				`fan/C released the lock`,
				`main healed`,
			},
			"a task that is not cancelled may start and end when it likes": {
				`fan started`,
				`fan/A started`,
				`fan/B started`,
				`fan/C started`,
				`fan/D started`,
				`& fan/B ended: boom`,
				`@2ms fan/A ended: bang`,
			},
			"the task is out of the queue at the same instant, or has given its place back to nobody": {
				`fan/B queued io`,
				`fan/B finished io`,
			},
			"a section is not cancelled, and what is above it may take as long": {
				`fan/C/tidy opened noncancellable`,
				`fan/C/tidy started`,
				`fan/C/tidy ended`,
			},
			"tidying up after the end": {
				`& fan/C done: canceled`,
			},
		},
	},
}

// TestEveryAlterationIsNoticed alters each event of a history that holds, one
// at a time: some judge has to see it, but for the events listed.
func TestEveryAlterationIsNoticed(t *testing.T) {
	told := lines(held)
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			g := gomega.NewWithT(t)
			run := tell(held)
			g.Expect(Judge(run, Terms{}, All())).To(gomega.BeEmpty(), "unaltered")
			var unnoticed []string
			for i := range run.Events {
				altered := tell(held)
				if m.alter(altered, &altered.Events[i], i) && len(Judge(altered, Terms{}, All())) == 0 {
					unnoticed = append(unnoticed, told[i])
				}
			}
			var expected []string
			for _, events := range m.unnoticed {
				expected = append(expected, events...)
			}
			g.Expect(unnoticed).To(gomega.ConsistOf(expected))
		})
	}
}

func lines(story string) []string {
	var list []string
	for _, line := range strings.Split(story, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// TestNoHistoryMakesAJudgePanic asks every judge about histories that nobody
// could live: events of any kind in any order.
func TestNoHistoryMakesAJudgePanic(t *testing.T) {
	g := gomega.NewWithT(t)
	r := rand.New(rand.NewPCG(1, 2))
	broken := 0
	for range 5000 {
		run := nonsense(r)
		first := Judge(run, Terms{QueuedWithin: 1}, All())
		g.Expect(Judge(run, Terms{QueuedWithin: 1}, All())).To(gomega.Equal(first))
		affected, total := Radius(run)
		g.Expect(affected).To(gomega.BeNumerically("<=", total))
		for _, p := range All() {
			p.Check(run, Terms{})
		}
		if len(first) > 0 {
			broken++
		}
	}
	g.Expect(broken).To(gomega.BeNumerically(">", 2500))
}

func nonsense(r *rand.Rand) *history.Run {
	run := &history.Run{Outcome: history.Outcome(r.IntN(4)), End: time.Duration(r.IntN(40))}
	for id := range 1 + r.IntN(6) {
		t := &history.Task{ID: id, Path: string(rune('a' + id))}
		if id > 0 && r.IntN(8) > 0 {
			t.Parent = run.Tasks[r.IntN(id)]
		}
		run.Tasks = append(run.Tasks, t)
	}
	task := func() *history.Task { return run.Tasks[r.IntN(len(run.Tasks))] }
	perhaps := func() *history.Task {
		if r.IntN(8) == 0 {
			return nil
		}
		return task()
	}
	names := []string{"", Launch, Async, Scope, Supervisor, Noncancellable, Detached, Call, "await", "parent", "caller", "handler", "io", "io/db", "a", itsChildren}
	values := []string{"", "t-1", "t-2"}
	errs := []error{nil, message("m"), &GoexitError{}, &failures{message("m"), &GoexitError{}}, failures{message("n")}, timeout("t"),
		&faults.Injected{Strike: faults.Strike{Site: "scope/run", Hit: 1, Task: "a", Fault: faults.Fault{Kind: faults.Error, Text: "boom"}}},
		&faults.Injected{Strike: faults.Strike{Site: "scope/run", Hit: 1, Task: "b", Fault: faults.Fault{Kind: faults.CancelTask}}}}
	kinds := []history.Kind{history.Struck, history.Done, history.Healed, history.Recovered, history.Said, history.Expected, history.Owned, history.Carried}
	for k := history.Opened; k <= history.Waiting; k++ {
		kinds = append(kinds, k)
	}
	for k := history.Sent; k <= history.Unanswered; k++ {
		kinds = append(kinds, k)
	}
	for i := range r.IntN(40) {
		e := history.Event{
			Step: i / 2, At: time.Duration(i), Kind: kinds[r.IntN(len(kinds))], Task: task(), Of: perhaps(),
			Name: names[r.IntN(len(names))], Err: errs[r.IntN(len(errs))], Flag: r.IntN(2) == 0,
			Value: values[r.IntN(len(values))],
			Site:  "scope/run", Hit: 1, Fault: faults.Fault{Kind: faults.All.Nth(r.IntN(faults.All.Len())), Delay: 3},
		}
		run.Events = append(run.Events, e)
		run.Steps = append(run.Steps, history.Step{Task: task(), Site: "scope/await"})
	}
	run.Left = []history.Live{{State: "select"}, {Task: perhaps(), State: "select"}}
	run.Waiters = run.Left
	return run
}
