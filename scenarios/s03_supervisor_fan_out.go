package scenarios

import (
	"context"
	"fmt"
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/scope"
)

// S3 asks several services at once under a supervisor: whatever fails, the
// others' answers arrive (fetchMetaDataSafe).
var S3 = harness.Scenario{
	ID: "S3", Title: "supervisor fan-out",
	Source:     ToastCaseStudy + "; " + InProduction,
	Properties: []string{"P-BLAST", "P-CANCEL", "P-ERROR", "P-LEAK", "P-STARVE"},
	Faults: []explore.Allow{
		harness.Strike("scope/run", faults.Failure|faults.Delay|faults.Hang|faults.CancelTask),
		harness.Strike("scope/end", faults.Failure|faults.Delay),
	},
	Terms:     judge.Terms{Radius: failedAlone},
	Facts:     []string{"a child failed and another answered", "every child failed", "a child timed out"},
	Durations: []time.Duration{answerWithin},
	Body:      func(r *harness.Run) { supervisorFanOut(r, r.Int("children", 2, 5), scope.Supervise) },
	Controls: []harness.Control{{
		Name: "cancels-siblings", Story: "a supervisor that cancels the siblings of a failed child",
		Breaks: "P-BLAST", Task: "fanout/",
		Body: func(r *harness.Run) { supervisorFanOut(r, r.Int("children", 2, 5), scope.Run) },
	}},
}

// SupervisorFanOutOf is S3 with a fixed number of children, for benchmarks.
func SupervisorFanOutOf(children int) harness.Scenario {
	s := S3
	s.Body = func(r *harness.Run) { supervisorFanOut(r, children, scope.Supervise) }
	return s
}

// answerWithin is how long a service may take.
const answerWithin = time.Second

// enclose is scope.Run or scope.Supervise.
type enclose func(ctx context.Context, name string, fn func(*scope.Scope) error, opts ...scope.Option) error

func supervisorFanOut(r *harness.Run, children int, supervise enclose) {
	failed, answered, late := 0, 0, false
	err := supervise(r.Context(), "fanout", func(s *scope.Scope) error {
		calls := make([]*scope.Deferred[int], children)
		for i := range calls {
			calls[i] = scope.Async(s, fmt.Sprintf("%c", 'A'+i), func(ctx context.Context) (int, error) {
				if err := r.Sleep(ctx, time.Duration(i)*time.Millisecond); err != nil {
					return 0, err
				}
				return i, nil
			}, scope.Timeout(answerWithin))
		}
		for i, call := range calls {
			answer, err := call.Await(s.Context())
			if err != nil {
				failed++
				late = late || isTimeout(err)
				continue
			}
			answered++
			r.Expect(answer).To(gomega.Equal(i))
		}
		return nil
	})
	r.Expect(err).NotTo(gomega.HaveOccurred())
	r.Sometimes("a child failed and another answered", failed > 0 && answered > 0)
	r.Sometimes("every child failed", answered == 0)
	r.Sometimes("a child timed out", late)
}
