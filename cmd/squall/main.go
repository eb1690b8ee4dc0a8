// Squall runs suites of scenarios with their failpoints built in, and judges
// the outcome.
//
//	squall run [packages]      run scenarios; default ./suites/..., else ./...
//	squall list [packages]     the scenarios that can be run
//	squall soak [packages]     run scenarios for hours, in worker processes
//	squall report DIR...       one HTML file of what soaks found
//	squall build -o DIR        build the suites for a machine without Go
//	squall replay FILE         run one saved tape
//	squall sites [packages]    the failpoints of the sources
//	squall overlay [packages]  build the overlay and print its path:
//	                           go test -overlay=$(squall overlay) ./...
//	squall version
//
// # What run does
//
// It builds the overlay (package internal/overlay), builds the test binary of
// each package that has a suite with it, asks each for its scenarios, and runs
// those in focus, as many processes at a time as there are processors, each in
// its package's directory. Plain
// go test with the overlay, or ginkgo run with the overlay in GOFLAGS, does the
// same for one package. GOFLAGS is kept; the environment variables of package
// harness/result that no flag sets are passed on.
//
// # Exit codes
//
//	0  everything held
//	1  a guarantee was broken, or a suite died
//	2  bad use: nothing was run; one line on the standard error says what to do
//	3  vacuous, flaky or inconclusive (an interrupt too, and a scenario that was
//	   pending or skipped): nothing was proved
//	4  the real-time watchdog ended a suite
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/squall-go/squall/harness/result"
)

func main() {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // by nohup
		// A suite in a process group of its own outlives the terminal.
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	os.Exit(execute(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// execute runs the command line and returns the exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := &session{stdout: stdout, stderr: stderr}
	root := s.command()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil && ctx.Err() != nil && s.code == 0 {
		fmt.Fprintln(stderr, "squall: interrupted before anything was run")
		return result.ExitUnsure
	} else if err != nil {
		fmt.Fprintln(shown(stderr, onGitHub()), "squall:", err)
		return exitUsage
	}
	return s.code
}
