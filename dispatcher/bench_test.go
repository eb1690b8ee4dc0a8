package dispatcher_test

import (
	"context"
	"sync"
	"testing"

	"github.com/squall-go/squall/dispatcher"
)

// The same work under the same limit: a goroutine each behind a channel used as
// a semaphore, and the ways of this package.

const benchLimit = 64

func BenchmarkSemaphore(b *testing.B) {
	b.ReportAllocs()
	places := make(chan struct{}, benchLimit)
	var wg sync.WaitGroup
	for b.Loop() {
		wg.Add(1)
		places <- struct{}{}
		go func() {
			<-places
			wg.Done()
		}()
	}
	wg.Wait()
}

func BenchmarkDispatch(b *testing.B) {
	b.ReportAllocs()
	ctx := context.Background()
	d := dispatcher.NewIO(ctx, dispatcher.Limit(benchLimit))
	var wg sync.WaitGroup
	run, abandon := wg.Done, func(error) {}
	for b.Loop() {
		wg.Add(1)
		if err := d.Dispatch(ctx, run, abandon); err != nil {
			b.Fatal(err)
		}
	}
	wg.Wait()
}

func BenchmarkDispatchToView(b *testing.B) {
	b.ReportAllocs()
	ctx := context.Background()
	d := dispatcher.NewIO(ctx).Limited("view", 1)
	var wg sync.WaitGroup
	run, abandon := wg.Done, func(error) {}
	for b.Loop() {
		wg.Add(1)
		if err := d.Dispatch(ctx, run, abandon); err != nil {
			b.Fatal(err)
		}
	}
	wg.Wait()
}

func BenchmarkSemaphoreAndWait(b *testing.B) {
	b.ReportAllocs()
	places := make(chan struct{}, benchLimit)
	for b.Loop() {
		done := make(chan struct{})
		places <- struct{}{}
		go func() {
			defer close(done)
			<-places
		}()
		<-done
	}
}

func BenchmarkDo(b *testing.B) {
	b.ReportAllocs()
	ctx := context.Background()
	d := dispatcher.NewIO(ctx, dispatcher.Limit(benchLimit))
	for b.Loop() {
		if err := dispatcher.Do(ctx, d, "task", func(context.Context) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnconfined(b *testing.B) {
	b.ReportAllocs()
	ctx := context.Background()
	d := dispatcher.NewUnconfined()
	run, abandon := func() {}, func(error) {}
	for b.Loop() {
		if err := d.Dispatch(ctx, run, abandon); err != nil {
			b.Fatal(err)
		}
	}
}
