// Package harness is what suites are written with: scenarios with faults,
// properties and controls, explored in bubbles under a controlled schedule, as
// Ginkgo specs.
//
//	var _ = harness.Describe(harness.Scenario{ … })
//
//	func TestSuites(t *testing.T) { harness.RunSpecs(t, "my suite") }
//
// For one story without a table there is [Explore], with [Controls] and the other
// options. The tutorial, docs/tutorial.md, goes from there to the first failure and
// beyond.
//
// # A run
//
// A [Scenario]'s Body is run many times, each time in a testing/synctest bubble
// of its own: time is virtual, and everything that could go one way or another
// is decided by the run's tape. One task runs at a time; tasks change places at
// failpoints. Inside a body, plain goroutines of a scope, channels, contexts and
// package time are used as always. What a body has to keep to:
//
//   - contexts come from [Run.Context]; Ginkgo's own must not be touched inside;
//   - a goroutine that is started by hand gets a task of its own, taken in the
//     parent, and begins with a failpoint: [Run.Go] and [Instrument] do both. They
//     are for tests. Code that is tested does not import this package: it calls
//     faults.WithTask in the parent, and the goroutine's first act is a failpoint,
//     one that allows nothing will do;
//   - no sync.Mutex is held at a failpoint: who waits for it stops the whole run,
//     and the verdict is wedged;
//   - what follows a wait of the body's own is out of control up to the next
//     failpoint: sleep with [Run.Sleep], put [Run.Step] behind other waits;
//   - map order, select among ready cases, global randomness and the wall clock
//     decide nothing that can be seen. The self-check finds it if they do, and
//     the verdict is flaky;
//   - it comes to an end under every storm that Faults allows: a fault that hangs
//     until its context is cancelled needs somebody who cancels.
//
// # Properties
//
// By id, see package judge for what each one means: P-CANCEL, P-BLAST, P-ERROR,
// P-CONTEXT, P-CONSERVE, P-STARVE, P-LEAK, P-LINEAR, P-HEAL. Always judged: P-EXPECT, the body's own
// expectations and crashes; under the race detector P-RACE, that it kept quiet; under
// squall run and squall soak P-CRASH, that no run ends the process: a panic in a
// goroutine that nobody recovers, a fatal error, an exit. Over all runs: P-SOMETIMES,
// the declared Facts.
//
// # Verdicts
//
// held, broken, vacuous, flaky, inconclusive, wedged; see package explore. Only
// held passes the spec. Runs that never come to a failpoint, and have nothing to
// choose, are one and the same: vacuous.
//
// # Failpoints
//
// A suite needs a test binary with failpoints built in: squall run, or go test
// with the overlay. In one without, RunSpecs fails as vacuous; so go test ./...
// without the overlay fails in packages that have a suite, and only there. The
// harness has some of its own: in a module without any, faults can strike the tasks
// of [Run.Go] and [Instrument], at harness/run, and nothing else. squall sites
// lists them all.
//
// # Settings
//
// Each one is a flag of the test binary and an environment variable, since a
// flag is refused by packages without the harness. The flag wins.
//
//	-squall.runs N       SQUALL_RUNS      runs of each scenario, in place of its own number
//	-squall.for DUR      SQUALL_FOR       real time for each scenario, in place of a number
//	-squall.seed N       SQUALL_SEED      the seed that decides every run; 1
//	-squall.plan FILE    SQUALL_PLAN      faults that strike in every run; controls are skipped
//	-squall.replay FILE  SQUALL_REPLAY    the one tape to run
//	-squall.corpus DIR   SQUALL_CORPUS    saved counterexamples; testdata/squall
//	-squall.mode MODE    SQUALL_MODE      controlled, or free: real parallelism for -race
//	-squall.watchdog DUR SQUALL_WATCHDOG  real time that one run may take; 20s
//	-squall.json FILE    SQUALL_JSON      machine-readable result
//	-squall.list FILE    SQUALL_LIST      list of scenarios; nothing is run
//	-squall.progress F   SQUALL_PROGRESS  progress, appended
//	-squall.trace DIR    SQUALL_TRACE     Chrome trace of one run of each scenario: the one
//	                                      that decided its verdict
//	-squall.box FILE     SQUALL_BOX       each run is noted there before it begins
//	-squall.deaths FILE  SQUALL_DEATHS    runs that ended an earlier process: they are told
//	                                      of, and not run again
//
// # Ginkgo
//
// Specs are called "S3 supervisor fan-out holds" and "S3 supervisor fan-out catches
// cancels-siblings", and labelled with the scenario's id and its properties' ids, so
// that --focus and --label-filter select what one means. Parallel processes, JUnit
// and JSON reports, timeouts and interrupts work as they always do: an interrupted
// exploration ends after the run that is under way, and is inconclusive. Labels
// are a frozen set ([LabelControl] and the others); a suite with another one, or
// with two specs of one name, is refused. --repeat and --until-it-fails keep only
// the last iteration's report: use -squall.for in their place.
//
// # The corpus
//
// A counterexample is saved as DIR/ID/HASH.tape and replayed first by every later
// run, until it holds. Check it in with the repair.
//
// A tape is of the code that it was recorded with. One that a fault or parameter
// of finds no place any more, as after a repair that took the place away, breaks
// what it still breaks; if that is nothing the verdict is vacuous, whether it is
// replayed alone or first, until somebody deletes it or records it again. Where no
// tape decides the schedule, a tape that is replayed first may miss its place by
// luck, and nothing is said.
package harness
