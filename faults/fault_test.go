package faults_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
)

var writtenFaults = map[string]faults.Fault{
	`error "boom"`:          {Kind: faults.Error, Text: "boom"},
	`error ""`:              {Kind: faults.Error},
	`panic "a \"b\": c\n#"`: {Kind: faults.Panic, Text: "a \"b\": c\n#"},
	`delay 3ms`:             {Kind: faults.Delay, Delay: 3 * time.Millisecond},
	`delay 1h0m0.000000001s`: {
		Kind: faults.Delay, Delay: time.Hour + 1,
	},
	`late 1.5µs`:    {Kind: faults.Late, Delay: 1500},
	`goexit`:        {Kind: faults.Goexit},
	`cancel-parent`: {Kind: faults.CancelParent},
	`wedge`:         {Kind: faults.Wedge},
	`lose-worker`:   {Kind: faults.LoseWorker},
}

func TestFaultIsWrittenAndReadAlike(t *testing.T) {
	for text, fault := range writtenFaults {
		t.Run(text, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(fault.String()).To(Equal(text))
			g.Expect(faults.ParseFault(text)).To(Equal(fault))
		})
	}
}

func TestFaultOfEveryKindRoundTrips(t *testing.T) {
	g := NewWithT(t)
	for i := range faults.All.Len() {
		fault := faults.Fault{Kind: faults.All.Nth(i)}
		if fault.Is(faults.Delay | faults.Late) {
			fault.Delay = time.Second
		}
		g.Expect(faults.ParseFault(fault.String())).To(Equal(fault))
	}
}

func TestParseFaultForgivesSpaces(t *testing.T) {
	g := NewWithT(t)
	g.Expect(faults.ParseFault("  delay   3ms ")).To(Equal(faults.Fault{Kind: faults.Delay, Delay: 3 * time.Millisecond}))
}

func TestParseFaultSaysWhatIsWrong(t *testing.T) {
	wrong := map[string]string{
		``:            `faults: unknown fault ""; known are`,
		`boom`:        `faults: unknown fault "boom"; known are`,
		`error`:       `faults: error needs a quoted message, as in error "boom"; found ""`,
		`error boom`:  `faults: error needs a quoted message, as in error "boom"; found "boom"`,
		`panic "x" y`: `faults: panic needs a quoted message, as in panic "boom"; found "\"x\" y"`,
		`delay`:       `faults: delay needs a positive duration, as in delay 3ms; found ""`,
		`delay 3`:     `faults: delay needs a positive duration, as in delay 3ms; found "3"`,
		`late 0s`:     `faults: late needs a positive duration, as in late 3ms; found "0s"`,
		`delay -3ms`:  `faults: delay needs a positive duration, as in delay 3ms; found "-3ms"`,
		`drop "x"`:    `faults: drop takes no argument; found "\"x\""`,
	}
	for text, message := range wrong {
		t.Run(text, func(t *testing.T) {
			g := NewWithT(t)
			fault, err := faults.ParseFault(text)
			g.Expect(err).To(MatchError(HavePrefix(message)))
			g.Expect(fault).To(BeZero())
		})
	}
}

func TestFaultIsOfKindOrOfSet(t *testing.T) {
	g := NewWithT(t)
	fault := faults.Fault{Kind: faults.Deadline}
	g.Expect(fault.Is(faults.Deadline)).To(BeTrue())
	g.Expect(fault.Is(faults.Cancels)).To(BeTrue())
	g.Expect(fault.Is(faults.Failure)).To(BeFalse())
	g.Expect(faults.Fault{}.Is(faults.All)).To(BeFalse())
}

func injected(f faults.Fault) error {
	return &faults.Injected{Strike: faults.Strike{Site: "scope/run", Hit: 2, Task: "fanout/B", Fault: f}}
}

func TestInjectedSaysWhatStruckWhere(t *testing.T) {
	g := NewWithT(t)
	g.Expect(injected(faults.Fault{Kind: faults.Error, Text: "boom"})).To(MatchError("boom (injected at scope/run #2 in fanout/B)"))
	g.Expect(injected(faults.Fault{Kind: faults.Hang})).To(MatchError("hang (injected at scope/run #2 in fanout/B)"))
}

func TestInjectedMatchesTheContextErrorOfItsKindOnly(t *testing.T) {
	for i := range faults.All.Len() {
		kind := faults.All.Nth(i)
		t.Run(kind.String(), func(t *testing.T) {
			g := NewWithT(t)
			err := fmt.Errorf("wrapped: %w", injected(faults.Fault{Kind: kind}))
			cancels := kind == faults.CancelTask || kind == faults.CancelParent || kind == faults.CancelRoot
			g.Expect(errors.Is(err, context.Canceled)).To(Equal(cancels))
			g.Expect(errors.Is(err, context.DeadlineExceeded)).To(Equal(kind == faults.Deadline))
		})
	}
}

func TestEachInjectedIsOnlyItself(t *testing.T) {
	g := NewWithT(t)
	one, other := injected(faults.Fault{Kind: faults.Error}), injected(faults.Fault{Kind: faults.Error})
	g.Expect(errors.Is(one, one)).To(BeTrue())
	g.Expect(errors.Is(one, other)).To(BeFalse())
}
