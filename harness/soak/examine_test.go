package soak

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/tape"
)

// lethalRun is the first run of the seed that ends workers which are unlucky once in
// n runs.
func lethalRun(seed, n uint64) (run int) {
	for engine.Fold(seed, uint64(run))%n != 0 {
		run++
	}
	return run
}

func TestExamine(t *testing.T) {
	const panicked = "panic: all is lost\n\ngoroutine 7 [running]:\n"
	run := lethalRun(5, 97)
	tests := []struct {
		name, behaviour, control string
		death                    Death
		limits                   Limits
		verdict                  result.Verdict // of the finding, "" if there is none
		message                  string
		storm                    int // choices
		leaveOut                 bool
	}{
		{name: "it comes again", behaviour: "panics", death: Death{Note: result.Note{Run: run}, How: "exit status 2", Log: panicked},
			verdict: result.Broken, message: "the process died: panic: all is lost", storm: 1, leaveOut: true},
		{name: "it comes again in the same run alone", behaviour: "panics", death: Death{Note: result.Note{Run: run - 1}, How: "exit status 2", Log: panicked},
			verdict: result.Flaky, message: "the process died: panic: all is lost, and not again when the run was repeated", leaveOut: true},
		{name: "it exits", behaviour: "exits", death: Death{Note: result.Note{Run: run}, How: "exit status 7", Log: "bye\n"},
			verdict: result.Broken, message: "the process died: exit status 7", storm: 1, leaveOut: true},
		{name: "it does not come again", behaviour: "holds", death: Death{Note: result.Note{Run: 3}, How: "exit status 2", Log: panicked},
			verdict: result.Flaky, message: "the process died: panic: all is lost, and not again when the run was repeated", leaveOut: true},
		{name: "it was killed", behaviour: "holds", death: Death{Note: result.Note{Run: 3}, How: "signal: killed"},
			verdict: result.Flaky, message: "the process died: signal: killed, and not again when the run was repeated"},
		{name: "its memory grew", behaviour: "eats", limits: Limits{Memory: 200 << 20, Look: 10 * time.Millisecond},
			death:   Death{Note: result.Note{Run: 50}, How: "its memory grew", Grown: true},
			verdict: result.Broken, message: "the process died: out of memory", storm: 1, leaveOut: true},
		{name: "its memory grew over many runs", behaviour: "holds", death: Death{Note: result.Note{Run: 3}, How: "its memory grew", Grown: true}},
		{name: "a control", behaviour: "controlled", control: "panics", death: Death{How: "exit status 2", Log: panicked}, leaveOut: true},
		{name: "a control that lives", behaviour: "controlled", control: "caught", death: Death{How: "exit status 2", Log: panicked}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			c := fakeConfig(t, 800, test.behaviour)
			test.death.Note.Scenario, test.death.Note.Control, test.death.Note.Seed = test.behaviour, test.control, 5
			f, leaveOut, err := Examine(t.Context(), c.Binaries[0], test.death, test.limits, t.TempDir())
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(leaveOut).To(Equal(test.leaveOut))
			if test.verdict == "" {
				g.Expect(f).To(BeNil())
				return
			}
			g.Expect(f.Verdict).To(Equal(test.verdict))
			g.Expect(f.Message).To(Equal(test.message))
			g.Expect(f.Property).To(Equal("P-CRASH"))
			g.Expect(f.Run).To(Equal(test.death.Note.Run))
			if test.storm == 0 {
				g.Expect(f.Tape).To(BeEmpty())
				return
			}
			smallest, err := tape.Parse([]byte(f.Tape))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(smallest.Choices).To(HaveLen(test.storm))
			g.Expect(smallest.Run).To(Equal(test.death.Note.Run))
			g.Expect(smallest.Seed).To(BeEquivalentTo(5))
		})
	}
}

func TestExamineThatCannotBegin(t *testing.T) {
	g := NewWithT(t)
	c := fakeConfig(t, 800, "panics")
	death := Death{Note: result.Note{Scenario: "panics"}, How: "exit status 2"}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f, _, err := Examine(ctx, c.Binaries[0], death, Limits{}, t.TempDir())
	g.Expect(err).To(MatchError(errStopped))
	g.Expect(f).To(BeNil())

	c = fakeConfig(t, 800, "stillborn")
	_, _, err = Examine(t.Context(), c.Binaries[0], death, Limits{}, t.TempDir())
	g.Expect(err).To(MatchError(ContainSubstring("cannot find the till")))
}

func TestReplayedDeath(t *testing.T) {
	g := NewWithT(t)
	storm := &tape.Tape{Scenario: "S1", Version: 1, Seed: 5, Run: 9, Total: 40, Choices: []tape.Choice{{Kind: tape.Param, Place: tape.Place{Task: "main"}, Name: "size", Value: 3}}}
	f := Replayed(Death{How: "exit status 2", Log: "•\npanic: at 0xc000123\n\ngoroutine 7 [running]:\n"}, storm)
	g.Expect(f.Message).To(Equal("the process died: panic: at 0x…"))
	g.Expect(f.Verdict).To(Equal(result.Broken))
	g.Expect(f.Tape).To(Equal(storm.String()))
	g.Expect(f.Dump).To(HavePrefix("panic: at 0xc000123\n"))
	g.Expect(f.Text).To(ContainSubstring("parameter size of main"))
	g.Expect(batch.Kind(f.Signature)).To(Equal(batch.Kind("crash panic: at 0x…")))
}
