// Package peers puts other libraries through the stories of package scenarios,
// as their users would write them, next to our own scope. What comes out is a
// table: library × story × property, each cell a verdict of the explorer.
//
// # The stories
//
//   - S1: a fan-out, all-or-nothing: the first failure stops the siblings and is
//     the group's; nothing is left behind;
//   - S3: a fan-out in which a failed child affects nobody else;
//   - S7: a group does not end before its children, those included that were
//     started while it was waited for;
//   - S11: cancelling the parent reaches every child, with the cause; cancelling
//     one child is no failure;
//   - panic and goexit: S1 with children that panic, or call runtime.Goexit.
//
// # How a cell is judged
//
// Every child is a task of its own, struck by faults just before its function:
// at harness/run (harness.Instrument), in a scope at scope/run. What is believed
// is what the harness saw of the children and of their contexts, and what the
// caller of Wait saw; no library tells anything about itself. A judge that looks
// at a peer's history looks at our scope's in the same way.
//
// A cell whose fault may end the process (a panic that nobody recovers) is
// explored in a process of its own; see [Cell.InProcess] and [Cell.Explore].
//
// A broken cell is information, not an error: the library may never have
// promised what the story asks for. The detail says how the library was used,
// and what it promises.
//
// # What proves that a held cell means something
//
// [Flaws]: for each story and property a hand-made group with one flaw, which
// the same cell has to catch; the same group without a flaw has to hold.
package peers
