package soak

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

// Whoever soaks may have set what a suite takes for orders, from a run before: a worker
// that obeyed would do something else than its batches, or not start at all.
func TestWorkersGetNoOrdersFromTheEnvironment(t *testing.T) {
	g := NewWithT(t)
	orders := []string{result.EnvRuns, result.EnvFor, result.EnvSeed, result.EnvPlan, result.EnvReplay, result.EnvCorpus, result.EnvJSON,
		result.EnvList, result.EnvProgress, result.EnvTrace, "SQUALL_MODE"}
	for _, name := range append(orders, "GOTRACEBACK", "GOMAXPROCS", "SHOP_TILL") {
		t.Setenv(name, "7")
	}
	c := fakeConfig(t, 400, "holds")
	c.Binaries[0].Env = append(c.Binaries[0].Env, "SHOP_DESK=8")
	g.Expect(runSoak(t, t.Context(), c).err).NotTo(HaveOccurred())
	environments := born(t, c.Binaries[0])
	g.Expect(environments).NotTo(BeEmpty())
	for _, environment := range environments {
		got := map[string]string{}
		for entry := range strings.SplitSeq(environment, "\n") {
			name, value, _ := strings.Cut(entry, "=")
			got[name] = value
		}
		for _, name := range orders {
			g.Expect(got).NotTo(HaveKey(name))
		}
		g.Expect(got).To(And(HaveKeyWithValue(result.EnvWorker, "1"), HaveKeyWithValue("GOTRACEBACK", "all"), HaveKeyWithValue("GOMAXPROCS", "1")))
		g.Expect(got).To(And(HaveKeyWithValue("SHOP_TILL", "7"), HaveKeyWithValue("SHOP_DESK", "8")), "what is nobody's order stays")
	}
}
