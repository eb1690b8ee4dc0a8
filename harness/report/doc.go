// Package report writes what a person reads when a run went wrong. Every text
// is plain (no colours, see [Paint]), at most [Width] columns wide, and a
// function of its arguments alone: the same run gives the same text.
//
// # The texts
//
//   - [Failure]: a counterexample. What broke, the smallest storm, the picture,
//     who is stuck, and the command that replays it.
//   - [Timeline]: the picture of one run.
//   - [Tree]: the tasks, with the blast radius marked.
//   - [Stuck]: who waits for what, who holds it, the wait cycle, the stacks.
//   - [Storm]: the choices of a tape, a sentence each.
//   - [Flaky]: one tape, two different runs; where they part.
//   - [Vacuous]: what never struck, was never seen, was not caught.
//   - [Wedged]: real time passed and no step was taken; the goroutines.
//
// # Reading the picture
//
// One line a task, parents above their children. Left to right is order, not
// time: each event has a column of its own, whichever line it is on. The clock
// stands still but for the places where the head line has a new time.
//
//	○ created   ● runs   ─ goes on   · · waits   ┄ events left out
//	↯ a fault strikes (↯2: choice 2 of the storm)
//	⇒ goes first (⇒3: by choice 3 of the storm)
//	⊘ cancelled, or ended by that   ✗ failed   ✓ ended well
//	← the failure of another task arrives   ◆ a note   • something happened
//	! what the findings are about   ▲ broken here
//
// A picture that is too wide loses text first and then events, the dull and
// far ones first, never the first strike and the place where it broke; one
// with many tasks shows those that were struck, failed, are stuck, or that
// the findings name, with their ancestors. It says what it left out.
package report

// Width is how many columns every text has at most. Only a replay command with
// a longer word is wider: a command that has been cut is none.
const Width = 100
