package prices

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/sync/errgroup"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
)

var _ = harness.Describe(harness.Scenario{
	ID: "C2", Title: "shared look-ups", Source: "this shop",
	Properties: []string{"P-LEAK", "P-STARVE"},
	Faults:     []harness.Allow{harness.Strike("prices/...", faults.Error|faults.Hang)},
	Facts:      []string{"a look-up failed", "a look-up took too long", "somebody gave up and another got the price", "a look-up was shared"},
	Body:       func(r *harness.Run) { customers(r, (*Cache).Price) },
	Controls: []harness.Control{{
		Name: "first-callers-context", Story: "the look-up is cancelled with whoever asked first",
		Breaks: "P-EXPECT",
		Body: func(r *harness.Run) {
			customers(r, func(c *Cache, ctx context.Context, sku string) (int, error) { return c.price(ctx, ctx, sku) })
		},
	}},
})

var errGone = errors.New("the customer is gone")

// customers ask for one price at about the same time; some give up.
func customers(r *harness.Run, price func(*Cache, context.Context, string) (int, error)) {
	lookUps := 0
	cache := New(func(ctx context.Context, sku string) (int, error) {
		lookUps++
		return 250, r.Sleep(ctx, 10*time.Millisecond)
	})
	var group errgroup.Group
	count := r.Int("customers", 2, 4)
	errs := make([]error, count)
	for i := range count {
		ctx, giveUp := context.WithCancelCause(r.Context())
		stays := !r.Bool(fmt.Sprintf("customer %d gives up", i+1))
		if !stays {
			timer := time.AfterFunc(5*time.Millisecond, func() { giveUp(errGone) })
			defer timer.Stop()
		}
		group.Go(harness.Instrument(ctx, fmt.Sprintf("customer-%d", i+1), func(ctx context.Context) error {
			cents, err := price(cache, ctx, "tea")
			switch {
			case err == nil:
				r.Expect(cents).To(Equal(250))
			case stays:
				r.Expect(err).NotTo(MatchError(errGone), "nobody may fail because another gave up")
			}
			errs[i] = err
			return nil
		}))
		defer giveUp(nil)
	}
	r.Expect(group.Wait()).To(Succeed())
	_ = r.Sleep(r.Context(), 2*patience) // a look-up whose askers are all gone goes on

	var injected *faults.Injected
	priced, gone := false, false
	for _, err := range errs {
		priced, gone = priced || err == nil, gone || errors.Is(err, errGone)
		r.Sometimes("a look-up failed", errors.As(err, &injected))
		r.Sometimes("a look-up took too long", errors.Is(err, context.DeadlineExceeded))
	}
	r.Sometimes("somebody gave up and another got the price", priced && gone)
	r.Sometimes("a look-up was shared", priced && lookUps == 1)
}

var _ = Describe("the cache", func() {
	harness.Explore("a known price is not looked up again", func(r *harness.Run) {
		lookUps := 0
		cache := New(func(context.Context, string) (int, error) { lookUps++; return 250, nil })
		_, first := cache.Price(r.Context(), "tea")
		known := lookUps
		cents, second := cache.Price(r.Context(), "tea")
		if first == nil {
			r.Expect(second).NotTo(HaveOccurred())
			r.Expect(cents).To(Equal(250))
			r.Expect(lookUps).To(Equal(known))
		}
		r.Sometimes("asked again after a failure", first != nil && second == nil)
	}, harness.Faults("prices/look-up", faults.Error, faults.Hang))
})

func TestPrices(t *testing.T) { harness.RunSpecs(t, "prices") }
