// Package peers puts other libraries through the stories of package scenarios,
// as their users would write them, next to our own scope and dispatcher. What
// comes out is a table: library × story × property, each cell a verdict of the
// explorer; docs/peers.md is made of it.
//
// # How a cell is judged
//
// Every child is a task of its own, struck by faults just before its function:
// at harness/run (harness.InstrumentTask), in a scope at scope/run. What is
// believed is what the harness saw of the children and of their contexts, and
// what the callers of the library saw; no library tells anything about itself. A
// judge that looks at a peer's history looks at our scope's in the same way.
//
// After each call of the library its caller waits for its turn, so that the
// library's own goroutines have come to rest. What they do until then nobody
// decides; see [Case.InProcess].
//
// A story that may end the process (a panic that nobody recovers, state that
// belongs to another bubble) is explored in a process of its own; see
// [Case.Explore].
//
// # What a broken cell means
//
// It is information, not an error: the library may never have promised what the
// story asks for. So every broken cell has a [Reading], written by somebody who
// looked at it and at the library's documentation, beside the adapter in the
// library's own file. A broken cell without one fails the suite, and a reading
// of a cell that held is refused by internal/peersdoc.
//
// A library whose users could not tell a story says in [Library.Not] why.
//
// # What proves that a held cell means something
//
// [Flaws]: for each story and property a hand-made group with one flaw, which
// the same cell has to catch; the same group without a flaw has to hold.
//
// # Reading order
//
// story.go is the table's rows, library.go what an adapter says, crew.go what the
// stories see of it; then the bodies, tale.go and judges.go; cell.go and
// process.go explore; one file a library.
package peers
