package tape_test

import (
	"os"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/tape"
)

var boom = faults.Fault{Kind: faults.Error, Text: "boom"}

// example is the tape of testdata/example.tape: one line of each form.
func example() *tape.Tape {
	await := tape.Place{Site: "scope/await", Hit: 1, Task: "fanout"}
	awaited := await
	awaited.After = true
	return &tape.Tape{
		Scenario: "S3", Version: 1, Control: "cancels-siblings",
		Seed: 42, Run: 17, Strategy: "pct",
		Failure: "P-BLAST fanout/A", Hash: 0x9f2c41d0a1b2c3d4, Total: 61,
		Choices: []tape.Choice{
			{Kind: tape.Param, Name: "children", Value: 4},
			{Kind: tape.Param, Name: "size", Place: tape.Place{Task: "fanout/B"}, Value: 2},
			{Kind: tape.Strike, Place: tape.Place{Site: "scope/run", Hit: 1, Task: "fanout/B"}, Fault: boom},
			{Kind: tape.Switch, Place: await, To: "fanout/order 7"},
			{Kind: tape.Switch, Place: awaited, To: "fanout/B"},
			{Kind: tape.Switch, Place: tape.Place{Hit: 3}, To: "fanout/B"},
			{Kind: tape.Clock, Place: await, Advance: 1500 * time.Microsecond},
			{Kind: tape.Clock, Place: tape.Place{Hit: 4, After: true}, Advance: 1},
			{Kind: tape.Select, Place: tape.Place{Site: "pool/(*Pool).Submit/select-1", Hit: 2, Task: "fanout/order 7"}, Value: 1},
		},
	}
}

func exampleText(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/example.tape")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestExampleIsWrittenAsInItsFile(t *testing.T) {
	g := NewWithT(t)
	g.Expect(example().String()).To(Equal(exampleText(t)))
}

func TestExampleIsReadFromItsFile(t *testing.T) {
	g := NewWithT(t)
	g.Expect(tape.ReadFile("testdata/example.tape")).To(Equal(example()))
}

func TestPlanIsTheStrikes(t *testing.T) {
	g := NewWithT(t)
	g.Expect(example().Plan()).To(Equal(faults.Plan{{Site: "scope/run", Hit: 1, Task: "fanout/B", Fault: boom}}))
	g.Expect(new(tape.Tape).Plan()).To(BeEmpty())
}

func TestIDIsStable(t *testing.T) {
	g := NewWithT(t)
	// Files are named by it: if this changes, saved corpora are named anew.
	old := example()
	old.Choices = old.Choices[:8] // as it was before selects were on tapes
	g.Expect(old.ID()).To(Equal("defadd"))
	g.Expect(new(tape.Tape).ID()).To(MatchRegexp(`^[0-9a-f]{6}$`))
}

func TestIDDependsOnTheStormAlone(t *testing.T) {
	same := map[string]func(*tape.Tape){
		"version":  func(t *tape.Tape) { t.Version++ },
		"seed":     func(t *tape.Tape) { t.Seed++ },
		"run":      func(t *tape.Tape) { t.Run++ },
		"strategy": func(t *tape.Tape) { t.Strategy = "pos" },
		"failure":  func(t *tape.Tape) { t.Failure = "" },
		"hash":     func(t *tape.Tape) { t.Hash++ },
		"total":    func(t *tape.Tape) { t.Total++ },
		"order":    func(t *tape.Tape) { t.Choices[0], t.Choices[7] = t.Choices[7], t.Choices[0] },
	}
	other := map[string]func(*tape.Tape){
		"scenario": func(t *tape.Tape) { t.Scenario = "S4" },
		"control":  func(t *tape.Tape) { t.Control = "" },
		"value":    func(t *tape.Tape) { t.Choices[0].Value++ },
		"task":     func(t *tape.Tape) { t.Choices[2].Place.Task = "fanout/A" },
		"after":    func(t *tape.Tape) { t.Choices[3].Place.After = true },
		"fewer":    func(t *tape.Tape) { t.Choices = t.Choices[1:] },
	}
	for name, change := range same {
		t.Run("same "+name, func(t *testing.T) {
			g := NewWithT(t)
			changed := example()
			change(changed)
			g.Expect(changed.ID()).To(Equal(example().ID()))
			g.Expect(changed.SameStorm(example())).To(BeTrue())
		})
	}
	for name, change := range other {
		t.Run("other "+name, func(t *testing.T) {
			g := NewWithT(t)
			changed := example()
			change(changed)
			g.Expect(changed.ID()).NotTo(Equal(example().ID()))
			g.Expect(changed.SameStorm(example())).To(BeFalse())
		})
	}
}
