package harness

import (
	"context"
	"sync"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
)

// CanaryID is the id of the scenario that every soak runs beside the others, and
// that must fail: it needs one fault, in one task, while another one has got
// ahead. A soak that does not find it has gone blind.
const CanaryID = "canary"

var canary = Scenario{
	ID: CanaryID, Title: "a bug that every soak must find", Source: "this harness",
	Faults:    []explore.Allow{Strike("harness/run", faults.Error)},
	Terms:     judge.Terms{},
	NoControl: "it is one",
	Body: func(r *Run) {
		var all sync.WaitGroup
		delivered := false
		post := func(name string, fn func(context.Context) error) {
			body := Instrument(r.Context(), name, fn)
			all.Add(1)
			go func() {
				defer all.Done()
				if err := body(); err != nil && delivered {
					r.Broken("", "%s failed after the letter had been delivered: %v", name, err)
				}
			}()
		}
		post("stamp", func(context.Context) error { return nil })
		post("deliver", func(ctx context.Context) error {
			r.Step(ctx)
			delivered = true
			return nil
		})
		all.Wait()
		r.Step(r.Context())
	},
}
