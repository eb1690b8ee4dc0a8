// Package result is what a suite's process and the squall command tell each
// other: the settings that go in (environment variables) and the files that
// come out (JSON). It judges nothing and needs nothing but the standard library.
//
// # Into the suite
//
// The command sets these variables; a suite that is started by hand (go test
// -overlay, ginkgo run) may be given them as well. Unset or empty: the
// suite's own default.
//
//	SQUALL_RUNS      runs of each scenario, a decimal number of at least 1
//	SQUALL_FOR       time to go on running, a Go duration; excludes SQUALL_RUNS
//	SQUALL_SEED      the seed, a decimal number
//	SQUALL_PLAN      absolute path of a plan (package faults) that every run follows
//	SQUALL_REPLAY    absolute path of the tape to replay, instead of exploring
//	SQUALL_CORPUS    directory of the saved counterexamples
//	SQUALL_JSON      absolute path of the file to write a [Result] to
//	SQUALL_LIST      absolute path of the file to write a [List] to; nothing is run
//	SQUALL_PROGRESS  absolute path of a file to append [Progress] lines to
//	SQUALL_TRACE     absolute path of a folder: a Chrome trace of one run of each
//	                 scenario goes there, of the one that decided its verdict
//	SQUALL_BOX       absolute path of a file that always has the [Note] of the run
//	                 that is under way
//	SQUALL_DEATHS    absolute path of a file with the runs that ended an earlier
//	                 process (package batch): they are told of, and not run again
//
// GORACE it changes so that the race detector writes to a file: see package racelog.
//
// # Out of the suite
//
// A [Result] is written when the process ends, held or broken alike: a process
// that ends without one has died, and that is a finding: of the scenario in the last
// [Note], if there is one. A process that was ended by its watchdog exits with
// [ExitWedged].
//
// # Files
//
// [Result.Write] and [List.Write] write whole files: a reader sees the old one
// or the new one.
package result
