package faults_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
)

func TestNearest(t *testing.T) {
	names := []string{"dispatcher/run", "scope/launch", "scope/run", "till/charge"}
	for name, want := range map[string]string{
		"scope/run":     "scope/run",
		"scope/rum":     "scope/run",
		"scope/rnu":     "scope/run",
		"scop/run":      "scope/run",
		"till/chrage":   "till/charge",
		"till/charged":  "till/charge",
		"launch":        "scope/launch",
		"shop/launch":   "scope/launch",
		"charge":        "till/charge",
		"scope/suspend": "",
		"":              "",
	} {
		NewWithT(t).Expect(faults.Nearest(name, names)).To(Equal(want), name)
	}
	NewWithT(t).Expect(faults.Nearest("scope/run", nil)).To(BeEmpty())
}
