// Package overlay switches failpoints on for one build, without touching a
// source file: it writes rewritten copies to a directory of its own and an
// overlay file that tells the go command to read them instead
// (go build -overlay=FILE).
//
// # What a built-in failpoint is
//
// Each marker of github.com/pingcap/failpoint is turned into a call by
// pingcap's own rewriter. Each package with markers gets two more files:
//
//   - binding__failpoint_binding__.go, which completes a marker's name to
//     "import path/name", the name that GO_FAILPOINTS uses;
//   - squall__failpoints.go, which tells package faults of every marker and
//     enables those that have a [faults.Site], and those named "note". Bare
//     markers stay off until GO_FAILPOINTS enables them; what GO_FAILPOINTS
//     says of any marker is left as it is.
//
// Each package whose tests import the harness gets squall__suite_test.go, by which
// its test binary knows that there was an overlay, be it without any marker: the
// harness has failpoints of its own, which need none.
//
// # What becomes of a select
//
// In a package with markers, each select outside its tests becomes a switch over
// [faults.Select], be there a marker near it or not: the run, and no longer the
// runtime, chooses among ready cases, and a task waits for its turn in front of
// them. squall__selects.go tells package faults of them. Exempt are:
//
//   - select {}, and those of a file that imports C;
//   - Squall's own packages, which decide by design;
//   - a select with //squall:plain in its line or in the one above, and all those of
//     a package that has it above a package clause. There is no other directive.
//
// Where a lock may be held, nobody waits for a turn: one who waits for the lock would
// never look blocked to the bubble. Calls of Lock and the like are followed through
// the package by the names of functions; of a function that another package calls
// under its own lock only //squall:plain can tell.
//
// Copies keep the original's name and lines (//line), so that stack traces and
// race reports point into the source.
//
// # Which packages
//
// Those that the patterns match, tests included; and, of all that they import,
// those of the main module and those that declare sites.
//
// # The module cache
//
// The go command replaces no file beneath GOMODCACHE, where modules lie that came
// from a proxy. A module there that has such packages is copied, as a whole and
// once for each content, and the overlay also replaces the go.mod of the main
// module (go.work in a workspace, the file of -modfile if GOFLAGS has one) by one
// with a line
//
//	replace module version => copy
//
// so that the overlay is all that a build needs. The user's files are not written
// to. A later change of go.mod is seen by the next overlay, not by this one. What
// is vendored, or replaced by a directory, is no concern of the module cache.
//
// # What is refused
//
// A failpoint that is silently dead proves nothing, so each of these is an
// error, which names file and line of what is wrong in one:
//
//   - a marker, or a failpoint.Return and the like, that the rewriter leaves as
//     it is: in package-level var f = func…, in a closure of a method chain
//     g.Go(func…).Run(), in a closure inside a composite literal of an assignment;
//   - switch f(); x {, which makes the rewriter give up the whole file;
//   - a dot import of failpoint, or sources that failpoint-ctl has rewritten;
//   - a site without marker, and two sites of one name in a package or module
//     (those of two modules are called by their import paths);
//   - a site that is not a package-level var X = faults.Site{…}, or whose Name or
//     Allows cannot be read there: Name a literal, Allows kinds of package
//     faults joined by | (or &^);
//   - a marker that uses the site of another name, that has a site and does not
//     use it, that uses a site and has no literal name, or that has a site and
//     is not failpoint.Inject;
//   - a pattern below which there is neither a marker nor a suite;
//   - a main module in the module cache;
//   - a comment //squall: that is no directive, in a package whose selects are
//     taken over.
package overlay
