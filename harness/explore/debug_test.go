package explore_test

import (
	"fmt"
	"testing"

	"github.com/squall-go/squall/harness/explore"
)

func TestDebug(t *testing.T) {
	s := subject(canary)
	s.Properties = nil
	for k := 0; k < 10; k++ {
		r := explore.Explore(s, explore.Settings{Seed: 1, Runs: 300})
		fmt.Printf("%016x %v %d\n", r.Hash, r.Verdict, r.Runs)
		if r.Verdict == explore.Flaky {
			fmt.Println(r.FlakyTape)
			for i := range r.First.Steps {
				a, b := r.First.Steps[i], r.Second.Steps[i]
				fmt.Println(a.At, a.Task.Path, a.Site, a.Hit, "|", b.At, b.Task.Path, b.Site, b.Hit)
			}
			fmt.Println(r.First.Outcome, r.Second.Outcome, r.First.Events, r.Second.Events)
		}
	}
}
