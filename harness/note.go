package harness

import (
	"fmt"
	"os"

	"github.com/squall-go/squall/harness/corpus"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/tape"
)

// openBox opens the file in which the process notes its runs, nil if there is none.
func openBox() (*os.File, error) {
	if *flagBox == "" {
		return nil, nil
	}
	_ = os.Unsetenv(result.EnvBox) // what a scenario starts has no say in it
	f, err := os.OpenFile(*flagBox, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; name a file that can be written", given(result.EnvBox, flagBox), err)
	}
	return f, nil
}

// note notes what is about to be done. A note that cannot be written costs the storm
// of a crash, and nothing else.
func note(n result.Note) {
	if current.box != nil {
		_ = n.Write(current.box)
	}
}

// noted makes an exploration note each of its runs.
func noted(subject explore.Subject, known []corpus.Entry, set *explore.Settings) {
	if current.box == nil {
		return
	}
	n := result.Note{Scenario: subject.ID, Control: subject.Control, Seed: set.Seed}
	set.Begun = func(run int) {
		n.Run = run
		note(n)
	}
	set.Replayed = func(t *tape.Tape) {
		for _, entry := range known {
			if entry.Tape == t {
				note(result.Note{Scenario: subject.ID, Seed: t.Seed, Tape: entry.Path})
			}
		}
	}
}
