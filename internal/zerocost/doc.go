// Package zerocost holds the proof that failpoint markers cost nothing in a
// normal build: its test compiles the layers as they are and with every marker
// blanked out, and compares the machine code, relocations included, function by
// function. Two controls, which make a marker real, have to be told apart.
package zerocost
