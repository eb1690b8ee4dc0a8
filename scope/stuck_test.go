package scope_test

import (
	"context"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/scope"
)

// The stuck call wraps the timeout that interrupted it, and the scope around
// counts that timeout as a failure too: the call must not be taken for it.
func TestStuckCallIsReportedThroughEveryScopeAroundIt(t *testing.T) {
	bubble(t, func(ctx context.Context, g *WithT) {
		p := newPipe()
		p.fails = errLate
		err := scope.Run(ctx, "server", func(s *scope.Scope) error {
			return scope.WithTimeout(s.Context(), "serve", time.Second, func(ctx context.Context) error {
				return scope.CloseOnCancel(ctx, "accept", p, p.Accept)
			})
		})
		var failures *scope.Failures
		var stuck *scope.StuckError
		g.Expect(errors.As(err, &failures)).To(BeTrue())
		g.Expect(failures.First()).To(Equal(&scope.TimeoutError{Name: "server/serve", After: time.Second}))
		g.Expect(errors.As(err, &stuck)).To(BeTrue())
		g.Expect(failures.Unwrap()).To(HaveLen(2), "each of them once")
		close(p.closed)
	})
}
