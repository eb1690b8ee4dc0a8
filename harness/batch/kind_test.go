package batch_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
)

func TestKinds(t *testing.T) {
	g := NewWithT(t)
	for signature, want := range map[string]string{
		"P-CANCEL pool/worker#12":          "P-CANCEL pool/worker#N",
		"wedged":                           "wedged",
		"P-RACE":                           "P-RACE",
		"P-RACE a.F.func1 and a.F.func2.1": "P-RACE a.F.func1 and a.F.func2.1", // two closures are two functions
		"P-RACER worker#12":                "P-RACER worker#N",
	} {
		g.Expect(batch.Kind(signature)).To(Equal(want))
	}
	long := "P-RACE " + strings.Repeat("f", 1000)
	g.Expect(len(batch.Kind(long + " and g"))).To(BeNumerically("<", 400))
	g.Expect(batch.Kind(long + " and g")).NotTo(Equal(batch.Kind(long + " and h")))
}
