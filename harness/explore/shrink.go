package explore

import (
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/choose"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/shrink"
	"github.com/squall-go/squall/harness/tape"
)

// shrink makes the smallest storm that fails in the same way.
func (x *explorer) shrink(found *tape.Tape, e *engine.Engine, foundAt int) *Counterexample {
	c := &Counterexample{Findings: x.judge(e.History()), Tape: found, Found: found, Run: e.History(), FoundAt: foundAt}
	if c.Unshrunk = x.unshrunk(); c.Unshrunk != "" {
		return c
	}
	begin := time.Now()
	smallest, runs := shrink.Shrink(found, func(t *tape.Tape) bool {
		return x.failure(x.run(choose.Replay(t.Choices)).History()) == found.Failure
	}, shrink.Options{MaxRuns: x.settings.maxShrink(), Allows: allows})
	c.ShrinkRuns, c.ShrinkTime = runs, time.Since(begin)
	if smallest == nil {
		c.Unshrunk = "it did not fail again"
		return c // it failed when it was repeated, and not now: the caller has seen it deterministic once
	}
	last := x.run(choose.Replay(smallest.Choices))
	c.Run, c.Findings = last.History(), x.judge(last.History())
	c.Tape = x.tapeOf(last)
	c.Tape.Seed, c.Tape.Run, c.Tape.Strategy, c.Tape.Failure = found.Seed, found.Run, found.Strategy, found.Failure
	c.Tape.Total = found.Total
	return c
}

// unshrunk is why this subject's storms are left as they are, "" if they are not.
func (x *explorer) unshrunk() string {
	if x.subject.Mode != engine.Controlled {
		return "a tape decides a whole run in controlled mode only"
	}
	return ""
}

func allows(site string) faults.Kind {
	if s := faults.Lookup(site); s != nil {
		return s.Allows
	}
	return 0
}
