// Package explore runs one subject many times, judges every run, and turns a
// broken run into a counterexample: confirmed, shrunk, ready to be drawn, saved
// and replayed.
//
// # Verdicts
//
//   - [Held]: every run was judged and no guarantee was broken.
//   - [Broken]: a guarantee was broken, and the same tape breaks it again.
//   - [Vacuous]: nothing was broken, but nothing was proved either: no fault
//     struck, a planned fault did not, a declared fact was never seen, no run
//     came to a failpoint or had a choice to make, or a tape that was replayed
//     does not fit the code any more.
//   - [Flaky]: one tape gave two histories. Something decides that is not on
//     the tape.
//   - [Inconclusive]: a run reached the step limit, a guarantee could not be
//     decided, or the exploration was interrupted.
//   - [Wedged]: a run did not come back in real time.
//
// # Self-check
//
// A broken run is repeated before it is believed, and one in sixteen of the
// runs that held is repeated too: the hashes of the histories must be equal. On
// the real clock no two histories are: there a broken run is believed when one of
// three repetitions breaks the same guarantee, and is [Flaky] otherwise.
//
// A data race ([RaceID]) is believed at once, and not shrunk: the race detector
// tells of each race once a process, so no other run could confirm it. Where the
// detector writes to a file (see package racelog), the finding has what it said, and
// races of other functions are other failures.
package explore

import "github.com/squall-go/squall/harness/result"

// Verdict is the result of an exploration; see the package comment.
type Verdict = result.Verdict

// The verdicts.
const (
	Held         = result.Held
	Broken       = result.Broken
	Vacuous      = result.Vacuous
	Flaky        = result.Flaky
	Inconclusive = result.Inconclusive
	Wedged       = result.Wedged
)
