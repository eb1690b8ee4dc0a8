package dispatcher_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/dispatcher"
)

func TestViewsKeepTheirLimitsAndTheBases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx := context.Background()
		base := dispatcher.NewFixed(ctx, "base", 4)
		wide := base.Limited("wide", 3)
		views := []*dispatcher.Dispatcher{base, wide, base.Limited("narrow", 2), wide.Limited("inner", 1)}
		var all gauge
		each := make([]gauge, len(views))
		for range 40 {
			for i, v := range views {
				_, err := dispatcher.Submit(ctx, v, "", func(ctx context.Context) error {
					return each[i].work(0)(ctx)
				})
				g.Expect(err).NotTo(HaveOccurred())
				_, err = dispatcher.Submit(ctx, v, "", func(ctx context.Context) error {
					own := each[i].work(time.Millisecond)
					return all.work(0)(contextDone(own, ctx))
				})
				g.Expect(err).NotTo(HaveOccurred())
			}
		}
		g.Expect(base.Drain(ctx)).To(Succeed())
		for i, most := range []int64{4, 3, 2, 1} {
			g.Expect(each[i].total.Load()).To(BeEquivalentTo(80))
			g.Expect(each[i].most.Load()).To(BeNumerically("<=", most), views[i].Name())
			g.Expect(views[i].Stats()).To(Equal(dispatcher.Stats{Name: views[i].Name(), Limit: int(most)}))
		}
	})
}

// contextDone runs fn and returns ctx.
func contextDone(fn func(context.Context) error, ctx context.Context) context.Context {
	_ = fn(ctx)
	return ctx
}
