package scope_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/scope"
)

// dice is an engine that strikes at random. It says nothing about schedules;
// what it proves is that the package keeps its promises wherever it is struck.
type dice struct {
	mu        sync.Mutex
	rand      *rand.Rand
	struck    []*faults.Injected
	seen      map[string]int
	delivered map[error]int
}

func (d *dice) Spawn(*faults.Task) {}

func (d *dice) Note(_ context.Context, _ *faults.Task, e faults.Event) {
	if e.Kind != faults.Delivered {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, err := range d.struck {
		if errors.Is(e.Err, err) {
			d.delivered[err]++
		}
	}
}

func (d *dice) At(ctx context.Context, t *faults.Task, s *faults.Site) faults.Fault {
	time.Sleep(d.pause())
	kind := d.roll(s)
	f := faults.Fault{Kind: kind, Text: "boom"}
	err := &faults.Injected{Strike: faults.Strike{Site: s.String(), Task: t.Path(), Hit: 1, Fault: f}}
	if kind.Has(kind & faults.Failure) {
		d.mu.Lock()
		d.struck = append(d.struck, err)
		d.mu.Unlock()
	}
	switch kind {
	case faults.Error:
		f.Err = err
	case faults.Panic:
		panic(err)
	case faults.Goexit:
		runtime.Goexit()
	case faults.Delay:
		time.Sleep(time.Millisecond)
	case faults.CancelTask, faults.CancelParent, faults.CancelRoot, faults.Deadline:
		if o := t.Owner(); o != nil {
			o.Cancel(err)
		}
	case faults.Hang:
		select {
		case <-ctx.Done():
		case <-time.After(time.Hour):
			return f
		}
		f.Err = context.Cause(ctx)
	case faults.Wedge:
		time.Sleep(time.Hour)
	}
	return f
}

func (d *dice) pause() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Duration(d.rand.IntN(5))
}

func (d *dice) roll(s *faults.Site) faults.Kind {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen[s.Name]++
	if s.Allows.Len() == 0 || d.rand.IntN(8) > 0 {
		return 0
	}
	return s.Allows.Nth(d.rand.IntN(s.Allows.Len()))
}

// TestStruckAnywhere needs a build with the failpoints in it.
func TestStruckAnywhere(t *testing.T) {
	if len(faults.Markers()) == 0 {
		t.Skip("no failpoint is built in; build with the overlay")
	}
	g, seen := NewWithT(t), map[string]int{}
	for seed := range uint64(2000) {
		d := &dice{rand: rand.New(rand.NewPCG(seed, 0)), seen: seen, delivered: map[error]int{}}
		synctest.Test(t, func(t *testing.T) {
			// A Goexit of Run's own function would end the test with it.
			over := make(chan struct{})
			go func() {
				defer close(over)
				storm(faults.Root(context.Background(), d, "root", nil))
			}()
			<-over
			time.Sleep(3 * time.Hour) // what was wedged comes back
		})
		for _, err := range d.struck {
			if err.Strike.Fault.Is(faults.Error|faults.Panic) && !excused[err.Strike.Site] {
				g.Expect(d.delivered[err]).To(BeNumerically(">", 0), "seed %d: %v reached no owner; struck: %v", seed, err, d.struck)
			}
		}
		g.Expect(scope.Snapshot()).To(BeEmpty(), "seed %d", seed)
	}
	for _, m := range faults.Markers() {
		if m.Package == "github.com/squall-go/squall/scope" && m.Site != nil {
			g.Expect(seen).To(HaveKey(m.Site.Name))
		}
	}
}

// excused are the sites whose failures no note has to tell of: a handler's goes
// to the next handler, a section's and Close's to their caller, which may be
// cancelled or panicking at the time, a call's comes late when it was stuck.
var excused = map[string]bool{
	"scope/handler": true, "scope/section-begin": true, "scope/section-end": true, "scope/call-close": true,
	"scope/call": true, "scope/call-end": true,
}

func storm(ctx context.Context) {
	till := scope.NewMutex("till")
	quiet := scope.Handler(func(*scope.Failure) error { return nil })
	app := scope.New(ctx, "app", scope.Supervisor(), quiet)
	defer func() { _ = app.Close(ctx) }()
	app.Launch("request", func(ctx context.Context) error {
		return scope.Run(ctx, "page", func(s *scope.Scope) error {
			a := scope.Async(s, "a", func(ctx context.Context) (int, error) {
				return 1, till.WithLock(ctx, func() error { time.Sleep(3 * time.Nanosecond); return nil })
			}, scope.Timeout(time.Minute))
			s.Launch("b", func(ctx context.Context) error {
				return till.WithLock(ctx, func() error { return scope.NonCancellable(ctx, "cleanup", time.Second, pauseFor(5)) })
			}, scope.On(dispatchFunc(func(run func()) { go run() })))
			_, err := a.Await(s.Context())
			return err
		})
	})
	app.Launch("accept", func(ctx context.Context) error {
		p := newPipe()
		free := sync.OnceFunc(func() { _ = p.Close() })
		time.AfterFunc(2*time.Hour, free) // a Close that is struck leaves the call stuck
		return scope.CloseOnCancel(ctx, "accept", closer(func() error { free(); return nil }), p.Accept)
	}, scope.Timeout(time.Second), scope.DumpOnTimeout(io.Discard))
	app.Launch("inner", func(ctx context.Context) error {
		inner := scope.New(ctx, "plain")
		inner.Launch("x", pauseFor(2)).Cancel(nil)
		inner.Launch("", pauseFor(2), scope.On(&line{})).Cancel(nil)
		inner.Launch("y", pauseFor(2))
		err := inner.Join(ctx)
		inner.Cancel(nil)
		return err
	})
	_ = scope.Detach(ctx, "island", pauseFor(4)).Join(ctx)
	_ = scope.Supervise(ctx, "s", func(s *scope.Scope) error {
		return fmt.Errorf("join: %w", s.Launch("z", pauseFor(1)).Join(s.Context()))
	})
}

func pauseFor(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		time.Sleep(d)
		return context.Cause(ctx)
	}
}
