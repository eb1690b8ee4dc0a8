package peers

import (
	"context"
	"time"
)

// now is what tells about the child: its own context once it has begun.
func (c *childContext) now() context.Context {
	if d := c.inner.Load(); d != nil {
		return d
	}
	return c.outer
}

// Deadline is that of the context which the library gave the child.
func (c *childContext) Deadline() (time.Time, bool) { return c.now().Deadline() }

// Done is that of the context which the library gave the child.
func (c *childContext) Done() <-chan struct{} { return c.now().Done() }

// Err is that of the context which the library gave the child.
func (c *childContext) Err() error { return c.now().Err() }

// Value also answers package context's own keys, so that causes are found.
func (c *childContext) Value(key any) any { return c.now().Value(key) }
