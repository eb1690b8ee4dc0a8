package main

import (
	"os"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

// What Ginkgo passes over has not held.
func TestAScenarioThatWasNotRunIsInconclusive(t *testing.T) {
	shop(t)
	for _, how := range []string{"pending", "skipped"} {
		t.Run(how, func(t *testing.T) {
			t.Setenv("STUB_S10", how)
			g := NewWithT(t)
			code, stdout, stderr := squall("run", "--json=r.json", "--junit=r.xml")
			g.Expect(code).To(Equal(3), stdout+stderr)
			g.Expect(trimmed(stdout)).To(Equal(`S10 pay twice: INCONCLUSIVE: not run: pending or skipped in example.com/shop/checkout; let it run, or choose others by --focus

scenario  title      verdict       runs  steps  faults struck  properties   controls
--------- ---------- ------------- ----- ------ -------------- ------------ --------------
S1        pay        held             3      0              2  1 of 1 held  1 of 1 caught
S10       pay twice  inconclusive     0      0              0  0 of 1 held  0 of 0 caught
squall stub: 1 inconclusive, 1 held; seed 11
`))
			r, err := result.Read("r.json")
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(r.Verdict()).To(Equal(result.Inconclusive))
			g.Expect(r.Scenarios).To(HaveLen(2))
			g.Expect(r.Scenarios[1].Failure).To(ContainSubstring("not run: pending or skipped"))
			g.Expect(os.ReadFile("r.xml")).To(ContainSubstring(`<skipped`))

			code, stdout, _ = squall("run", "--focus=S1")
			g.Expect(code).To(Equal(0), "it was not asked for: %s", stdout)
		})
	}
}

func TestUnrun(t *testing.T) {
	g := NewWithT(t)
	a, b := &suite{pkg: "a"}, &suite{pkg: "b"}
	chosen := result.List{
		{ID: "S1", Packages: []string{"a", "b"}, Properties: []string{"P-LEAK"}},
		{ID: "S2", Packages: []string{"b"}},
		{ID: "conc/S1", Packages: []string{"a"}, Peer: true},
	}
	ran := func(pkg string, ids ...string) result.Result {
		r := result.Result{Version: "stub"}
		for _, id := range ids {
			r.Scenarios = append(r.Scenarios, result.Scenario{ID: id, Package: pkg})
		}
		return r
	}
	portions := []portion{{suite: a}, {suite: b}, {suite: b}}
	g.Expect(unrun(chosen, portions, []result.Result{ran("a", "S1"), ran("b", "S1"), ran("b", "S2")})).To(BeEmpty())

	missing := unrun(chosen, portions, []result.Result{ran("a", "S1"), ran("b"), ran("b", "S2")})
	g.Expect(missing).To(HaveLen(1))
	g.Expect(missing[0].Package).To(Equal("b"), "another suite has run it")
	g.Expect(missing[0].Failure).NotTo(BeEmpty())

	missing = unrun(chosen, portions, []result.Result{ran("a", "S1"), {}, ran("b", "S2")})
	g.Expect(missing).To(HaveLen(1))
	g.Expect(missing[0].Verdict).To(Equal(result.Inconclusive))
	g.Expect(missing[0].Failure).To(BeEmpty(), "the finding of its process tells why")
}
