package services_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
	"github.com/squall-go/squall/fakes/internal/storm"
	"github.com/squall-go/squall/fakes/services"
)

func TestCallTakesTheLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		prices := services.New("prices", 3*time.Millisecond)
		begin := time.Now()
		reply, err := prices.Call(context.Background(), "tea")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(time.Since(begin)).To(Equal(3 * time.Millisecond))
		g.Expect(reply.Body).To(Equal("prices(tea)"))
		g.Expect(reply.Check(prices, "tea")).To(Succeed())
		g.Expect(prices.Stats()).To(Equal(services.Stats{Called: 1, Answered: 1}))
	})
}

func TestCallEndsAtTheInstantOfCancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		prices := services.New("prices", 3*time.Millisecond)
		gone := errors.New("the client is gone")
		ctx, cancel := context.WithTimeoutCause(context.Background(), 2*time.Millisecond, gone)
		defer cancel()
		begin := time.Now()
		_, err := prices.Call(ctx, "tea")
		g.Expect(err).To(MatchError(gone))
		g.Expect(err).To(MatchError(`services: prices: call "tea": the client is gone`))
		g.Expect(time.Since(begin)).To(Equal(2 * time.Millisecond))
		g.Expect(prices.Stats()).To(Equal(services.Stats{Called: 1}))
	})
}

func TestReplyWinsOverACancellationAtTheSameInstant(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Millisecond)
			defer cancel()
			_, err := services.New("prices", 3*time.Millisecond).Call(ctx, "tea")
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
		})
	}
}

func TestCallOfACancelledCallerNeverLeaves(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	asked := false
	s := services.NewFunc("prices", 0, func(context.Context, string) (string, error) { asked = true; return "", nil })
	_, err := s.Call(ctx, "tea")
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(asked).To(BeFalse())
}

func TestHandlerSeesTheCallersContext(t *testing.T) {
	g := NewWithT(t)
	type token struct{}
	s := services.NewFunc("prices", 0, func(ctx context.Context, _ string) (string, error) {
		return ctx.Value(token{}).(string), nil
	})
	reply, err := s.Call(context.WithValue(context.Background(), token{}, "secret"), "tea")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(reply.Body).To(Equal("secret"))
}

func TestHandlersErrorIsTheCalls(t *testing.T) {
	g := NewWithT(t)
	boom := errors.New("boom")
	s := services.NewFunc("prices", 0, func(context.Context, string) (string, error) { return "", boom })
	_, err := s.Call(context.Background(), "tea")
	g.Expect(err).To(MatchError(boom))
	g.Expect(s.Stats()).To(Equal(services.Stats{Called: 1}))
}

func TestCheckTellsAnothersReply(t *testing.T) {
	g := NewWithT(t)
	prices, stock := services.New("prices", 0), services.New("stock", 0)
	reply, err := prices.Call(context.Background(), "tea")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(reply.Check(stock, "tea")).To(MatchError(`services: stock: call "tea" was given the reply of prices to "tea"`))
	g.Expect(reply.Check(prices, "milk")).To(MatchError(`services: prices: call "milk" was given the reply of prices to "tea"`))
	reply.Body = "free"
	g.Expect(reply.Check(prices, "tea")).To(MatchError(services.ErrCorrupt))
}

func TestStruckCalls(t *testing.T) {
	for plan, want := range map[string]string{
		`fakes/services/call #1 in story: error "boom"`:  "boom",
		`fakes/services/call #1 in story: cancel-task`:   "cancel-task",
		`fakes/services/call #1 in story: deadline`:      "deadline",
		`fakes/services/reply #1 in story: error "torn"`: "torn",
	} {
		t.Run(plan, func(t *testing.T) {
			var err error
			storm.Run(t, 1, plan, func(ctx context.Context) {
				_, err = services.New("prices", time.Millisecond).Call(ctx, "tea")
			})
			NewWithT(t).Expect(err).To(MatchError(HavePrefix(`services: prices: call "tea": ` + want)))
		})
	}
}

func TestCorruptReplyIsDeliveredAndTellsItself(t *testing.T) {
	prices := services.New("prices", time.Millisecond)
	var reply services.Reply
	var err error
	storm.Run(t, 1, `fakes/services/reply #1 in story: corrupt`, func(ctx context.Context) {
		reply, err = prices.Call(ctx, "tea")
	})
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(reply.Check(prices, "tea")).To(MatchError(services.ErrCorrupt))
}

func Example() {
	prices := services.New("prices", 0)
	reply, err := prices.Call(context.Background(), "tea")
	fmt.Println(reply.Body, err)
	// Output: prices(tea) <nil>
}
