// Package page renders the page that a customer sees before paying: the prices,
// without which there is no page, and recommendations, without which there is.
package page

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/pingcap/failpoint"

	"github.com/squall-go/squall/dispatcher"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/scope"
)

var pricePoint = faults.Site{Name: "price", Doc: "before a price is asked for",
	Allows: faults.Error | faults.Delay | faults.Hang}

var recommendPoint = faults.Site{Name: "recommend", Doc: "before recommendations are asked for",
	Allows: faults.Error | faults.Panic | faults.Hang}

// Page is what is rendered.
type Page struct {
	Prices          []Price
	Recommendations []string // nil if there were none in time
}

// Price is what one thing in the basket costs.
type Price struct {
	SKU   string
	Cents int
}

// Shop renders pages. It is an http.Handler.
type Shop struct {
	price     func(ctx context.Context, sku string) (int, error)
	recommend func(ctx context.Context, basket []string) ([]string, error)

	db      *dispatcher.Dispatcher // prices block; they keep to a pool of their own
	enclose func(ctx context.Context, name string, fn func(*scope.Scope) error, opts ...scope.Option) error
	launch  func(parts *scope.Scope, recommend func(context.Context) error)
}

const (
	pricesWithin    = 800 * time.Millisecond
	recommendWithin = 300 * time.Millisecond
)

// New makes a shop. ctx is the program's: the pool for the prices lives in it.
func New(ctx context.Context, price func(context.Context, string) (int, error), recommend func(context.Context, []string) ([]string, error)) *Shop {
	return &Shop{
		price: price, recommend: recommend, db: dispatcher.NewFixed(ctx, "db", 2),
		enclose: scope.Supervise, launch: launch,
	}
}

// launch starts the recommendations as a part of the page. The log is told when
// they fail; the page is not.
func launch(parts *scope.Scope, recommend func(context.Context) error) {
	parts.Launch("recommendations", recommend, scope.Timeout(recommendWithin), scope.Handler(report))
}

func report(f *scope.Failure) error {
	slog.WarnContext(f.Context, "a part of a page is missing", "part", f.Path, "error", f.Err)
	return nil
}

// ServeHTTP answers with the page of the basket in the query: /?sku=tea&sku=cup.
func (s *Shop) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	page, err := s.render(req.Context(), req.URL.Query()["sku"])
	switch {
	case err == nil:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(page) // the customer may be gone
	case errors.Is(err, context.DeadlineExceeded):
		http.Error(w, "the prices are late", http.StatusGatewayTimeout)
	default:
		http.Error(w, "no prices", http.StatusBadGateway)
	}
}

// render asks for everything at once. A supervisor, because recommendations that
// fail must not take the prices with them.
func (s *Shop) render(ctx context.Context, basket []string) (Page, error) {
	var page Page
	err := s.enclose(ctx, "page", func(parts *scope.Scope) (err error) {
		s.launch(parts, func(ctx context.Context) (err error) {
			page.Recommendations, err = s.recommendations(ctx, basket)
			return err
		})
		page.Prices, err = s.prices(parts.Context(), basket)
		return err
	})
	return page, err
}

func (s *Shop) recommendations(ctx context.Context, basket []string) ([]string, error) {
	failpoint.Inject("recommend", func() {
		if err := recommendPoint.Err(ctx); err != nil {
			failpoint.Return(nil, err)
		}
	})
	return s.recommend(ctx, basket)
}

// prices is all of them or the first failure.
func (s *Shop) prices(ctx context.Context, basket []string) ([]Price, error) {
	prices := make([]Price, len(basket))
	err := scope.Run(ctx, "prices", func(all *scope.Scope) error {
		for i, sku := range basket {
			all.Launch(sku, func(ctx context.Context) (err error) {
				prices[i].SKU = sku
				prices[i].Cents, err = s.priceOf(ctx, sku)
				return err
			}, scope.On(s.db))
		}
		return nil
	}, scope.Timeout(pricesWithin))
	return prices, err
}

func (s *Shop) priceOf(ctx context.Context, sku string) (int, error) {
	failpoint.Inject("price", func() {
		if err := pricePoint.Err(ctx); err != nil {
			failpoint.Return(0, err)
		}
	})
	return s.price(ctx, sku)
}
