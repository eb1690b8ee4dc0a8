package result

import (
	"fmt"
	"slices"
	"strings"
)

// Verdict is what judging came to: one of the closed list below.
type Verdict string

// The verdicts, from the best to the worst.
const (
	// Held: every run was judged and no guarantee was broken.
	Held Verdict = "held"
	// Vacuous: nothing was proved. The faults never struck, a fact that has to
	// be seen was never seen, or a control was not caught.
	Vacuous Verdict = "vacuous"
	// Inconclusive: the runs ended at a limit before they could be judged, or
	// were never made.
	Inconclusive Verdict = "inconclusive"
	// Flaky: it broke, and the same tape did not break it again.
	Flaky Verdict = "flaky"
	// Wedged: the real-time watchdog ended it.
	Wedged Verdict = "wedged"
	// Broken: a guarantee was broken, and the tape shows it again.
	Broken Verdict = "broken"
)

var verdicts = []Verdict{Held, Vacuous, Inconclusive, Flaky, Wedged, Broken}

// Worst is the worst of the verdicts, [Held] if there is none.
func Worst(all ...Verdict) Verdict {
	worst := Held
	for _, v := range all {
		if slices.Index(verdicts, v) > slices.Index(verdicts, worst) {
			worst = v
		}
	}
	return worst
}

// UnmarshalText accepts the names of the closed list only.
func (v *Verdict) UnmarshalText(text []byte) error {
	if !slices.Contains(verdicts, Verdict(text)) {
		names := make([]string, len(verdicts))
		for i, known := range verdicts {
			names[i] = string(known)
		}
		return fmt.Errorf("result: unknown verdict %q; known are %s", text, strings.Join(names, ", "))
	}
	*v = Verdict(text)
	return nil
}
