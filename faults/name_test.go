package faults_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
)

// namesake registers a failpoint that others may have the name of.
func namesake(t *testing.T, module, pkg, marker string) *faults.Site {
	t.Helper()
	if registered[pkg+"/"+marker] == nil { // -count runs a test again
		registered[pkg+"/"+marker] = &faults.Site{Name: marker, Allows: faults.Error}
		faults.Register(module, pkg, "pool.go", 3, marker, registered[pkg+"/"+marker])
	}
	return registered[pkg+"/"+marker]
}

// TestNamesakesOfTwoModulesAreCalledByTheirImportPaths: in whatever order they come.
func TestNamesakesOfTwoModulesAreCalledByTheirImportPaths(t *testing.T) {
	const squall = "github.com/squall-go/squall"
	for _, order := range [][]string{
		{"a.example/one", "b.example/two", squall}, {squall, "b.example/two", "a.example/one"}, {"b.example/two", squall, "a.example/one"},
	} {
		g := NewWithT(t)
		marker := "submit-" + order[0][:1] + order[1][:1]
		sites := map[string]*faults.Site{}
		for _, module := range order {
			sites[module] = namesake(t, module, module+"/pool", marker)
		}
		for module, site := range sites {
			full := module + "/pool/" + marker
			if module == squall {
				full = "pool/" + marker
			}
			g.Expect(site.String()).To(Equal(full), "%v", order)
			g.Expect(faults.Lookup(full)).To(BeIdenticalTo(site))
			g.Expect(faults.Lookup(module+"/pool/"+marker)).To(BeIdenticalTo(site), "by its import path too")
			g.Expect(faults.Markers()).To(ContainElement(And(HaveField("Site", BeIdenticalTo(site)), HaveField("Name", full))))
			g.Expect(faults.SiteNames()).To(ContainElement(full))
		}
	}
}

func TestAShortNameOfSeveralModulesMeansNone(t *testing.T) {
	g := NewWithT(t)
	first, second := namesake(t, "a.example/one", "a.example/one/till", "charge"), namesake(t, "b.example/two", "b.example/two/till", "charge")
	g.Expect(faults.Lookup("till/charge")).To(BeNil())
	plan := faults.Plan{{Site: "till/charge", Hit: 1, Task: "main", Fault: faults.Fault{Kind: faults.Error, Text: "boom"}}}
	g.Expect(plan.Check()).To(MatchError(`several modules have a failpoint "till/charge"; name one of them, as in "a.example/one/till/charge"`))
	plan[0].Site = "b.example/two/till/charge"
	g.Expect(plan.Check()).To(Succeed())

	for pattern, of := range map[string][]bool{
		"till/charge": {true, true}, "till/...": {true, true}, "a.example/one/...": {true, false}, "b.example/two/till/charge": {false, true}, "tills/...": {false, false},
	} {
		g.Expect([]bool{first.Matches(pattern), second.Matches(pattern)}).To(Equal(of), pattern)
	}
}

func TestAPlanIsResolvedToFullNames(t *testing.T) {
	g := NewWithT(t)
	register(t, "resolved", faults.Error)
	plan := faults.Plan{{Site: module + "/faultstest/resolved"}, {Site: "no/such"}}
	g.Expect(plan.Resolved()).To(Equal(faults.Plan{{Site: "faultstest/resolved"}, {Site: "no/such"}}))
	g.Expect(plan[0].Site).To(Equal(module+"/faultstest/resolved"), "the plan itself is left alone")
	g.Expect(faults.Plan(nil).Resolved()).To(BeNil())
}

func TestABareMarkerGivesWayToASite(t *testing.T) {
	g := NewWithT(t)
	namesake(t, "a.example/one", "a.example/one/shelf", "take")
	faults.Register("b.example/two", "b.example/two/shelf", "shelf.go", 9, "take", nil)
	g.Expect(faults.Lookup("shelf/take")).NotTo(BeNil(), "nobody else has a site there")
	g.Expect(faults.Markers()).To(ContainElement(faults.Marker{Name: "b.example/two/shelf/take", Package: "b.example/two/shelf", File: "shelf.go", Line: 9}))
}
