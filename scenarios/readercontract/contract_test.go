package readercontract_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/cardreader"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/scenarios/readercontract"
)

func extension(_ *harness.Run, c *cardreader.Controller, timeout time.Duration) readercontract.Reader {
	return cardreader.NewExtension(c, timeout)
}

// A suite would call Describe; this shows what it adds.
func ExampleSpecs() {
	for _, s := range readercontract.Specs("mine", extension) {
		controls := make([]string, 0, len(s.Controls))
		for _, c := range s.Controls {
			controls = append(controls, c.Name)
		}
		fmt.Printf("%s: not %s\n", s.ID, strings.Join(controls, ", "))
	}
	// Output:
	// mine-one-answer: not polling, impatient, busy
	// mine-device-error: not polling, impatient, busy, signal
	// mine-timeout: not polling, signal
	// mine-late-callback: not impatient
	// mine-duplicate-callback: not polling, impatient, busy, signal
	// mine-reordered-callbacks: not impatient
	// mine-early-callback: not signal
	// mine-unplugged: not polling, signal, impatient, busy
	// mine-turns: not polling, impatient, busy, signal
	// mine-cancel: not polling, signal, busy
	// mine-garbage: not polling, impatient, busy, signal
}

func TestEverySpecCanFailAndBeVacuous(t *testing.T) {
	g := NewWithT(t)
	for _, s := range readercontract.Specs("mine", extension) {
		g.Expect(s.Controls).NotTo(BeEmpty(), s.ID)
		g.Expect(s.Facts).NotTo(BeEmpty(), s.ID)
		g.Expect(s.Title).NotTo(BeEmpty(), s.ID)
	}
}

func TestEveryNaiveReaderBreaksSomething(t *testing.T) {
	g := NewWithT(t)
	for _, n := range readercontract.Naive() {
		breaks := 0
		for _, s := range readercontract.Specs("mine", extension) {
			for _, c := range s.Controls {
				if c.Name == n.Name {
					breaks++
				}
			}
		}
		g.Expect(breaks).To(BeNumerically(">", 0), n.Name)
	}
}
