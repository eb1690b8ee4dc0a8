// Package planted proves, end to end, that the harness answers for the code it
// stands guard over: its test copies the module, breaks one line of a layer,
// runs the command as a user would, and demands the right exit code, the
// smallest storm, and a replay command that shows the failure again.
//
// It builds the copy several times, so it is run by make verify-planted and not
// by make test.
package planted
