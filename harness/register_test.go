package harness

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"
)

// registering tries to register s, and takes it off the list again.
func registering(t *testing.T, s Scenario) func() {
	t.Helper()
	before := registered
	t.Cleanup(func() { registered = before })
	return func() { register(s) }
}

func TestAScenarioHasControlsOrSaysWhyNot(t *testing.T) {
	body := func(*Run) {}
	control := []Control{{Name: "leaks", Breaks: "P-LEAK", Body: body}}
	for name, c := range map[string]struct {
		controls  []Control
		noControl string
		says      string
	}{
		"neither": {nil, "", `harness: scenario "T1" has no control; write one, or say in NoControl why none can exist`},
		"both": {control, "nothing can break",
			`harness: scenario "T1" has the control "leaks", and says in NoControl why none can exist (nothing can break); take one of them away`},
		"a control": {control, "", ""},
		"a reason":  {nil, "nothing can break", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			try := registering(t, Scenario{ID: "T1", Body: body, Controls: c.controls, NoControl: c.noControl})
			if c.says == "" {
				g.Expect(try).NotTo(Panic())
			} else {
				g.Expect(try).To(PanicWith(c.says))
			}
		})
	}
}

func TestAnUnknownPropertyIsToldWithWhoNamesIt(t *testing.T) {
	body := func(*Run) {}
	const known = "; known are P-BLAST, P-CANCEL, P-CONSERVE, P-CONTEXT, P-ERROR, P-EXPECT, P-HEAL, P-LEAK, P-LINEAR, P-SOMETIMES, P-STARVE"
	for says, s := range map[string]Scenario{
		`harness: scenario "T1" names the unknown property "P-LEEK" (did you mean "P-LEAK"?)` + known: {Properties: []string{"P-STARVE", "P-LEEK"}, NoControl: "a test"},
		`harness: scenario "T1" names the unknown property "tidiness"` + known:                        {Properties: []string{"tidiness"}, NoControl: "a test"},
		`harness: control "leaks" of scenario "T1" names the unknown property "P-LEAKS" (did you mean "P-LEAK"?)` + known: {
			Controls: []Control{{Name: "leaks", Breaks: "P-LEAKS", Body: body}}},
	} {
		s.ID, s.Body = "T1", body
		NewWithT(t).Expect(registering(t, s)).To(PanicWith(says))
	}
	for _, id := range []string{"P-LEAK", "P-SOMETIMES"} {
		NewWithT(t).Expect(registering(t, Scenario{ID: "T of " + id, Body: body, Properties: []string{id}, NoControl: "a test"})).NotTo(Panic())
	}
}

func TestListSaysWhyThereIsNoControl(t *testing.T) {
	g := NewWithT(t)
	text, err := json.Marshal(list([]Scenario{
		{ID: "T2", Controls: []Control{{Name: "leaks"}}}, {ID: "T1", NoControl: "nothing can break"},
	}))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(text).To(MatchJSON(`[
		{"id":"T1","title":"","source":"","properties":null,"controls":[],"no_control":"nothing can break"},
		{"id":"T2","title":"","source":"","properties":null,"controls":["leaks"]}]`))
}
