package harness

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/explore"
)

func TestTheCommandRunsAsMuchAgain(t *testing.T) {
	before := current
	t.Cleanup(func() { current = before })
	for _, c := range []struct {
		config config
		says   string
	}{
		{config{seed: 1}, "run --focus 'X1 pay' --seed 1"},
		{config{seed: 7, runs: 3}, "run --focus 'X1 pay' --seed 7 --runs 3"},
		{config{seed: 7, duration: time.Minute}, "run --focus 'X1 pay' --seed 7 --runs 20"},
	} {
		current = c.config
		text := explain(explore.Subject{ID: "X1 pay"}, &explore.Report{Verdict: explore.Vacuous, Runs: 20, Unseen: []string{"a timeout"}}, "")
		NewWithT(t).Expect(text).To(HaveSuffix(" " + c.says + "\n"))
	}
}
