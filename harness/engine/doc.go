// Package engine runs one body in one bubble, decided by one [Chooser].
//
// # Modes
//
//   - [Controlled]: every failpoint is a scheduling point, and so is every select
//     that the overlay took over. A task that reaches one parks; the controller
//     waits until nothing else can move (synctest.Wait), lets the chooser pick
//     one parked task, and releases it. One task runs at a time, so the same
//     choices give the same history.
//   - [Free]: the same bubble, faults and virtual time, but tasks do not park:
//     real parallelism, for the race detector and for throughput.
//   - [Wall]: no bubble: real clock, real sockets. Faults strike as in Free.
//
// # What is a choice
//
//   - which parked task goes on, when there are several;
//   - which fault strikes at a visit to a failpoint that allows some;
//   - which of its cases a select looks at first, if the overlay took it over;
//   - whether the clock moves although tasks are runnable;
//   - the value of every parameter that the body draws.
//
// Nothing else decides. With nothing parked the controller blocks, and virtual
// time moves to the next timer; tasks woken by one instant all park at the point
// behind their wait before anything of theirs is visible, so the order in which
// the runtime wakes them never matters.
//
// # The end of a run
//
// When the body has returned, tasks that are parked are run until nothing can
// move without the clock. Whatever is left then is [history.Run.Left]: exact,
// no polling (on the real clock goleak waits for it). Then the run is torn down: faults are off, wedges are freed, the
// root context is cancelled, and points neither park nor strike.
//
// # Three guards
//
//   - nothing can run and no timer is set: [history.Stalled], at once;
//   - the virtual-time budget is spent, or the step limit reached:
//     [history.Stalled] and [history.Endless];
//   - a busy loop or a lock that synctest cannot see: the real-time watchdog
//     outside the bubble, which belongs to the explorer.
//
// One engine at a time runs in a process, because goroutines are counted to
// find those that were left; processes run side by side.
package engine
