// Package scope is structured concurrency for Go: every goroutine is a job,
// every job belongs to a scope, and a scope does not end before its jobs. So a
// failure has an owner, a cancellation reaches everything it should and nothing
// else, and nothing outlives the function that started it.
//
// Use
//
//   - [Run] for parts of one answer: all of them, or the first failure;
//   - [Supervise] when a failed part must not take the others down;
//   - [New] for a scope that lives as long as a component;
//   - [Scope.Launch] for work without a result, [Async] for work with one;
//   - [Timeout] and [WithTimeout] for deadlines that say whose they were, and
//     [DumpOnTimeout] to see what was in the way;
//   - [NonCancellable] for cleanup that must finish, within a bound;
//   - [CloseOnCancel] for a blocking call that knows no context;
//   - [Mutex] for a lock that one can stop waiting for;
//   - [Detach], seldom, for what must outlive everyone: it is listed for it;
//   - [Dump] to see all that is alive, and what it waits for; [Islands], what
//     nobody's cancellation reaches. Package debughttp is an endpoint for both.
//
// # Who owns a failure
//
// A task fails when its function returns an error, panics ([*PanicError]), calls
// runtime.Goexit ([*GoexitError]) or is not over at its timeout
// ([*TimeoutError]). Its owner is
//
//   - of a launched job in a plain scope: the scope, which cancels the rest;
//   - of an async job in a plain scope: the scope, and every awaiter;
//   - of a launched job in a supervisor: the handlers, see [SetHandler];
//   - of an async job in a supervisor: its awaiters, and nobody else;
//   - of a scope made by Run or Supervise: the caller, as the returned error;
//   - of a plain scope made by New: the job or scope in whose context it was
//     made, at its first failure; the handlers if there is none;
//   - of an island: the handlers;
//   - of a non-cancellable section or a CloseOnCancel: the caller.
//
// The first failure is the one; those that come while the rest is being
// cancelled are attached to it ([*Failures]). A task that was cancelled and
// ends with an error that only reports this (it matches context.Cause or the
// Err of its context) has not failed. An error joined to that report by
// errors.Join, a panic, and another task's TimeoutError are failures.
//
// Error or panic: what can go wrong in production is an error. Misuse panics
// with a message that starts with "scope: ": an option where it makes no sense,
// Unlock of an unlocked Mutex, a task that would wait for itself, Close of a
// scope made by Run, a section without a bound.
//
// # Ties
//
// What is decided when two things happen at the same time:
//
//   - a result wins over a cancellation of the one who awaits or joins;
//   - a job that returns nil has succeeded, although it was cancelled, unless
//     its own timeout had fired;
//   - a scope that was cancelled before its last child ended returns the cause,
//     although everything in it succeeded;
//   - of two timeouts due at one instant the outer one fires;
//   - the first cause stays; later cancellations change nothing;
//   - a cancelled task that is handed a Mutex passes it on.
//
// # Happens before
//
// In the terms of the Go memory model:
//
//   - the call of Launch, Async or Detach happens before the job's first step;
//   - a job's last step happens before the return of a Join or Await that
//     reports its end, and before Done is observed closed;
//   - the last step of every child happens before the return of Run, Supervise,
//     WithTimeout and NonCancellable, and of a Close or Join of the scope that
//     reports no error;
//   - a child's failure happens before its plain scope's context is observed
//     done with it, and the scope is done before the failure is observed by
//     Join or Await;
//   - the call of Cancel happens before a descendant's Done is observed closed
//     because of it; when Cancel has returned, every descendant's Err and Cause
//     tell of it;
//   - the n-th Unlock of a Mutex happens before the return of the Lock or
//     TryLock that takes it next;
//   - a failure happens before its handler is called, and the handler's return
//     before the failed job's end is observed;
//   - the return of fn and of Close happen before CloseOnCancel returns, unless
//     the error is a [*StuckError];
//   - the return of an OnTimeout function happens before the task's end is
//     observed.
//
// # Cost
//
// A launch is two allocations and a goroutine; a job's own context is made when
// somebody first looks for its Done or derives from it. No goroutine, timer or
// entry is left when a scope has ended. The failpoint markers of
// github.com/pingcap/failpoint in this package compile to nothing; around them a
// few functions are not inlined, which costs the call of an empty function once a
// task, and where one fails, waits or is closed.
//
// The stories behind the rules are told in Observe and Report: Kotlin
// Coroutines on Backend Services (Outbrain), Kotlin Coroutines in Complex
// Features, Coroutine Case Study & Lessons Learned (Tom Hanley, Toast), Advanced
// Kotlin Coroutines tips and tricks (Alex Saveau) and Kotlin Coroutines in
// Production (The Async Nomad); the semantics are those which
// kotlinx.coroutines documents.
package scope
