package dispatcher_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/squall-go/squall/dispatcher"
)

// A bulkhead keeps calls that may block to a pool of their own.
func ExampleDo() {
	ctx := context.Background()
	legacy := dispatcher.NewFixed(ctx, "legacydb", 16)
	var rows int
	err := dispatcher.Do(ctx, legacy, "count", func(ctx context.Context) error {
		rows = 42 // a blocking call
		return nil
	})
	fmt.Println(rows, err)
	// Output: 42 <nil>
}

// A view of one confines state: no lock, no overlap, in order.
func ExampleDispatcher_Limited() {
	ctx := context.Background()
	counter := dispatcher.NewDefault(ctx).Limited("counter", 1)
	count := 0
	for range 1000 {
		_, _ = dispatcher.Submit(ctx, counter, "add", func(context.Context) error {
			count++
			return nil
		})
	}
	_ = counter.Drain(ctx)
	fmt.Println(count)
	// Output: 1000
}

func ExampleDispatcher_Close() {
	ctx := context.Background()
	d := dispatcher.NewIO(ctx)
	d.Close(ctx, errors.New("shutting down"))
	_, err := dispatcher.Submit(ctx, d, "late", func(context.Context) error { return nil })
	fmt.Println(err)
	// Output: dispatcher: io is closed: shutting down
}

func ExampleDispatcher_Dump() {
	d := dispatcher.NewIO(context.Background(), dispatcher.Limit(64))
	_ = d.Limited("background", 8)
	_ = d.Dump(os.Stdout)
	// Output:
	// io: 0 of 64 busy
	//   io/background: 0 of 8 busy
}

func ExampleNewUnconfined() {
	ctx := context.Background()
	d := dispatcher.NewUnconfined()
	_, _ = dispatcher.Submit(ctx, d, "task", func(context.Context) error {
		fmt.Println("task")
		return nil
	})
	fmt.Println("caller")
	// Output:
	// task
	// caller
}
