package harness

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/corpus"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/history"
	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/harness/tape"
)

// checkTape checks that the tape to replay is for this suite, and that each of
// its faults could strike.
func checkTape(scenarios []Scenario) error {
	t := current.replay
	if t == nil {
		return nil
	}
	if racelog.Signs(t.Failure) && !engine.Detecting() {
		return fmt.Errorf("tape %s: recorded for a data race, which this suite has no race detector to see; build it with --race", *flagReplay)
	}
	if ofPeer, err := checkPeerTape(t); err != nil {
		return fmt.Errorf("tape %s: %w", *flagReplay, err)
	} else if ofPeer {
		return nil
	}
	i := slices.IndexFunc(scenarios, func(s Scenario) bool { return s.ID == t.Scenario })
	if i < 0 {
		return fmt.Errorf("tape %s: unknown scenario %q in this suite; squall list shows all", *flagReplay, t.Scenario)
	}
	s := scenarios[i]
	if t.Control != "" && !slices.ContainsFunc(s.Controls, func(c Control) bool { return c.Name == t.Control }) {
		return fmt.Errorf("tape %s: scenario %s has no control %q; squall list shows them", *flagReplay, t.Scenario, t.Control)
	}
	if err := fits(s, t); err != nil {
		return fmt.Errorf("tape %s: %w", *flagReplay, err)
	}
	return nil
}

// checkCorpus reads all the saved counterexamples before anything is run: one
// that cannot be replayed is not skipped in silence.
func checkCorpus(scenarios []Scenario) error {
	if current.replay != nil {
		return nil
	}
	for _, s := range scenarios {
		entries, err := corpus.Load(current.corpus, s.ID)
		if err != nil {
			return err
		}
		for _, e := range entries {
			err := fits(s, e.Tape)
			if err == nil && e.Tape.Control != "" {
				err = fmt.Errorf("of the control %q, which has to break: no counterexample of scenario %s; take it out of the corpus", e.Tape.Control, s.ID)
			}
			if err != nil {
				return fmt.Errorf("tape %s: %w", e.Path, err)
			}
		}
	}
	return nil
}

// fits checks that the tape is of the scenario as it is now, and that the
// failpoints which it strikes are there and allow it.
func fits(s Scenario, t *tape.Tape) error {
	if now := max(s.Version, 1); t.Version != now {
		return fmt.Errorf("recorded by version %d of scenario %s, which is at version %d now; delete it, or %s",
			t.Version, s.ID, now, recordAgain(t))
	}
	return t.Plan().Check()
}

// savedAs is the name of a file that the corpus, or a control, was saved in.
var savedAs = regexp.MustCompile(`^([0-9a-f]{6})(-\d+)?\.tape$`)

// whyMisfit says what has changed since the tape was recorded, and the way out. A
// tape that still has the name of its choices was not edited; one that has the
// name of others was; of any other name nobody knows.
func whyMisfit(path string, t *tape.Tape) string {
	record := recordAgain(t)
	const mended = "if the bug was mended, delete it, else "
	switch name := savedAs.FindStringSubmatch(filepath.Base(path)); {
	case t.Hash == 0 && t.Failure == "":
		return "the tape has no hash, it was not recorded: correct it, or " + record
	case name == nil:
		return "the tape was edited since it was recorded, or the code has changed: " + mended + "correct it, or " + record
	case name[1] != t.ID():
		return "the tape was edited since it was saved (its name is of other choices): correct it, or " + record
	}
	return "the code has changed since it was recorded, the tape has not: " + mended + record
}

// provesNothing tells of a tape that does not fit, and whose run held.
func provesNothing(m *explore.Misfit) string {
	return fmt.Sprintf("the tape %s proves nothing any more: %v; %s", m.Path, m, whyMisfit(m.Path, m.Tape))
}

// besides tells of a tape that does not fit, where something else decided the
// verdict: in a replay, what is left of the tape did.
func besides(m *explore.Misfit, r *explore.Report) string {
	if current.replay == nil {
		return provesNothing(m)
	}
	text := fmt.Sprintf("the tape %s does not fit any more: %v; this is what is left of it", m.Path, m)
	if c := r.Counterexample; c != nil && m.Tape.Failure != "" && m.Tape.Failure != c.Tape.Failure {
		text += fmt.Sprintf(", and it was recorded for another failure, %s", m.Tape.Failure)
	}
	return text
}

// unstruck is the faults of the tape that did not strike in the run: what it
// came to then says nothing about them.
func unstruck(t *tape.Tape, run *history.Run) []string {
	struck := map[string]bool{}
	for _, e := range run.Events {
		if e.Kind == history.Struck {
			struck[faults.Strike{Site: e.Site, Hit: e.Hit, Task: e.Task.Path, Fault: e.Fault}.String()] = true
		}
	}
	var missing []string
	for _, strike := range t.Plan().Resolved() {
		if !struck[strike.String()] {
			missing = append(missing, strike.String())
		}
	}
	return missing
}
