package cardreader

import (
	"context"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

// Some markers stand in functions of their own: inside the bigger function they
// would move the compiler's spills about in a normal build. They are not inlined
// because a marker counts in the cost of its function.

// note tells what the task of ctx does with the resource name.
//
//go:noinline
func note(ctx context.Context, kind faults.EventKind, name string) {
	failpoint.Inject("note", func() {
		faults.Note(ctx, faults.Event{Kind: kind, Name: name})
	})
}

// awake is the first act after a wait.
//
//go:noinline
func awake(ctx context.Context) {
	failpoint.Inject("wake", func() { wakePoint.At(ctx) })
}

// beforeSubscribe returns why a listener cannot be installed.
//
//go:noinline
func beforeSubscribe(ctx context.Context) error {
	failpoint.Inject("subscribe", func() {
		if err := subscribePoint.Err(ctx); err != nil {
			failpoint.Return(err)
		}
	})
	return nil
}

// astray carries out what strikes a command, and reports whether that was all.
//
//go:noinline
func (c *Controller) astray(ctx context.Context, kind command) bool {
	failpoint.Inject("command", func() {
		failpoint.Return(c.misled(ctx, kind, commandPoint.At(ctx)))
	})
	return false
}

// begun is the first act of the device's goroutine.
//
//go:noinline
func (c *Controller) begun(ctx context.Context) {
	failpoint.Inject("usb", func() {
		if usbPoint.At(ctx).Is(faults.Close) {
			c.Unplug()
		}
	})
}

// paused is the device's first act after a wait.
//
//go:noinline
func paused(ctx context.Context) {
	failpoint.Inject("device", func() { devicePoint.At(ctx) })
}
