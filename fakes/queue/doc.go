// Package queue is the bounded queue between the producers and the consumers of
// *Kotlin Coroutines in Complex Features*, in the two kinds whose difference
// that account is about:
//
//   - [Blocking] keeps its caller, and the caller's worker with it, until there
//     is room or a value. Cancellation does not reach it: on a small pool it
//     starves for ever, and a benchmark cancelled midway leaks the excess side.
//   - [Suspending] gives up when the context is done. Waiters are served first
//     come, first served.
//
// # How they differ from the real thing
//
//   - [Blocking] takes a context, which the queues of that account do not. It
//     is who the caller is, never a reason to stop waiting.
//   - [Blocking] can be closed, so that a run that has shown the leak can end.
//   - Both count everything; see [Stats].
//
// # Failpoints
//
//   - queue/put and queue/take: before the queue is touched. A put that fails
//     there is refused; a take that fails there takes nothing.
//   - queue/wake: after each wait.
package queue

import "errors"

// ErrClosed is matched by the errors of calls on a closed queue: every put, and
// every take that finds no value left.
var ErrClosed = errors.New("the queue is closed")

// Stats is the books of a queue. At every moment
//
//	Sent = Received + Refused + Queued + Waiting
type Stats struct {
	Sent     int // values given to Put
	Received int // values that Take returned, or is about to
	Refused  int // values whose Put failed: cancelled, closed or struck
	Queued   int // values that wait for a Take
	Waiting  int // values whose Put waits for room
	Takers   int // calls of Take that wait for a value
}
