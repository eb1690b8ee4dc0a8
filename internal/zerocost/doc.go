// Package zerocost holds the proof that failpoint markers cost nothing in a
// normal build: its test compiles the layers as they are and with every marker
// blanked out, and compares the machine code, relocations included, function by
// function. A control, which makes one marker real, has to be told apart.
package zerocost
