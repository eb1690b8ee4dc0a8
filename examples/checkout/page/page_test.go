package page

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scope"
)

var _ = harness.Describe(harness.Scenario{
	ID: "C1", Title: "checkout page", Source: "this shop",
	Properties: []string{"P-BLAST", "P-CANCEL", "P-ERROR", "P-LEAK", "P-STARVE"},
	Faults: []harness.Allow{
		harness.Strike("page/...", faults.Error|faults.Panic|faults.Delay|faults.Hang),
	},
	Facts:     []string{"a page without recommendations", "a price failed", "the prices were late"},
	Durations: []time.Duration{pricesWithin, recommendWithin},
	Body:      func(r *harness.Run) { checkout(r, func(*Shop) {}) },
	Controls: []harness.Control{{
		Name: "all-or-nothing", Story: "recommendations that fail take the prices with them",
		Breaks: "P-EXPECT",
		Body:   func(r *harness.Run) { checkout(r, func(s *Shop) { s.enclose = scope.Run }) },
	}, {
		Name: "patient", Story: "nobody stops waiting for recommendations",
		Breaks: "P-STARVE", Task: "recommendations",
		Body: func(r *harness.Run) { checkout(r, func(s *Shop) { s.launch = launchWithoutTimeout }) },
	}, {
		Name: "never-awaited", Story: "without prices nobody learns that the recommendations failed, too",
		Breaks: "P-ERROR", Task: "page/recommendations",
		Body: func(r *harness.Run) { checkout(r, func(s *Shop) { s.launch = async }) },
	}},
})

func launchWithoutTimeout(parts *scope.Scope, recommend func(context.Context) error) {
	parts.Launch("recommendations", recommend, scope.Handler(report))
}

// async is how the page was written at first. P-ERROR found that its failure is
// swallowed: an async job's belongs to its awaiters, and there is none.
func async(parts *scope.Scope, recommend func(context.Context) error) {
	scope.Async(parts, "recommendations", func(ctx context.Context) (struct{}, error) {
		return struct{}{}, recommend(ctx)
	}, scope.Timeout(recommendWithin))
}

// checkout is one customer at a shop whose services work: what goes wrong is
// what strikes.
func checkout(r *harness.Run, change func(*Shop)) {
	basket := []string{"tea", "cup", "pot"}[:r.Int("basket", 1, 3)]
	var answered atomic.Int64
	shop := New(r.Context(), func(context.Context, string) (int, error) {
		answered.Add(1)
		return 250, nil
	}, func(context.Context, []string) ([]string, error) {
		return []string{"sugar"}, nil
	})
	change(shop)

	request := httptest.NewRequestWithContext(r.Context(), http.MethodGet, "/", nil)
	query := request.URL.Query()
	query["sku"] = basket
	request.URL.RawQuery = query.Encode()
	answer, begin := httptest.NewRecorder(), time.Now()
	shop.ServeHTTP(answer, request)
	took := time.Since(begin)

	r.Sometimes("a price failed", answer.Code == http.StatusBadGateway)
	r.Sometimes("the prices were late", answer.Code == http.StatusGatewayTimeout)
	switch answer.Code {
	case http.StatusOK:
		var page Page
		r.Expect(json.Unmarshal(answer.Body.Bytes(), &page)).To(Succeed())
		r.Expect(page.Prices).To(HaveLen(len(basket)))
		for i, sku := range basket {
			r.Expect(page.Prices[i]).To(Equal(Price{SKU: sku, Cents: 250}))
		}
		r.Expect(page.Recommendations).To(Or(BeNil(), Equal([]string{"sugar"})))
		r.Sometimes("a page without recommendations", page.Recommendations == nil)
	case http.StatusGatewayTimeout:
		r.Expect(took).To(BeNumerically(">=", pricesWithin))
	default:
		r.Expect(answer.Code).To(Equal(http.StatusBadGateway))
		r.Expect(answered.Load()).To(BeNumerically("<", len(basket)), "every price was told, and there is no page")
	}
}

func TestPage(t *testing.T) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	harness.RunSpecs(t, "checkout page")
}
