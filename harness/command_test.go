package harness

import (
	"runtime/debug"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/explore"
)

func TestATapeOfARaceIsReplayedWithTheDetector(t *testing.T) {
	g := NewWithT(t)
	for failure, flag := range map[string]string{"P-RACE": "--race ", "P-RACE a.F and a.G": "--race ", "P-RACER x": "", "P-LEAK main": "", "wedged": ""} {
		g.Expect(replayCommand("a b.tape", failure)).To(HaveSuffix(" replay "+tagsFlag()+flag+"'a b.tape'"), failure)
	}
	g.Expect(replayCommand("", "P-RACE")).To(BeEmpty(), "it was not saved")
	usually(t)
	current.free = true
	g.Expect(replayCommand("x.tape", "P-RACE a and b")).To(And(HavePrefix("SQUALL_MODE=free "), HaveSuffix(" replay --race x.tape")))
}

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
		NewWithT(t).Expect(text).To(HaveSuffix(" " + strings.Replace(c.says, "run ", "run "+tagsFlag(), 1) + "\n"))
	}
}

func TestACommandHasTheBuildTagsOfTheBinary(t *testing.T) {
	g := NewWithT(t)
	built := func(settings ...debug.BuildSetting) string { return tagsOf(&debug.BuildInfo{Settings: settings}) }
	g.Expect(built(debug.BuildSetting{Key: "-race", Value: "true"}, debug.BuildSetting{Key: "-tags", Value: "chaos,linux"})).To(Equal("--tags chaos,linux "))
	g.Expect(built(debug.BuildSetting{Key: "-race", Value: "true"})).To(BeEmpty())
	g.Expect(replayCommand("x.tape", "")).To(HaveSuffix(" replay " + tagsFlag() + "x.tape"))
}
