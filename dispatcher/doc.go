// Package dispatcher is where tasks run: pools of workers with a limit, views of
// them with a lower one, and the caller's own goroutine.
//
// Use
//
//   - [NewDefault] for work that computes: as many workers as cores;
//   - [NewIO] for work that blocks: elastic, 64 workers at most by default;
//   - [NewFixed] for a bulkhead: work that may block keeps to a pool of its own;
//   - [Dispatcher.Limited] for a share of a pool, or, with 1, for state that one
//     task at a time may touch;
//   - [NewUnconfined] for the caller's goroutine: sequential, in tests mostly.
//
// and hand work over by [Do] (hop there and wait), [Submit] (wait later) or
// [Dispatcher.Dispatch] (callbacks; what package scope builds on).
//
// # Limits
//
// There is one limit, the one given to the constructor or by [Limit], and views
// below it. There is no second one for threads, queue length or idle workers: a
// queue grows without bound, and who waits is in [Dispatcher.Snapshot].
//
// # Workers
//
// A worker is a goroutine that is started when work arrives and fewer than the
// limit are busy; it goes on with what is queued, first come, first served, and
// ends when nothing is. A dispatcher without work has no goroutine, timer or
// channel, so it cannot leak and need not be closed. A worker that is lost, or
// whose work calls runtime.Goexit, is replaced: capacity is never lost. What a
// lost worker had taken but not begun its replacement runs next.
//
// # What becomes of work
//
// Each piece of work ends in exactly one of these ways:
//
//   - refused: the dispatcher is closed, or the context done, when it is handed over;
//   - run, once;
//   - abandoned, with a cause: its context was done when its turn came; it was
//     taken back because Do, Ticket.Wait or Withdraw found its context done; or
//     the dispatcher was closed while it waited.
//
// # Order
//
// First come, first served in each queue. Work handed to a view joins the base's
// queue when the view has a place for it, behind what waits there.
//
// # Happens before
//
// In the sense of the Go memory model:
//
//   - the call of Dispatch, Do or Submit happens before the first step of the work;
//   - the last step of the work happens before Do, Ticket.Wait or a receive from
//     Ticket.Done returns with its result;
//   - on a pool or view with the limit 1, the last step of one piece of work
//     happens before the first step of the next; with the limit n, the last
//     step of the k-th to end happens before the first of the (k+n)-th to begin;
//   - the last step of all work handed over before Drain was called happens
//     before Drain returns nil;
//   - the call of Close happens before the work that it abandons learns of it.
//
// # Starvation
//
// Work that waits because everyone who has a place is blocked is never silent if
// [OnStall] is set: it reports who waits, how long, and who has the places. A task
// that waits, by Do, for work on its own full pool is a deadlock of which
// [Snapshot.Deadlock] tells the cycle.
//
// # Errors and panics
//
// Errors: [*ClosedError], [*PanicError], [*GoexitError], and the causes of contexts.
// The package panics for misuse only: a limit below 1, a view of Unconfined, an
// OnStall without function or time.
//
// # In a run of the harness
//
// The context of a constructor names the pool's task, and workers are tasks below
// it ("checkout/db/worker-1"): construct the dispatcher inside the run. Work is
// its own task, that of the context it was handed over with. For each piece of
// work the history has Queued, then Running and Finished, or Refused; or Refused
// alone if it was never let in. Their Name is the dispatcher that the work was
// handed to: what is on pool "io" is all whose Name is "io" or starts with "io/".
// Who waits in Do or Ticket.Wait has Waiting with the work's path.
package dispatcher
