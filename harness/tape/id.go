package tape

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/squall-go/squall/faults"
)

// ID is the tape's short name, six hexadecimal digits made of the scenario, the
// control and the choices in any order: the same wherever and whenever the same
// storm is found.
func (t *Tape) ID() string {
	sum := sha256.Sum256([]byte(t.storm()))
	return hex.EncodeToString(sum[:3])
}

// SameStorm reports whether both tapes make the same choices in the same
// variant of the same scenario, however they were found.
func (t *Tape) SameStorm(other *Tape) bool { return t.storm() == other.storm() }

// storm is what decides the run, one line each. It is a format of its own:
// changing it renames every saved tape.
func (t *Tape) storm() string {
	lines := make([]string, 0, len(t.Choices))
	for _, c := range t.Choices {
		lines = append(lines, c.String())
	}
	slices.Sort(lines)
	return faults.QuoteWord(t.Scenario) + "\n" + faults.QuoteWord(t.Control) + "\n" + strings.Join(lines, "\n")
}
