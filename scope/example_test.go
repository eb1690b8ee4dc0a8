package scope_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/squall-go/squall/scope"
)

func price(context.Context) (int, error)          { return 42, nil }
func recommended(context.Context) (string, error) { return "", errors.New("recommendations are down") }

// All or nothing: the first failure is the answer.
func ExampleRun() {
	err := scope.Run(context.Background(), "page", func(s *scope.Scope) error {
		p := scope.Async(s, "price", price)
		scope.Async(s, "recommended", recommended)
		_, err := p.Await(s.Context())
		return err
	})
	fmt.Println(err)
	// Output: recommendations are down
}

// A failed part is left out.
func ExampleSupervise() {
	err := scope.Supervise(context.Background(), "page", func(s *scope.Scope) error {
		p := scope.Async(s, "price", price)
		r := scope.Async(s, "recommended", recommended)
		amount, err := p.Await(s.Context())
		if err != nil {
			return err
		}
		book, err := r.Await(s.Context())
		if err != nil {
			book = "nothing"
		}
		fmt.Println(amount, book)
		return nil
	})
	fmt.Println(err)
	// Output:
	// 42 nothing
	// <nil>
}

func ExampleWithTimeout() {
	err := scope.WithTimeout(context.Background(), "ask", time.Millisecond, func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	fmt.Println(err)
	// Output: scope: ask timed out after 1ms
}

func ExampleNew() {
	app := scope.New(context.Background(), "app", scope.Supervisor(), scope.Handler(func(f *scope.Failure) error {
		fmt.Println(f.Path, "failed:", f.Err)
		return nil
	}))
	app.Launch("mail", func(context.Context) error { return errors.New("no route") })
	fmt.Println(app.Close(context.Background()))
	fmt.Println(app.Launch("late", nil).Err())
	// Output:
	// app/mail failed: no route
	// <nil>
	// app/late failed: scope: app refused job "late": scope: closed
	// scope: app refused job "late": scope: closed
}

func ExampleMutex_WithLock() {
	till, total := scope.NewMutex("till"), 0
	err := scope.Run(context.Background(), "day", func(s *scope.Scope) error {
		for range 10 {
			s.Launch("", func(ctx context.Context) error {
				return till.WithLock(ctx, func() error { total += 5; return nil })
			})
		}
		return nil
	})
	fmt.Println(total, err)
	// Output: 50 <nil>
}
