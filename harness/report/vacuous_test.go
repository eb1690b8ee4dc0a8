package report_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/report"
)

// Runs that held did prove something: only the tape did not.
func TestATapeThatDoesNotFitIsToldBesideTheRuns(t *testing.T) {
	const first = "the tape a.tape proves nothing any more: its place is gone"
	for _, test := range []struct {
		e    report.Emptiness
		text string
	}{
		{report.Emptiness{Runs: 20, Misfits: []string{first}},
			"S1 pay: VACUOUS  20 runs held, and 1 tape does not fit any more\n  " + first + "\n  replay:  again\n"},
		{report.Emptiness{Runs: 1, Misfits: []string{first, "and b.tape"}},
			"S1 pay: VACUOUS  1 run held, and 2 tapes do not fit any more\n  " + first + "\n  and b.tape\n  replay:  again\n"},
		{report.Emptiness{Runs: 20, Misfits: []string{first}, NeverSeen: []string{"a timeout"}},
			"S1 pay: VACUOUS  20 runs, and nothing is proved\n  never seen:         a timeout\n  " + first + "\n  replay:  again\n"},
	} {
		test.e.ScenarioID, test.e.Title, test.e.Replay = "S1", "pay", "again"
		NewWithT(t).Expect(report.Vacuous(test.e)).To(Equal(test.text))
	}
}

func TestRunsWithNothingToDecideProveNothing(t *testing.T) {
	e := report.Emptiness{ScenarioID: "S1", Title: "pay", Runs: 20, AllTheSame: "put one there", Misfits: []string{"a tape"}}
	NewWithT(t).Expect(report.Vacuous(e)).To(Equal(`S1 pay: VACUOUS  20 runs, and nothing is proved
  no run came to a failpoint or had a choice to make: each was the first one again
  put one there
  a tape
`))
}
