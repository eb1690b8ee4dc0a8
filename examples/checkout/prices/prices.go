// Package prices remembers prices that are slow to look up.
package prices

import (
	"context"
	"sync"
	"time"

	"github.com/pingcap/failpoint"
	"golang.org/x/sync/singleflight"

	"github.com/squall-go/squall/faults"
)

var lookUpPoint = faults.Site{Name: "look-up", Doc: "before a price is looked up",
	Allows: faults.Error | faults.Hang}

var toldPoint = faults.Site{Name: "told", Doc: "a caller has an answer, or gives up, or both"}

// Cache remembers prices. Callers who ask for the same one at the same time share
// a look-up, which none of them owns: that one of them gives up is nothing to
// the others.
type Cache struct {
	lookUp  func(ctx context.Context, sku string) (int, error)
	flights singleflight.Group

	mu    sync.Mutex
	known map[string]int
}

// patience is how long a look-up may take.
const patience = time.Second

// New makes an empty cache of what lookUp finds.
func New(lookUp func(ctx context.Context, sku string) (int, error)) *Cache {
	return &Cache{lookUp: lookUp, known: map[string]int{}}
}

// Price is the price in cents. The error is that of the look-up, or the cause of
// ctx; a price that is known wins over both.
func (c *Cache) Price(ctx context.Context, sku string) (int, error) {
	return c.price(ctx, context.WithoutCancel(ctx), sku)
}

// price looks up in the context shared, if nobody else does.
func (c *Cache) price(ctx, shared context.Context, sku string) (int, error) {
	if price, ok := c.remembered(sku); ok {
		return price, nil
	}
	shared = faults.WithTask(shared, "look-up") // here: it is somebody else's goroutine inside
	answer := c.flights.DoChan(sku, func() (any, error) {
		ctx, cancel := context.WithTimeout(shared, patience)
		defer cancel()
		return c.fetch(ctx, sku)
	})
	var told singleflight.Result
	select {
	case told = <-answer:
	case <-ctx.Done():
		told.Err = context.Cause(ctx)
	}
	failpoint.Inject("told", func() { toldPoint.At(ctx) })
	if price, ok := c.remembered(sku); ok {
		return price, nil
	}
	return 0, told.Err
}

func (c *Cache) fetch(ctx context.Context, sku string) (int, error) {
	failpoint.Inject("look-up", func() {
		if err := lookUpPoint.Err(ctx); err != nil {
			failpoint.Return(0, err)
		}
	})
	price, err := c.lookUp(ctx, sku)
	if err == nil {
		c.remember(sku, price)
	}
	return price, err
}

func (c *Cache) remembered(sku string) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	price, ok := c.known[sku]
	return price, ok
}

func (c *Cache) remember(sku string, price int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[sku] = price
}
