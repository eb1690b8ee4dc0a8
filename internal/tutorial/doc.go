// Package tutorial keeps docs/tutorial.md true: it does what the tutorial tells
// its reader to do, in a module of its own, and compares what comes of it with
// what the tutorial says. It has nothing but tests:
//
//	make verify-tutorial    # compare
//	make fix-tutorial       # write what really came into the tutorial
//
// # What stands before a block
//
// Every fenced block is either of the language console, or has one of these
// comments on the line above, which a reader does not see:
//
//	<!-- write FILE -->   the block is the file
//	<!-- change FILE -->  the block is a diff of the file, which stays
//	<!-- try FILE -->     the block is a diff of the file, until <!-- undo -->
//	<!-- from FILE -->    the block stands in that file of examples/checkout
//	<!-- skip REASON -->  the block is not checked
//
// and these stand alone:
//
//	<!-- undo -->         takes back every try since the last undo
//	<!-- copy DIR -->     takes a directory of examples/checkout over
//
// # A console block
//
// Lines that begin with "$ " are run by bash in the module's root; what follows
// up to the next one is what Squall complains of on the standard error, and the
// standard output; or all of the standard error if there is no other. A line "…"
// stands for any lines. Real durations are not compared.
//
// When all is done, what the tutorial made is examples/checkout, file by file.
package tutorial
