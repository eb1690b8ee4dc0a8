package faults_test

import (
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
)

const module = "example.com/faultstest-module"

// registered keeps the sites of this process, for a registry has no way back
// and -count runs a test again.
var registered = map[string]*faults.Site{}

// register makes the failpoint faultstest/NAME known.
func register(t *testing.T, name string, allows faults.Kind) *faults.Site {
	t.Helper()
	if registered[name] == nil {
		registered[name] = &faults.Site{Name: name, Allows: allows}
		faults.Register(module, module+"/faultstest", "failpoints.go", 7, name, registered[name])
	}
	return registered[name]
}

func TestRegisteredSiteHasItsFullNameAndIsFound(t *testing.T) {
	g := NewWithT(t)
	site := register(t, "found", faults.Error)
	g.Expect(site.String()).To(Equal("faultstest/found"))
	g.Expect(faults.Lookup("faultstest/found")).To(BeIdenticalTo(site))
	g.Expect(faults.SiteNames()).To(ContainElement("faultstest/found"))
	g.Expect(slices.IsSorted(faults.SiteNames())).To(BeTrue())
}

func TestUnregisteredSiteHasNoIDAndItsShortName(t *testing.T) {
	g := NewWithT(t)
	site := &faults.Site{Name: "nowhere"}
	g.Expect(site.ID()).To(Equal(-1))
	g.Expect(site.String()).To(Equal("nowhere"))
	g.Expect(faults.Lookup("nowhere")).To(BeNil())
	g.Expect(faults.Lookup("")).To(BeNil())
}

func TestIDIsTheIndexAmongSites(t *testing.T) {
	g := NewWithT(t)
	register(t, "id-a", 0)
	register(t, "id-b", 0)
	for i, site := range faults.Sites() {
		g.Expect(site.ID()).To(Equal(i))
	}
}

func TestNameIsThePackageBelowItsModule(t *testing.T) {
	g := NewWithT(t)
	for pkg, full := range map[string]string{
		"example.com/naming":       "naming/point",
		"example.com/naming/a":     "a/point",
		"example.com/naming/a/b/c": "a/b/c/point",
		"std-like":                 "std-like/point",
	} {
		module := "example.com/naming"
		if pkg == "std-like" {
			module = "std-like"
		}
		if faults.Lookup(full) == nil {
			faults.Register(module, pkg, "x.go", 1, "point", &faults.Site{Name: "point"})
		}
		g.Expect(faults.Lookup(full)).NotTo(BeNil(), full)
	}
}

func TestOneSiteMayHaveSeveralMarkers(t *testing.T) {
	g := NewWithT(t)
	site := register(t, "twice", 0)
	faults.Register(module, module+"/faultstest", "failpoints.go", 3, "twice", site)
	var lines []int
	for _, marker := range faults.Markers() {
		if marker.Name == "faultstest/twice" {
			g.Expect(marker.Site).To(BeIdenticalTo(site))
			g.Expect(marker.Package).To(Equal(module + "/faultstest"))
			g.Expect(marker.File).To(Equal("failpoints.go"))
			lines = append(lines, marker.Line)
		}
	}
	g.Expect(slices.Compact(lines)).To(Equal([]int{3, 7}))
	count := 0
	for _, s := range faults.Sites() {
		if s == site {
			count++
		}
	}
	g.Expect(count).To(Equal(1))
}

func TestTwoSitesOfOneNamePanic(t *testing.T) {
	g := NewWithT(t)
	site := register(t, "claimed", 0)
	claim := func() {
		faults.Register(module, module+"/faultstest", "other.go", 9, "claimed", &faults.Site{Name: "claimed"})
	}
	g.Expect(claim).To(PanicWith(`faults: two sites are named "faultstest/claimed"`))
	g.Expect(faults.Lookup("faultstest/claimed")).To(BeIdenticalTo(site))
}

func TestBareMarkerIsListedButIsNoSite(t *testing.T) {
	g := NewWithT(t)
	faults.Register(module, module+"/faultstest", "bare.go", 5, "bare", nil)
	g.Expect(faults.Lookup("faultstest/bare")).To(BeNil())
	g.Expect(faults.Markers()).To(ContainElement(faults.Marker{
		Name: "faultstest/bare", Package: module + "/faultstest", File: "bare.go", Line: 5,
	}))
}

func TestMarkersAreSorted(t *testing.T) {
	g := NewWithT(t)
	register(t, "sort-b", 0)
	register(t, "sort-a", 0)
	names := []string{}
	for _, marker := range faults.Markers() {
		names = append(names, marker.Name)
	}
	g.Expect(slices.IsSorted(names)).To(BeTrue())
	g.Expect(names).To(ContainElements("faultstest/sort-a", "faultstest/sort-b"))
}

func TestListsAreCopies(t *testing.T) {
	g := NewWithT(t)
	register(t, "copies", 0)
	sites, markers := faults.Sites(), faults.Markers()
	clear(sites)
	clear(markers)
	g.Expect(faults.Sites()).NotTo(ContainElement(BeNil()))
	g.Expect(faults.Markers()).NotTo(ContainElement(faults.Marker{}))
}
