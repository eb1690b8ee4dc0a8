// Shop serves the checkout page.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"time"

	"example.com/checkout/page"
	"example.com/checkout/prices"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cache := prices.New(func(context.Context, string) (int, error) { return 250, nil })
	shop := page.New(ctx, cache.Price, func(context.Context, []string) ([]string, error) {
		return []string{"sugar"}, nil
	})
	server := &http.Server{Addr: "localhost:8080", Handler: shop, ReadHeaderTimeout: time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}
